// Catches: a function of the Python client whose answer is not the command's, or not that of brute force in NumPy; an error that is no
// exception with the tag. Cannot catch: other versions of NumPy and SciPy than those that are here.
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const CHECK = fileURLToPath(new URL('check_client.py', import.meta.url))
const CLIENT = fileURLToPath(new URL('../../clients/python', import.meta.url))
const LEVATTENTION = fileURLToPath(
  new URL('../../packages/coordinator/bin/levattention.mjs', import.meta.url),
)

/** A Python that has both. */
const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import numpy, scipy.sparse']).status === 0,
)

test('the Python client: every function, and its errors', { timeout: 120_000 }, (context) => {
  if (python === undefined) context.skip('no python3 with numpy and scipy here')
  const printed = execFileSync(python ?? '', [CHECK, CLIENT], {
    env: { ...process.env, LEVATTENTION },
    encoding: 'utf8',
  })
  const lines = printed.trim().split('\n')
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([])
  expect(lines.length).toBeGreaterThan(20)
})
