// Catches: an output that replaces a file without --force, is left half written, or is refused with another exit code; an
// old output that a failing run destroys. Cannot catch: disks that fill (test/core/storage, npm run acceptance).
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ended, gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

let standing: string[] = []
beforeAll(async () => {
  work.npy('K.npy', [40, 3], gaussianRows(40, 3, 1))
  work.npy('nan.npy', [40, 3], gaussianRows(40, 3, 1).with(11, NaN))
  await runHere(work, 'build', 'K.npy', '--out', 'u.lev', '--epsilon', '.3', '--quiet')
  standing = work.names()
})
// What one test leaves must not fail the next.
afterEach(() => {
  for (const name of work.names()) if (!standing.includes(name)) rmSync(work.path(name), { recursive: true })
})

/** Every command that writes, with `out` and its extension as one of its outputs. */
const writing: readonly [string, (out: string) => [string, ...string[]]][] = [
  ['.npz', (out) => ['run', '--keys', 'K.npy', '--out', `${out}.npz`]],
  ['.csv', (out) => ['run', '--keys', 'K.npy', '--out', `${out}.csv`]],
  ['.ndjson', (out) => ['query', '--universal', 'u.lev', '--queries', 'K.npy', '--out', `${out}.ndjson`]],
  ['.lev', (out) => ['run', '--keys', 'K.npy', '--out', 'new.npz', '--universal', `${out}.lev`]],
  ['.npz', (out) => ['build', 'K.npy', '--out', 'new.lev', '--out', `${out}.npz`]],
  ['.npy', (out) => ['scores', 'K.npy', '--out', `${out}.npy`]],
  ['.lev', (out) => ['merge', 'u.lev', '--out', `${out}.lev`]],
]

async function refusal(...args: [string, ...string[]]): Promise<string> {
  const ran = await runHere(work, ...args)
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 73, stdout: '' })
  return ran.stderr
}

test.each(writing)('%s that stands is refused without --force, and kept', async (end, commandLine) => {
  writeFileSync(work.path(`taken${end}`), 'mine')
  const text = await refusal(...commandLine('taken'))
  expect(text).toContain(`taken${end} exists: use another name, or \`--force\` to replace it`)
  expect(readFileSync(work.path(`taken${end}`), 'utf8')).toBe('mine')
  expect(work.names()).toEqual([...standing, `taken${end}`].sort())
})

test.each(writing)('%s in a folder that is not there is refused', async (end, commandLine) => {
  const text = await refusal(...commandLine('nowhere/new'))
  expect(text).toContain(`nowhere/new${end}`)
  expect(text).toContain('mkdir -p')
  expect(work.names()).toEqual(standing)
})

test('a folder that cannot be written is refused', async (context) => {
  if (process.getuid?.() === 0)
    context.skip('root writes everywhere; npm run acceptance seals a folder for root')
  mkdirSync(work.path('sealed'), { mode: 0o555 })
  for (const [end, commandLine] of writing) {
    expect(await refusal(...commandLine('sealed/new'))).toContain(`sealed/new${end}`)
  }
  expect(readdirSync(work.path('sealed'))).toEqual([])
  expect(work.names()).toEqual([...standing, 'sealed'].sort())
})

test('files of generate that stand are refused without --force, and kept', async () => {
  mkdirSync(work.path('planted'))
  writeFileSync(work.path('planted/Q.npy'), 'mine')
  const text = await refusal(
    ...(['generate', 'planted', '--out', 'planted', '--n', '9', '--d', '2', '--m', '3'] as const),
  )
  expect(text).toContain('planted/Q.npy exists')
  expect(readdirSync(work.path('planted'))).toEqual(['Q.npy'])
  expect(readFileSync(work.path('planted/Q.npy'), 'utf8')).toBe('mine')
})

test('--force over a bad input keeps what stands', async () => {
  for (const name of ['new.npz', 'new.lev']) writeFileSync(work.path(name), 'mine')
  const outputs = ['--out', 'new.npz', '--universal', 'new.lev', '--force']
  const ran = await runHere(work, 'run', '--keys', 'K.npy', '--queries', 'nan.npy', ...outputs)
  expect(ran.exitCode).toBe(65)
  for (const name of ['new.npz', 'new.lev']) expect(readFileSync(work.path(name), 'utf8')).toBe('mine')
  expect(work.names()).toEqual([...standing, 'new.lev', 'new.npz'].sort())
})

test.skipIf(!existsSync('/dev/full'))(
  'a summary that cannot be printed leaves the outputs, and says that they are complete',
  async () => {
    const full = openSync('/dev/full', 'w')
    const child = work.start(['run', '--keys', 'K.npy', '--out', 'z.npz', '--json'], { stdout: full })
    const { exitCode, stderr } = await ended(child)
    closeSync(full)
    expect(exitCode).toBe(73)
    expect(stderr).toContain('the disk is full')
    expect(stderr).toContain('only the summary is lost: z.npz is complete and in place')
    expect(work.names()).toContain('z.npz')
  },
)
