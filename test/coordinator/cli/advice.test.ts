// Catches: advice that leads back to the same error, to an option that the command has not, or to nothing. The advice that
// can be typed is typed. Cannot catch: advice for Python (test/core/storage has the arrays' types).
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { LEV_MAGIC, npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../../core/files/zip-archive.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
const [n, d] = [60, 4]
// bfloat16 numbers: float32 whose lower halves are zero.
const rounded = new Float32Array(
  new Uint32Array(gaussianRows(n, d, 1, 1).buffer).map((bits) => bits & 0xffff0000).buffer,
)
const halves = new Uint16Array(rounded.buffer).filter((_, i) => i % 2 === 1)
afterAll(() => work.remove())

function npy(descr: string): Buffer {
  return Buffer.concat([npyHeader(descr, [n, d]), new Uint8Array(halves.buffer)])
}

beforeAll(() => {
  work.npy('K.npy', [n, d], rounded)
  for (const [name, descr] of [
    ['void', '|V2'],
    ['uint', '<u2'],
    ['int', '<i2'],
  ])
    writeFileSync(work.path(`${name}.npy`), npy(descr))
  work.npy('H.npy', [3, 20, d], rounded)
  work.npy('five.npy', [1, 1, 3, 20, d], rounded)
  work.npy('six.npy', [1, 1, 1, 3, 20, d], rounded)
  mkdirSync(work.path('Folder'))
  work.npy('Folder/K.npy', [n, d], rounded)
  writeFileSync(work.path('none.csv'), 'query,key,score,dot\n')
  symlinkSync('nowhere.npy', work.path('dangling.npy'))
  writeFileSync(work.path('model.pt'), 'PK')
  writeFileSync(work.path('complex.npy'), Buffer.concat([npyHeader('<c8', [2, 2]), new Uint8Array(32)]))
  writeFileSync(work.path('object.npy'), Buffer.concat([npyHeader('|O', [2, 2]), new Uint8Array(32)]))
  writeFileSync(work.path('plain.bin'), new Uint8Array(64))
  writeFileSync(work.path('list.txt'), 'K.npy\n')
  writeFileSync(work.path('set.lev'), Uint8Array.from(LEV_MAGIC))
  writeFileSync(work.path('pairs.csv'), 'query,key,score,dot\n0,1,.5,2\n')
  writeFileSync(work.path('pairs.ndjson'), '{"query":0,"key":1,"score":0.5,"dot":2}\n')
  writeFileSync(work.path('K.npy.gz'), gzipSync(new Uint8Array(8)))
  writeFileSync(work.path('old.bin'), Buffer.from('\x80\x02}q', 'latin1'))
})

const here = (name: string, ...args: string[]) => runHere(work, name, ...args)

async function said(exitCode: number, name: string, ...args: string[]): Promise<string> {
  const ran = await here(name, ...args)
  expect([ran.exitCode, ran.stderr]).toEqual([exitCode, ran.stderr])
  expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1)
  return ran.stderr
}

describe('bfloat16, which NumPy has not', () => {
  test.each(['void.npy', 'uint.npy', 'int.npy'])(
    '%s: the option that the message names reads it',
    async (file) => {
      const { exitCode, stderr } = await here('run', '--keys', file)
      // Other elements than NumPy's two bytes without a type are whole numbers as well.
      expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
        file === 'void.npy' ? 65 : 0,
        expect.stringContaining('add `--dtype bf16`'),
      ])
      expect((await here('inspect', file)).stdout).toContain(`--keys ${file} --dtype bf16`)
      const { pairs, maxBound } = await jsonHere(work, 'run', '--keys', file, '--dtype', 'bf16')
      const same = await jsonHere(work, 'run', '--keys', 'K.npy')
      expect([pairs, maxBound]).toEqual([same.pairs, same.maxBound])
    },
  )

  test('in a .npz, stored and compressed', async () => {
    for (const method of [0, 8]) {
      const path = writeArchive([{ name: 'k.npy', method, data: npy('|V2') }])
      expect(await said(65, 'curve', path)).toContain('add `--dtype bf16`')
      expect(await jsonHere(work, 'curve', path, '--dtype', 'bf16')).toMatchObject({ n, d, rank: d })
    }
  })

  test('the option is still refused where it serves no input', async () => {
    expect(await said(2, 'run', '--keys', 'K.npy', '--dtype', 'bf16')).toContain('says by itself')
  })
})

