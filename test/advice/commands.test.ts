// Catches: a line or an option that a message of the command tells people to type, and that is refused in its turn or does
// something else. Cannot catch: advice in plain words.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { findNative, npyHeader } from '@levattention/core/internal'
import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { COMMAND } from '../support/command.mjs'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { jsonHere, runHere } from '../coordinator/cli/in-process.ts'
import { collect } from '../support/advice/collect.ts'
import { countAdvice } from '../support/advice/done.ts'
import { cannotRun, ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs, words } from '../support/advice/typed.ts'
import { readNpz } from '../support/npy.mjs'

countAdvice(import.meta.url)
const work = new Workspace()
const [n, d] = [60, 4]
const keys = gaussianRows(n, d, 1, 1)
afterAll(() => work.remove())

beforeAll(async () => {
  work.npy('K.npy', [n, d], keys)
  work.npy('part 2.npy', [n, d], keys)
  work.npy('H.npy', [3, 20, d], keys)
  work.npy('-f.npy', [3, 20, d], keys)
  work.npy('five.npy', [1, 1, 3, 20, d], keys)
  work.npy('column.npy', [n, 1], keys.subarray(0, n))
  // bfloat16 numbers: the upper halves of float32 ones.
  const halves = new Uint16Array(keys.buffer).filter((_, i) => i % 2 === 1)
  for (const [name, descr] of [
    ['void.npy', '|V2'],
    ['uint.npy', '<u2'],
  ])
    writeFileSync(work.path(name), Buffer.concat([npyHeader(descr, [n, d]), new Uint8Array(halves.buffer)]))
  const rounded = new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer)
  work.npy('rounded.npy', [n, d], rounded)
  work.npy('keys.npy', [n, d], keys)
  work.npy('queries.npy', [n, d], keys)
  work.npy('late.npy', [10, d], keys.subarray(0, 10 * d))
  work.npy('H4.npy', [4, 15, d], keys)
  work.npy('big.npy', [9000, 2], gaussianRows(9000, 2, 3))
  await make('build', 'K.npy', '--out', 'u.lev')
  await make('build', 'K.npy', '--row-offset', '1000', '--out', 'next.lev')
  await make('run', '--keys', 'K.npy', '--out', 'heavy.npz')
  await make('run', '--keys', 'K.npy', '--out', 'heavy.csv')
  await make('build', '--keys', 'K.npy', '--causal', '--out', 'causal.lev')
})

async function make(...args: [string, ...string[]]): Promise<void> {
  expect(await runHere(work, ...args, '--quiet')).toMatchObject({ exitCode: 0 })
}

