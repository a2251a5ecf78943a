import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, type TestContext } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'

/** A Python that has both. */
const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import numpy, scipy.sparse']).status === 0,
)

/** Runs a program beside this file: each of its lines says ok, and there are at least so many. */
export function expectChecked(
  context: TestContext,
  [program, argument]: readonly [program: string, argument: string],
  leastChecks: number,
): void {
  if (python === undefined) return context.skip('no python3 with numpy and scipy here')
  const words = [join(ROOT, 'test/clients', program), join(ROOT, 'clients/python'), argument]
  const { stdout, stderr } = spawnSync(python, words, {
    cwd: ROOT,
    env: { ...process.env, LEVATTENTION: COMMAND },
    encoding: 'utf8',
  })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([])
  expect(stderr).toBe('')
  expect(lines.length).toBeGreaterThanOrEqual(leastChecks)
}
