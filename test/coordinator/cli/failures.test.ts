// Catches: a wrong input with another exit code than documented, a message without file, place or advice, an output or
// temporary left behind. Cannot catch: what only a process of its own shows (run.test.ts, interrupted.test.ts), and
// failures of the machine. The commands run in this process, since starting one takes longer than all the rest.
import { readFileSync, writeFileSync } from 'node:fs'
import { LevError } from '@levattention/core/internal'
import { failureOf, failureText } from '#coordinator/cli/failure'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
const KEYS = ['--keys', 'K.npy'] as const
afterAll(() => work.remove())

let standing: string[] = []
beforeAll(() => {
  work.npy('K.npy', [40, 4], gaussianRows(40, 4, 1))
  work.npy('Q3.npy', [5, 3], gaussianRows(5, 3, 2))
  work.npy('H.npy', [2, 20, 4], gaussianRows(40, 4, 3))
  work.npy('H3.npy', [3, 20, 4], gaussianRows(60, 4, 3))
  work.npy('vector.npy', [5], gaussianRows(5, 1, 4))
  work.npy('empty-rows.npy', [5, 0], new Float32Array(0))
  work.npy('wide.npy', [1, 4097], gaussianRows(1, 4097, 4))
  const nan = gaussianRows(40, 4, 1)
  nan[3 * 4 + 2] = NaN
  work.npy('nan.npy', [40, 4], nan)
  const infinite = gaussianRows(9000, 4, 1)
  infinite[8999 * 4 + 1] = -Infinity
  work.npy('inf.npy', [9000, 4], infinite)
  const whole = readFileSync(work.path('K.npy'))
  writeFileSync(work.path('short.npy'), whole.subarray(0, -3))
  writeFileSync(work.path('notes.txt'), 'no matrix')
  writeFileSync(work.path('taken.npz'), 'mine')
  writeFileSync(work.path('list.txt'), '# parts\n\n')
  writeFileSync(work.path('bad.lev'), whole)
  standing = work.names()
})