/** What is typed, where in it the wrong words stand and how many they are, and what each span of the message is. */
describe.each<{ args: string[]; wrong?: number; count?: number; spans: string[] }>([
  { args: ['run', '--keys', 'K.npy', '--threads', '2'], wrong: 3, count: 1, spans: ['--workers'] },
  { args: ['run', '--keys', 'K.npy', '--query', 'K.npy'], wrong: 3, count: 1, spans: ['--queries'] },
  { args: ['run', '--key', 'K.npy'], wrong: 1, count: 1, spans: ['--keys'] },
  { args: ['run', '--keys', 'K.npy', '--eps', '.1'], wrong: 3, count: 1, spans: ['--epsilon'] },
  { args: ['run', '--keys', 'K.npy', '--epsilom', '.1'], wrong: 3, count: 1, spans: ['--epsilon'] },
  { args: ['run', 'K.npy'], wrong: 1, count: 1, spans: ['--keys K.npy'] },
  { args: ['query', 'u.lev', '--queries', 'K.npy'], wrong: 1, count: 1, spans: ['--universal u.lev'] },
  { args: ['query', '--universal', 'u.lev', 'K.npy'], wrong: 3, count: 1, spans: ['--queries K.npy'] },
  {
    args: ['curve', 'K.npy', 'part 2.npy'],
    spans: ["levattention curve --keys K.npy --keys 'part 2.npy' --concat"],
  },
  {
    args: ['build', 'K.npy', 'part 2.npy', '--out', 'both.lev'],
    spans: ["levattention build --keys K.npy --keys 'part 2.npy' --out both.lev --concat"],
  },
  { args: ['run'], spans: ['--keys keys.npy'] },
  { args: ['query', '--universal', 'u.lev'], spans: ['--queries queries.npy'] },
  { args: ['query', '--queries', 'K.npy'], spans: ['--universal u.lev'] },
  { args: ['curve', '--keys', 'K.npy', '--keys', 'part 2.npy'], spans: ['--concat'] },
  { args: ['run', '--keys', 'K.npy', '--out', 'heavy.npz'], spans: ['--force'] },
  { args: ['run', '--keys', 'H4.npy', '--heads', 'all'], spans: ['--out heads'] },
  {
    args: ['run', '--keys', 'H4.npy', '--heads', 'x', '--out', 'h4'],
    wrong: 3,
    count: 2,
    spans: ['--heads 0,3'],
  },
  { args: ['run', '--keys', 'K.npy', '--epsilon', 'abc'], wrong: 3, count: 2, spans: ['--epsilon 0.01'] },
  { args: ['run', '--keys', 'K.npy', '--epsilon', '2'], wrong: 3, count: 2, spans: ['--epsilon 0.01'] },
  { args: ['run', '--keys', 'K.npy', '--p', '-1'], wrong: 3, count: 2, spans: ['--p 2'] },
  {
    args: ['run', '--keys', 'K.npy', '--method', 'sketch', '--delta', '2'],
    wrong: 5,
    count: 2,
    spans: ['--delta 1e-6'],
  },
  { args: ['run', '--keys', 'K.npy', '--delta', '.1'], spans: ['--method sketch'] },
  {
    args: ['build', 'K.npy', '--causal', '--method', 'sketch', '--out', 'c.lev'],
    wrong: 3,
    count: 2,
    spans: ['--method exact'],
  },
  {
    args: ['run', '--keys', 'big.npy', '--shard-rows', '5000'],
    wrong: 3,
    count: 2,
    spans: ['--shard-rows 8192'],
  },
  {
    args: ['run', '--keys', 'K.npy', '--queries', 'late.npy', '--causal'],
    spans: ['--query-start 50'],
  },
  { args: ['run', '--keys', 'K.npy', '--queries', 'late.npy', '--query-start', '50'], spans: ['--causal'] },
  {
    args: ['run', '--keys', 'K.npy', '--p', '3', '--passes', '1', '--tighten'],
    wrong: 5,
    count: 3,
    spans: ['--passes 1'],
  },
  {
    args: ['run', '--keys', 'K.npy', '--p', '3', '--causal', '--scores', 'interval'],
    wrong: 5,
    count: 3,
    spans: ['--scores interval'],
  },
  {
    args: ['run', '--keys', 'K.npy', '--p', '3', '--causal', '--scores', 'estimate'],
    wrong: 5,
    count: 3,
    spans: ['--scores estimate'],
  },
  {
    args: ['run', '--keys', 'K.npy', '--p', '3', '--scores', 'estimate', '--delta', '1'],
    wrong: 7,
    count: 2,
    spans: ['--delta 1e-6'],
  },
  {
    args: ['query', '--universal', 'u.lev', '--queries', 'K.npy', '--epsilon', '.001'],
    spans: [],
  },
  { args: ['build', 'K.npy'], spans: ['--out u.lev'] },
  { args: ['merge', 'u.lev', 'next.lev'], spans: ['--out all.lev'] },
  { args: ['verify', '--keys', 'K.npy'], spans: ['--heavy heavy.npz'] },
  { args: ['verify', '--keys', 'K.npy', '--heavy', 'heavy.csv'], spans: ['--epsilon 0.01'] },
  { args: ['sample', 'K.npy', '--out', 'rows.npz'], spans: ['--rows 1000'] },
  { args: ['sample', 'K.npy', '--rows', '10'], spans: ['--out s.npz'] },
  { args: ['scores', 'K.npy'], spans: ['--out tau.npy'] },
  { args: ['plan', '--keys', 'K.npy', '--job', 'sample', '--run', 'sampled'], spans: ['--rows 1000'] },
  { args: ['plan', '--keys', 'K.npy'], spans: ['--run DIR'] },
  { args: ['slurm', 'submit', '--dry-run'], spans: ['--run DIR'] },
  { args: ['step', 'map', '--run', 'DIR'], spans: ['--index 0'] },
  {
    args: ['generate'],
    spans: ['levattention generate planted --out data --n 1000 --d 8 --m 100'],
  },
  { args: ['generate', 'planted', '--d', '2', '--m', '3', '--out', 'g1'], spans: ['--n 1e6'] },
  { args: ['generate', 'planted', '--n', '90', '--m', '3', '--out', 'g2'], spans: ['--d 64'] },
  { args: ['generate', 'planted', '--n', '90', '--d', '2', '--out', 'g3'], spans: ['--m 10000'] },
  { args: ['generate', 'planted', '--n', '90', '--d', '2', '--m', '3'], spans: ['--out planted'] },
  { args: ['rnu'], spans: ['levattention run'] },
  { args: ['nothing-like-it'], spans: ['levattention --help'] },
  { args: ['--quiet', 'run'], spans: ['levattention --help'] },
  { args: ['--hlp'], spans: ['levattention --help'] },
  { args: ['--versoin'], spans: ['levattention --version'] },
  { args: ['run', '--hlp'], spans: ['--help'] },
  { args: ['run', '--version'], spans: ['levattention --version'] },
  { args: ['curve', 'five.npy'], wrong: 1, count: 1, spans: ['five.npy#[0,0,0]'] },
  { args: ['curve', 'H.npy'], wrong: 1, count: 1, spans: ['H.npy#[0]'] },
])('$args', ({ args, wrong, count, spans }) => {
  test('what it is told is done', async () => {
    const found = await told(work, ...args)
    expect([found.exitCode, found.spans.slice(0, spans.length).map((span) => words(span).join(' '))]).toEqual(
      [expect.toBeOneOf([2, 65, 73]), spans.map((span) => words(span).join(' '))],
    )
    for (const span of found.spans.slice(0, spans.length)) {
      // Made to begin with: here it is to be written.
      if (span === '--out u.lev') work.removeFile('u.lev')
      if (span === 'levattention run') await typedAs(work, `${span} --keys K.npy`, args).then(() => ran(span))
      else if (/--(?:help|version)$/.test(span)) {
        expect(
          execFileSync(process.execPath, [COMMAND, ...askedFor(span, args)], { encoding: 'utf8' }),
        ).not.toBe('')
        ran(span)
      } else await typedAs(work, span, args, wrong, count)
    }
  })
})

