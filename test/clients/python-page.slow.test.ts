// Catches: a program of docs/python.md that fails. Cannot catch: names of transformers that are others.
import { test } from 'vitest'
import { expectChecked } from './support.ts'

test('the Python client: the programs of its page', (context) => {
  expectChecked(context, ['check_docs.py', 'docs/python.md'], 5)
})
