// The real command at the end of a real pipe. Catches: a process that waits for ever, that a sender which is cut off or
// goes on can crash or hold, a signal that is not obeyed while it waits, an output after a failure. Cannot catch: wrong
// answers (test/coordinator/jobs/stream.test.ts).
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMAND } from '../../support/command.mjs'
import { ended, gaussianRows, Workspace } from './bin.ts'
import { tiered } from '../../support/tier.ts'

const work = new Workspace()
const rows = gaussianRows(9000, 8, 1, 9)
const bytes = new Uint8Array(rows.buffer)
const RAW = ['--dtype', 'f32', '--cols', '8']
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [9000, 8], rows)
  work.npy('Q.npy', [40, 8], gaussianRows(40, 8, 2))
})

/** The command with a pipe for its standard input. A sender that it leaves is no error here. */
function piped(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: work.folder, stdio: 'pipe' })
  child.stdin.on('error', () => undefined)
  return child
}

test('a pipe cut anywhere gives the bytes of one that is not', async () => {
  const cut = piped('build', '-', '--out', 'cut.lev')
  const file = readFileSync(work.path('K.npy'))
  for (let at = 0; at < file.length; at += 30_011) {
    cut.stdin!.write(file.subarray(at, at + 30_011))
    await new Promise((resolve) => setImmediate(resolve))
  }
  cut.stdin!.end()
  expect(await ended(cut)).toMatchObject({ exitCode: 0 })
  const whole = piped('build', '-', ...RAW, '--out', 'whole.lev')
  whole.stdin!.end(bytes)
  expect(await ended(whole)).toMatchObject({ exitCode: 0 })
  expect(readFileSync(work.path('cut.lev'))).toEqual(readFileSync(work.path('whole.lev')))
})

test('run finds its pairs, and the summary says where the keys came from', async () => {
  const child = piped('run', '--keys', '-', ...RAW, '--queries', 'Q.npy', '--out', 'h.npz', '--json')
  child.stdin!.end(bytes)
  const { exitCode, stdout } = await ended(child)
  expect(exitCode).toBe(0)
  const summary = JSON.parse(stdout) as { inputs: unknown[]; pairs: number; uncertifiedQueries: number }
  expect(summary.inputs[0]).toEqual({ path: '-', firstRow: 0, rows: 9000 })
  expect(summary.uncertifiedQueries).toBe(0)
})

test.each<[string, Uint8Array, string[], number, string]>([
  ['nothing', new Uint8Array(0), RAW, 65, 'no bytes came'],
  ['a row too short', bytes.subarray(0, -5), RAW, 65, 'inside row 8999'],
  ['raw bytes that nothing describes', bytes, [], 65, '--dtype (f16'],
  ['half of the options', bytes, ['--cols', '8'], 2, '--dtype'],
  ['a number to keep', bytes, [...RAW, '--keep', '5'], 2, '--keep'],
])('%s is refused, and nothing is written', async (_, sent, options, exitCode, text) => {
  const child = piped('build', '-', ...options, '--out', 'no.lev')
  child.stdin!.end(sent)
  const ran = await ended(child)
  expect(ran.exitCode).toBe(exitCode)
  expect(ran.stderr).toContain(text)
  expect(ran.stderr).not.toMatch(/\n\s+at /)
  expect(work.names().filter((name) => name.startsWith('no.') || name.startsWith('.'))).toEqual([])
})

test('a wrong stream ends the command though its sender would go on', async () => {
  const nan = rows.slice(0, 8 * 8000)
  nan[8 * 3 + 1] = NaN
  const child = piped('build', '-', ...RAW, '--out', 'no.lev')
  child.stdin!.write(new Uint8Array(nan.buffer))
  for (let i = 0; i < 8; i++) child.stdin!.write(bytes)
  // What else is not finite is counted for ten seconds, or up to the end.
  if (tiered(true, false)) child.stdin!.end()
  const { exitCode, stderr } = await ended(child)
  expect(exitCode).toBe(65)
  expect(stderr).toContain('row 3, column 1 is NaN')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends it while it waits for rows', async (signal, exitCode) => {
  const child = piped('build', '-', ...RAW, '--out', 'no.lev', '--verbose')
  const end = ended(child)
  // More than a pipe holds: it was read.
  await new Promise((resolve) => child.stdin!.write(bytes, resolve))
  child.kill(signal)
  expect((await end).exitCode).toBe(exitCode)
  expect(work.names()).not.toContain('no.lev')
})