/** What a line that asks for help says behind the command's name; an option alone belongs to what was typed. */
function askedFor(span: string, args: readonly string[]): string[] {
  const [first, ...others] = words(span)
  return first === 'levattention' ? others : [args[0], first, ...others]
}

test('from which size on estimates pay: what is said of many keys, of few, and by curve', async () => {
  work.npy('many.npy', [300_000, 2], gaussianRows(300_000, 2, 8, 40))
  work.npy('asked.npy', [64, 2], gaussianRows(64, 2, 9))
  const args = ['run', '--queries', 'asked.npy', '--p', '3', '--out', 'estimates.csv', '--force']
  for (const [file, scores, span] of [
    ['many.npy', 'exact', '--scores estimate'],
    ['big.npy', 'estimate', '--scores exact'],
  ]) {
    const { exitCode, spans } = await told(work, ...args, '--keys', file, '--scores', scores)
    expect([exitCode, spans]).toEqual([0, [span]])
    await typedAs(work, span, [...args, '--keys', file])
  }
  for (const [file, span] of [
    ['many.npy', '--scores estimate'],
    ['big.npy', '--scores interval'],
  ]) {
    const { stdout } = await runHere(work, 'curve', file, '--p', '3', '--quiet')
    expect(codeSpans(stdout)).toContain(span)
    await typedAs(work, span, [...args, '--keys', file])
  }
})