describe('each kind of failure: its exit code and what it says', () => {
  test.each<[string, [string, ...string[]], number, string[]]>([
    ['no command of that name', ['rnu'], 2, ["no command 'rnu'; did you mean `levattention run`?"]],
    ['a slip of --help', ['--hlp'], 2, ['did you mean `levattention --help`?']],
    ['a slip of --version', ['--versoin'], 2, ['did you mean `levattention --version`?']],
    ['an option before the command', ['--quiet', 'run'], 2, ['the command comes before --quiet']],
    ['no keys', ['run'], 2, ['no keys', '--keys keys.npy']],
    ['epsilon out of range', ['run', ...KEYS, '--epsilon', '1.5'], 2, ['--epsilon is 1.5']],
    ['epsilon and keep', ['run', ...KEYS, '--epsilon', '.1', '--keep', '3'], 2, ['--epsilon and --keep']],
    ['p of 0', ['run', ...KEYS, '--p', '0'], 2, ['--p is 0', 'above 0']],
    ['p below 0', ['run', ...KEYS, '--p', '-1'], 2, ['--p is -1', 'above 0']],
    ['p of NaN', ['run', ...KEYS, '--p', 'NaN'], 2, ["--p is 'NaN'", 'a number']],
    ['p that is no number', ['run', ...KEYS, '--p', 'abc'], 2, ["--p is 'abc'", 'a number']],
    ['--passes for p = 2', ['run', ...KEYS, '--passes', '3'], 2, ['--passes', 'p other than 2']],
    [
      'intervals for p = 2',
      ['run', ...KEYS, '--scores', 'interval'],
      2,
      ['--scores interval', 'p other than 2'],
    ],
    ['files without a name', ['run', 'K.npy'], 2, ["'K.npy'", '--keys']],
    ['standard input', ['run', '--keys', '-'], 2, ['--keys -', 'standard input']],
    [
      'several files',
      ['run', ...KEYS, '--keys', 'Q3.npy'],
      2,
      ['2 files (K.npy, Q3.npy)', 'add `--concat`', '--as-heads'],
    ],
    ['an empty list', ['run', '--keys', '@list.txt'], 2, ['list.txt names no file']],
    [
      'an extension that no pairs have',
      ['run', ...KEYS, '--out', 'a.txt'],
      2,
      ['a.txt', '.npz, .ndjson or .csv'],
    ],
    ['one file twice', ['run', ...KEYS, '--universal', 'u.lev', '--out', './u.lev'], 2, ['u.lev', '.npz']],
    [
      'raw options for no raw file',
      ['run', ...KEYS, '--cols', '4', '--dtype', 'f32'],
      2,
      ['--dtype is for raw'],
    ],
    ['shard rows', ['run', ...KEYS, '--shard-rows', '100'], 2, ['--shard-rows is 100', '4096']],
    ['heads without a folder', ['run', '--keys', 'H.npy', '--heads', 'all'], 2, ['--out heads']],
    [
      'a head too many',
      ['run', '--keys', 'H.npy', '--heads', '2', '--out', 'h'],
      2,
      ['--heads 2', '2 query heads'],
    ],
    ['build without an output', ['build', 'K.npy'], 2, ['--out u.lev']],
    ['keys given twice', ['build', 'K.npy', ...KEYS, '--out', 'u.lev'], 2, ['given twice']],
    ['query without a universal set', ['query', '--queries', 'K.npy'], 2, ['--universal u.lev']],
    ['another d', ['run', ...KEYS, '--queries', 'Q3.npy'], 65, ['Q3.npy (queries) has 3', 'K.npy (keys) 4']],
    [
      'another d among files',
      ['run', ...KEYS, '--keys', 'Q3.npy', '--concat'],
      65,
      ['Q3.npy', '3 columns', 'K.npy has 4'],
    ],
    ['NaN in a short input', ['run', '--keys', 'nan.npy'], 65, ['nan.npy: row 3, column 2 is NaN']],
    [
      'infinity in a long input',
      ['run', '--keys', 'inf.npy'],
      65,
      ['inf.npy: row 8999, column 1 is -Infinity'],
    ],
    ['NaN in queries', ['run', ...KEYS, '--queries', 'nan.npy'], 65, ['nan.npy: row 3, column 2 is NaN']],
    ['3-D without heads', ['run', '--keys', 'H.npy'], 65, ["'H.npy#[0]'", '--heads all']],
    ['1-D', ['run', '--keys', 'vector.npy'], 65, ['vector.npy', 'reshape(-1, 1)']],
    ['d = 0', ['run', '--keys', 'empty-rows.npy'], 65, ['empty-rows.npy', 'd = 0']],
    ['d > 4096', ['run', '--keys', 'wide.npy'], 65, ['wide.npy', '4097']],
    ['truncated', ['run', '--keys', 'short.npy'], 65, ['short.npy', 'truncated']],
    ['no known format', ['run', '--keys', 'notes.txt'], 65, ['notes.txt', 'text', 'a download that failed?']],
    [
      'heads that do not fit',
      ['run', '--keys', 'H.npy', '--queries', 'H3.npy', '--heads', 'all', '--out', 'h'],
      65,
      ['3 query heads', '2 key heads'],
    ],
    [
      'no .lev file',
      ['query', '--universal', 'bad.lev', '--queries', 'K.npy'],
      65,
      ['bad.lev', 'not a .lev file'],
    ],
    ['no such file', ['run', '--keys', 'k.npz'], 66, ['k.npz: not found', 'K.npy']],
    ['no such array', ['run', '--keys', 'K.npy#k'], 66, ['type `K.npy`']],
    ['nothing matches', ['run', '--keys', 'part*.npy'], 66, ['part*.npy: no file matches']],
    ['no such list', ['run', '--keys', '@none.txt'], 66, ['none.txt']],
    ['the output stands', ['run', ...KEYS, '--out', 'taken.npz'], 73, ['taken.npz exists', '--force']],
    ['the output is a folder', ['run', ...KEYS, '--out', 'nowhere/h.npz'], 73, ['nowhere', 'mkdir -p']],
    [
      'the folder is a file',
      ['run', '--keys', 'H.npy', '--heads', 'all', '--out', 'notes.txt'],
      73,
      ['notes.txt is a file'],
    ],
  ])('%s', async (_, args, exitCode, texts) => {
    const ran = await runHere(work, ...args)
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' })
    expect(ran.stderr).toMatch(/^levattention/)
    for (const text of texts) expect(ran.stderr).toContain(text)
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

test('none of them left a file', () => {
  expect(work.names()).toEqual(standing)
})

test('an output that is an input is refused even with --force', async () => {
  expect(await runHere(work, 'build', 'K.npy', '--out', 'K.lev', '--quiet')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
  })
  const again = await runHere(work, 'merge', 'K.lev', '--out', './K.lev', '--force')
  expect(again.exitCode).toBe(2)
  expect(again.stderr).toContain('is also an input (K.lev)')
})

describe('exit codes by what was thrown', () => {
  test.each([
    ['Option', 2],
    ['ShapeMismatch', 2],
    ['Content', 65],
    ['IncompatibleSummary', 65],
    ['NotFound', 66],
    ['Internal', 70],
    ['WorkerLost', 70],
    ['CannotWrite', 73],
    ['InputChanged', 75],
    ['SystemLimit', 75],
  ] as const)('%s is %i', (tag, exitCode) => {
    expect(failureOf(new LevError(tag, 'what was found'))).toMatchObject({
      exitCode,
      tag,
      message: 'what was found',
    })
  })

  test('a signal decides, whatever the run failed of', () => {
    expect(failureOf(new LevError('Content', 'closed'), 'SIGTERM')).toMatchObject({
      exitCode: 143,
      tag: 'Aborted',
    })
    expect(failureOf(new Error('closed'), 'SIGINT')).toMatchObject({ exitCode: 130, tag: 'Aborted' })
  })

  test.each([
    [Object.assign(new Error('EMFILE: too many open files, open x'), { code: 'EMFILE' }), 'ulimit -n'],
    [Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' }), 'fewer --workers'],
    [new RangeError('Array buffer allocation failed'), 'ulimit -v'],
  ])('what the system refuses is no defect: %s', (error, says) => {
    const { exitCode, message } = failureOf(error)
    expect(exitCode).toBe(75)
    expect(message).toContain(says)
    expect(message).not.toContain('defect')
  })

  test('what nobody expected is 70, and its stack is shown only if asked for', () => {
    const failure = failureOf(new TypeError('x is undefined'))
    expect(failure).toMatchObject({ exitCode: 70, tag: 'Internal' })
    expect(failureText('run', failure, false)).toBe(
      'levattention run: TypeError: x is undefined. This is a defect of levattention; --verbose shows where\n',
    )
    expect(failureText('run', failure, true)).toContain('failures.test.ts')
  })

  test('a terminal gets lines of its width, and what is to be typed in one piece', () => {
    const words = 'one of many words '.repeat(9)
    const failure = failureOf(new LevError('Option', `${words}; type \`--epsilon 0.01\` ${words}`))
    expect(failureText('run', failure, false).trimEnd().split('\n')).toHaveLength(1)
    const lines = failureText('run', failure, false, true).trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
    expect(lines.slice(1).every((line) => line.startsWith('  '))).toBe(true)
    expect(lines.join('\n')).toContain('`--epsilon 0.01`')
  })
})
