// Catches: a function of the Python client whose answer is not the command's, or not that of brute force in NumPy; an error that is no
// exception with the tag, or speaks of what is typed to a shell. Cannot catch: other versions of NumPy and SciPy than those that are here;
// programs of docs/python.md that fail (python-page.slow.test.ts).
import { test } from 'vitest'
import { tiered } from '../support/tier.ts'
import { expectChecked } from './support.ts'

test('the Python client: every function, and its errors', (context) => {
  // Of the refusals, each of which starts the command, every third.
  expectChecked(context, ['check_client.py', tiered('3', '1')], tiered(70, 115))
})