test('several matrices: the one that is typed is the one that was begun to be named', async () => {
  for (const [address, wanted] of [
    ['five.npy#[0]', 'five.npy#[0,0,0]'],
    ['five.npy#[0,0,1,0]', 'five.npy#[0,0,1]'],
    ['H.npy#[2,1]', 'H.npy#[2]'],
    ['K.npy#[3]', 'K.npy'],
    ['K.npy#a', 'K.npy'],
    ['-f.npy', './-f.npy#[0]'],
  ]) {
    const { spans } = await told(work, 'curve', `--keys=${address}`)
    expect([address, spans.map((span) => words(span).join(' '))]).toEqual([address, [wanted]])
    await typedAs(work, `--keys ${spans[0]}`, ['curve'])
    ran(spans[0])
  }
})

test('two-byte elements are the bfloat16 numbers that they are said to be', async () => {
  const wanted = await jsonHere(work, 'run', '--keys', 'rounded.npy')
  for (const file of ['void.npy', 'uint.npy']) {
    const { spans } = await told(work, 'run', '--keys', file)
    const span = spans.at(-1) ?? ''
    expect(span).toBe('--dtype bf16')
    await typedAs(work, span, ['run', '--keys', file])
    const found = await jsonHere(work, 'run', '--keys', file, ...words(span))
    expect([found.pairs, found.maxBound]).toEqual([wanted.pairs, wanted.maxBound])
  }
})

test('the steps that a run folder lacks lead to what run finds', async () => {
  await make('plan', '--keys', 'K.npy', '--run', 'D2')
  const step = async (name: string, ...more: string[]) =>
    (await told(work, 'step', name, '--run', 'D2', ...more)).spans
  expect(await step('finish')).toEqual(['levattention status --run D2'])
  const { stdout } = await runHere(work, 'status', '--run', 'D2')
  expect(stdout).toContain('missing 0')
  ran('levattention status --run D2')
  for (const level of ['0', '1']) expect(await step('map', '--level', level, '--index', '0')).toEqual([])
  for (const [name, wanted] of [
    ['query', 'levattention step finish --run D2'],
    ['collect', 'levattention step query --run D2 --index 0'],
  ]) {
    const [span] = await step(name, ...(name === 'query' ? ['--index', '0'] : []))
    expect(span).toBe(wanted)
    await typedAs(work, span, [])
  }
  expect(await step('collect')).toEqual([])
  await make('run', '--keys', 'K.npy', '--out', 'D2.npz')
  expect(readFileSync(work.path('D2/result/heavy.npz'))).toEqual(readFileSync(work.path('D2.npz')))
})

test('threads that cannot start can be done without', async () => {
  await make('run', '--keys', 'K.npy', ...words('--workers 0'))
  ran('--workers 0')
})

test.each(['fvecs', 'bvecs', 'ivecs'])('a compressed .npy named .%s is inflated', async (extension) => {
  const name = `packed-${extension}.${extension}`
  writeFileSync(work.path(name), gzipSync(readFileSync(work.path('K.npy'))))
  const { exitCode, stderr } = await runHere(work, 'scores', name, '--out', 'packed-scores.npy', '--force')
  const line = /`(gzip [^`]+)`/.exec(stderr)?.[1] ?? ''
  expect([exitCode, line]).toEqual([65, `gzip -dc < ${name} > packed-${extension}.npy`])
  execFileSync('bash', ['-c', line], { cwd: work.folder })
  ran(line)
  expect(readFileSync(work.path(`packed-${extension}.npy`))).toEqual(readFileSync(work.path('K.npy')))
})

test('a compressed stream is inflated on the way', async () => {
  const inflated = execFileSync('cat', [work.path('K.npy')])
  writeFileSync(work.path('K.npy.gz'), gzipSync(inflated))
  const shell = (line: string) =>
    execFileSync('bash', ['-c', `levattention() { '${process.execPath}' '${COMMAND}' "$@"; }; ${line}`], {
      cwd: work.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const lineOf = (failing: string): string => {
    try {
      shell(failing)
    } catch (error) {
      return /`([^`]+)`/.exec((error as { stderr: string }).stderr)?.[1] ?? ''
    }
    throw new Error(`${failing}: nothing was refused`)
  }
  const bounds = async (file: string) => (await runHere(work, 'inspect', file, '--list')).stdout
  await make('build', 'K.npy', '--out', 'whole.lev')
  copyFileSync(work.path('K.npy'), work.path('Q.npy'))
  copyFileSync(work.path('K.npy.gz'), work.path('Q.npy.gz'))
  for (const [failing, wanted] of [
    ['cat K.npy.gz | levattention build - --out s.lev', 'zcat K.npy.gz | levattention build - --out u.lev'],
    [
      'cat Q.npy.gz | levattention query --universal whole.lev --queries -',
      'zcat Q.npy.gz | levattention query --universal u.lev --queries -',
    ],
    ['cat /dev/null | levattention build - --out s.lev', 'cat K.npy | levattention build - --out u.lev'],
    [
      'cat /dev/null | levattention query --universal whole.lev --queries -',
      'cat Q.npy | levattention query --universal u.lev --queries -',
    ],
  ]) {
    expect(lineOf(failing)).toBe(wanted)
    shell(`${wanted} --force --quiet`)
    expect((await bounds('u.lev')).split('\n').length).toBe((await bounds('whole.lev')).split('\n').length)
    ran(wanted)
  }
})

