// Catches: a function of the Python client whose answer is not the command's, or not that of brute force in NumPy; an error that is no
// exception with the tag, or speaks of what is typed to a shell; a program of docs/python.md that fails. Cannot catch: other versions of NumPy
// and SciPy than those that are here; names of transformers that are others.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'

const CLIENT = join(ROOT, 'clients/python')
const PAGE = join(ROOT, 'docs/python.md')

/** A Python that has both. */
const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import numpy, scipy.sparse']).status === 0,
)

test.for<[what: string, program: string, leastChecks: number]>([
  ['every function, and its errors', 'check_client.py', 100],
  ['the programs of its page', 'check_docs.py', 5],
])('the Python client: %s', { timeout: 120_000 }, ([, program, leastChecks], context) => {
  if (python === undefined) context.skip('no python3 with numpy and scipy here')
  const { stdout, stderr } = spawnSync(python ?? '', [join(ROOT, 'test/clients', program), CLIENT, PAGE], {
    env: { ...process.env, LEVATTENTION: COMMAND },
    encoding: 'utf8',
  })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([])
  expect(stderr).toBe('')
  expect(lines.length).toBeGreaterThanOrEqual(leastChecks)
})