describe('several matrices in one array', () => {
  test.each(['curve', 'verify', 'run'])(
    '%s names one of them, and the command that takes each',
    async (name) => {
      const message = await said(
        65,
        name,
        '--keys',
        'H.npy',
        ...(name === 'verify' ? ['--heavy', 'none.csv', '--epsilon', '.1'] : []),
      )
      expect(message).toContain("'H.npy#[0]'")
      expect(message.replaceAll(/\s+/g, ' ')).toContain(
        'run, build, curve, attend, coverage, report, scores and sample take each by itself, with --heads all',
      )
    },
  )

  test('of six axes as many are selected as are too many', async () => {
    const advice = ["`'six.npy#[0,0,0,0]'`"]
    for (const message of [
      await said(65, 'curve', 'six.npy'),
      await said(65, 'run', '--keys', 'six.npy', '--heads', 'all', '--out', 'h'),
    ])
      for (const part of advice) expect(message).toContain(part)
    const ran = await here('run', '--keys', 'six.npy#[0]', '--heads', 'all', '--out', 'h', '--quiet')
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  test('--heads elsewhere says whose option it is', async () => {
    const message = await said(2, 'verify', '--keys', 'H.npy', '--heavy', 'none.csv', '--heads', 'all')
    expect(message).toContain(
      '--heads is an option of run, build, curve, attend, coverage, report, scores and sample;',
    )
  })
})

test.each<[number, [string, ...string[]], string[]]>([
  [2, ['run', '--keys', 'K.npy', '--threads', '2'], ['--threads', 'did you mean `--workers`?']],
  [
    2,
    ['build', '--keys', 'K.npy', '--top', '2', '--out', 'u.lev'],
    ['unknown option --top', '--attention softmax --top N', '--keep N is about keys'],
  ],
  [2, ['run', '--keys', 'K.npy', '--threshold', '2'], ['--epsilon in (0, 1], not by a value of q.k']],
  [2, ['run', '--keys', 'K.npy', '--softmax'], ['--attention softmax', 'no universal set']],
  [2, ['run', '--keys', 'K.npy', '--device', 'cpu'], ['--workers says on how many']],
  [
    2,
    ['run', '--keys', 'K.npy', '--f', 'K.npy'],
    ['unknown option --f: but for -o, -p, -q and -h options are spelled out'],
  ],
  [2, ['run', '--keys', 'K.npy', '--m', '1'], ['--m is an option of plan and generate']],
  [65, ['curve', 'model.pt'], ['a PyTorch file by its name', 'save its numbers as .npy first']],
  [65, ['curve', 'old.bin'], ['a Python pickle', 'as .npy or .safetensors first']],
  [73, ['run', '--keys', 'K.npy', '--tmp', 'nowhere'], ['--tmp nowhere: no such file or folder']],
  [73, ['run', '--keys', 'K.npy', '--tmp', 'K.npy'], ['--tmp K.npy', 'not a folder']],
  [66, ['merge', 'none*.lev', '--out', 'a.lev'], ['merge: none*.lev: no file matches']],
  [2, ['curve', 'K.npy', 'H.npy'], ['`levattention curve --keys K.npy --keys H.npy --concat`']],
  [
    2,
    ['build', 'K.npy', 'H.npy', '--out', 'u.lev'],
    ['`levattention build --keys K.npy --keys H.npy --out u.lev --concat`'],
  ],
  [2, ['inspect', 'K.npy', 'H.npy'], ['one file at a time']],
  [2, ['query', 'u.lev', '--queries', 'K.npy'], ["unexpected argument 'u.lev'", '--universal u.lev']],
  [2, ['query', '--universal', 'u.lev', 'Q.npy'], ['--queries Q.npy']],
  [2, ['run', 'K.npy'], ['as in `--keys K.npy`']],
  [2, ['status', 'DIR'], ['as in --run DIR']],
  [2, ['run', '--keys', 'K.npy', '--causal', 'no'], ["--causal takes no value, and 'no' follows it"]],
  [2, ['run', '--keys', 'no', 'no'], ["unexpected argument 'no': inputs are named"]],
  [2, ['run', '--keys', 'K.npy', '--query', 'K.npy'], ['--query; did you mean `--queries`?']],
  [
    2,
    ['curve', 'K.npy', '--epsilon', '.1'],
    [
      '--epsilon is an option of run, build, query, attend, report, verify, plan and bench; curve tries a dozen',
    ],
  ],
  [2, ['curve', 'K.npy', '--causal'], ['--causal is an option of run, build, attend, coverage, report,']],
  [
    2,
    ['curve', 'K.npy', '--queries', 'K.npy'],
    ['--queries is an option of run, query, attend, coverage, report,'],
  ],
  [2, ['build', 'K.npy', '--svg', 'a.svg', '--out', 'u.lev'], ['--svg is an option of curve and report']],
  [
    2,
    ['coverage', 'K.npy', '--epsilon', '.1'],
    ['report, verify, plan and bench', 'coverage says by --heavy'],
  ],
  [2, ['merge', 'a.lev', '--epsilon', '.1', '--out', 'b.lev'], ['merge takes that of its files']],
  [2, ['build', 'K.npy', '--queries', 'K.npy', '--out', 'u.lev'], ['--queries is an option of run, query']],
  [2, ['run', '--version'], ['levattention --version']],
  [2, ['run', '--keys', 'K.npy', '--workers', 'two'], ["--workers is 'two'; it takes a number"]],
  [
    65,
    ['inspect', 'plain.bin'],
    ['run, curve and others take these by --dtype (f16, bf16, f32 or f64) and --cols'],
  ],
  [65, ['run', '--keys', 'set.lev'], ['a .lev of levattention, not a matrix; query searches it']],
  [65, ['curve', 'pairs.csv'], ['heavy pairs of levattention, not a matrix; verify tries them']],
  [65, ['curve', 'pairs.ndjson'], ['heavy pairs of levattention, not a matrix; verify tries them']],
  [65, ['inspect', 'pairs.ndjson'], ['verify tries them by --heavy', '--out heavy.npz']],
  [65, ['curve', 'K.npy.gz'], ['compressed by gzip']],
  [
    2,
    ['query', '--queries', 'set.lev', '--universal', 'K.npy'],
    ['a universal set by its name; exchange the two'],
  ],
  [66, ['curve', 'Fodler/K.npy'], ['Fodler/K.npy: not found; near names: Folder/K.npy\n']],
  [66, ['curve', '--keys', '@lost.txt'], ['lost.txt: not found', 'near names: list.txt']],
  [66, ['curve', '--keys', 'five*.npz', '--concat'], ['no file matches; near names: five.npy']],
  [66, ['curve', 'zz.npy'], ['zz.npy: not found\n']],
  [2, ['inspect', 'K*.npy'], ['inspect takes one file, and K*.npy is a pattern']],
  [2, ['verify', '--keys', 'K.npy', '--heavy', 'x.nd'], ['heavy pairs are read from .npz']],
  [2, ['run', '--keys', 'K.npy', '--out', 'x.nd'], ['heavy pairs go to .npz']],
  [2, ['curve', 'H.npy#[7]'], ['index 7 of axis 0 is out of range']],
  [65, ['curve', 'H.npy#[0,1]'], ['H.npy']],
  [
    65,
    ['curve', 'complex.npy'],
    ["numpy.concatenate([numpy.load('complex.npy').real, numpy.load('complex.npy').imag], axis=-1)"],
  ],
  [65, ['curve', 'object.npy'], ["Python object ('|O')", 'save its numbers as float64']],
  [66, ['curve', 'dangling.npy'], ['a symbolic link to nowhere.npy, which is not there']],
])('exit code %i of %j', async (exitCode, args, texts) => {
  const message = await said(exitCode, ...args)
  for (const text of texts) expect(message).toContain(text)
})

test('inspect tells results from inputs', async () => {
  await here('build', 'K.npy', '--out', 'u.npz', '--quiet')
  const { stdout } = await here('inspect', 'u.npz')
  expect(stdout).toContain('a universal set for NumPy; query --universal takes it of p = 2')
  const asked = await here('query', '--universal', 'u.npz', '--queries', 'K.npy', '--out', 'q.npz', '--quiet')
  expect(asked.exitCode).toBe(0)
  expect(stdout).toContain("numpy.load('u.npz')['bounds']")
  expect(stdout).not.toContain('--keys')
})

test('names in files cannot steer the terminal', async () => {
  const entry = { dtype: 'C64', shape: [2, 2], data_offsets: [0, 32] }
  const header = Buffer.from(JSON.stringify({ 'k\u001b[2J\u009b1m\nx': entry }))
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length)
  writeFileSync(work.path('odd.safetensors'), Buffer.concat([length, header, Buffer.alloc(32)]))
  for (const { stdout, stderr } of [
    await here('inspect', 'odd.safetensors'),
    await here('curve', 'odd.safetensors'),
    await here('curve', 'odd.safetensors#none'),
  ]) {
    for (const control of ['\u001b', '\u009b']) expect(stdout + stderr).not.toContain(control)
    expect(stdout + stderr).toContain('\\x1b[2J\\x9b1m\\x0ax')
  }
})