test.each(['fvecs', 'bvecs', 'ivecs'])(
  'vectors of a .%s that come through a pipe are kept in a file',
  async (extension) => {
    const [rows, width] = [40, extension === 'bvecs' ? 1 : 4]
    const values = Float64Array.from({ length: 3 * rows }, (_, i) => (i * i) % 23)
    const bytes = Buffer.alloc(rows * (4 + 3 * width))
    for (let row = 0; row < rows; row++) {
      const start = row * (4 + 3 * width)
      bytes.writeInt32LE(3, start)
      for (let i = 0; i < 3; i++) {
        const [value, at] = [values[3 * row + i], start + 4 + i * width]
        if (extension === 'fvecs') bytes.writeFloatLE(value, at)
        else if (extension === 'ivecs') bytes.writeInt32LE(value, at)
        else bytes.writeUInt8(value, at)
      }
    }
    work.npy('same.npy', [rows, 3], values)
    await make('build', 'same.npy', '--out', 'same.lev', '--force')
    const scoresOf = (of: string) => readNpz(work.path(of)).data.data
    for (const [args, wanted] of [
      [['query', '--universal', 'same.lev', '--queries', '-', '--out', 'p.npz'], 'queries Q'],
      [['build', '-', '--out', 'p.lev'], 'keys K'],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args, '--force'], {
        cwd: work.folder,
        input: bytes,
      })
      const said = stderr.toString()
      collect(said)
      const [line, option] = codeSpans(said)
      const named = extension === 'bvecs' ? 'bvecs' : 'fvecs'
      expect([status, line, option]).toEqual([
        65,
        `cat > ${wanted.slice(-1)}.${named}`,
        `--${wanted}.${named}`,
      ])
      expect(said.includes(`${wanted.slice(-1)}.ivecs`)).toBe(named === 'fvecs')
      const meant = (text: string) => (extension === 'ivecs' ? text.replace('fvecs', 'ivecs') : text)
      execFileSync('bash', ['-c', meant(line)], { cwd: work.folder, input: bytes })
      const rest = args.filter((word) => word !== '-' && word !== '--queries')
      const [name, ...others] = rest
      await make(name, ...others, ...words(meant(option)), '--force')
      for (const span of [line, option]) ran(span)
    }
    await make('query', '--universal', 'same.lev', '--queries', 'same.npy', '--out', 's.npz', '--force')
    expect(scoresOf('p.npz')).toEqual(scoresOf('s.npz'))
    expect((await runHere(work, 'inspect', 'p.lev', '--list')).stdout).toBe(
      (await runHere(work, 'inspect', 'same.lev', '--list')).stdout,
    )
  },
)

test('native kernels that are not there can be built', async () => {
  vi.stubEnv('LEVATTENTION_NATIVE_DIR', work.path('nothing-built'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const { exitCode, spans } = await told(work, 'run', '--keys', 'K.npy', '--kernels', 'native')
  expect({ exitCode, spans }).toEqual({ exitCode: 2, spans: ['levattention build-native'] })
  vi.unstubAllEnvs()
  // Where they are built already there is nothing to do.
  if ((await findNative()).state === 'absent') cannotRun(spans[0], 'this machine has no compiler')
  else await typedAs(work, spans[0], [])
})
