// Catches: a line that a message tells people to type for an input of another type or format, and that fails, or gives other
// numbers than NumPy reads in that input. Every line is typed as it stands, in Python or in a shell, and the scores of what
// it makes are compared with the original's numbers, entry by entry, and so are the scores. Cannot catch: advice in plain words.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openMatrix } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { PYTHON_TIMEOUT_MS, pythonWith } from '../core/files/output-support.ts'
import { countAdvice } from '../support/advice/done.ts'
import { cannotRun, ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { readNpy } from '../support/npy.mjs'

countAdvice(import.meta.url)
const MAKE = fileURLToPath(new URL('make_inputs.py', import.meta.url))
const python = pythonWith('numpy') ?? ''
const hasSciPy = pythonWith('scipy') === python
const work = new Workspace()
afterAll(() => work.remove())

/** Inputs that are read as they are. */
const plain: string[] = []
/** The line of each input that the message gives, by the input's name. */
const lines = new Map<string, string>()
/** Of vectors also the line that makes one row of it. */
const rowLines = new Map<string, string>()

/** Runs each line in a process of one Python, in a name space of its own; what went wrong, by line. */
const RUN = `
import json, sys
wrong = {}
for line in json.load(sys.stdin):
    try: exec(line, {})
    except Exception as error: wrong[line] = f'{type(error).__name__}: {error}'
print(json.dumps(wrong))
`

function withoutNumPy(): void {
  cannotRun('import ', 'python3 with NumPy is not here')
  cannotRun('gzip ', 'its inputs are made by NumPy')
}

beforeAll(async () => {
  if (python === '') return withoutNumPy()
  if (!hasSciPy) cannotRun('import numpy, scipy', 'SciPy is not here')
  const made = spawnSync(python, [MAKE, work.folder], { encoding: 'utf8' })
  expect(made.stderr).toBe('')
  for (const name of readdirSync(work.folder)) {
    if (!name.endsWith('.values.npy')) continue
    const input = name.slice(0, -'.values.npy'.length)
    const { exitCode, stderr } = await runHere(work, 'scores', input, '--out', 't.npy', '--force')
    if (exitCode === 0) {
      plain.push(input)
      continue
    }
    expect([input, exitCode]).toEqual([input, 65])
    const [line, asRow] = codeSpans(stderr)
    expect([input, line]).toEqual([input, expect.any(String)])
    lines.set(input, line)
    if (asRow?.includes('reshape')) rowLines.set(input, asRow)
  }
  const typed = [...lines.values(), ...rowLines.values()]
  const inPython = typed.filter((line) => line.startsWith('import '))
  const { stdout, stderr } = spawnSync(python, ['-c', RUN], {
    cwd: work.folder,
    encoding: 'utf8',
    input: JSON.stringify(inPython),
  })
  expect([stderr, stdout.trim()]).toEqual(['', '{}'])
  for (const line of typed) {
    if (/^(?:import |--)/.test(line)) continue
    expect(line).toMatch(/^gzip /)
    expect(spawnSync('bash', ['-c', line], { cwd: work.folder, encoding: 'utf8' }).stderr).toBe('')
  }
}, PYTHON_TIMEOUT_MS)

/** All entries of the matrix in `name`, as the product reads them. */
function rowsOf(name: string): number[][] {
  const source = openMatrix(work.path(name))
  const into = source.element === 'f32' ? new Float32Array(source.cols) : new Float64Array(source.cols)
  const rows = Array.from({ length: source.rows }, (_, row) => {
    source.readRows(row, row + 1, into)
    // -0 is 0: a sparse matrix does not keep it.
    return Array.from(into, (value) => value + 0)
  })
  source.close()
  return rows
}

/** What Python says of a line that fails. */
function failureOf(line: string): string {
  return spawnSync(python, ['-c', line], { cwd: work.folder, encoding: 'utf8' }).stderr
}

/** The scores of `file` are those of the numbers of `input`. */
async function expectSameScores(input: string, file: string, ...options: string[]): Promise<void> {
  const scoresOf = async (name: string, ...others: string[]) => {
    const args = ['scores', name, ...others, '--out', 't.npy', '--force', '--quiet']
    const { exitCode, stderr } = await runHere(work, ...(args as [string, ...string[]]))
    expect([name, exitCode, stderr]).toEqual([name, 0, ''])
    return readNpy(work.path('t.npy')).data
  }
  const [scores, wanted] = [await scoresOf(file, ...options), await scoresOf(`${input}.values.npy`)]
  expect([input, scores.length]).toEqual([input, wanted.length])
  scores.forEach((score, row) => expect(Math.abs(score - wanted[row])).toBeLessThan(1e-12))
}

describe.skipIf(python === '')('what a message tells to type', () => {
  test('is not needed where an input is read as it is', async () => {
    for (const input of plain) await expectSameScores(input, input)
    expect(plain.length).toBe(hasSciPy ? 40 : 34)
  })

  test('gives all numbers of the input, for every kind of input', async () => {
    for (const [input, line] of lines) {
      if (line.startsWith('--')) {
        await expectSameScores(input, input, ...line.split(' '))
        ran(line)
        continue
      }
      const made =
        /numpy\.save\('((?:[^'\\]|\\.)*)'/.exec(line)?.[1].replaceAll("\\'", "'") ?? line.split(' > ')[1]
      expect([input, existsSync(work.path(made))]).toEqual([input, true])
      expect(rowsOf(made), line).toEqual(rowsOf(`${input}.values.npy`))
      await expectSameScores(input, made)
      ran(line)
    }
    expect([...lines.keys()].sort()).toEqual([
      'K.npy.gz',
      'c16.npy',
      'c8.npy',
      'complex.npz',
      'frame.csv',
      'gzipped.bin',
      'i64-ids.safetensors',
      'ids.npy',
      'members.npz#v',
      'records.npy',
      'rows.json',
      'vector.npy',
    ])
  })

  test('makes one row of a vector as well as one column', () => {
    for (const [input, line] of rowLines) {
      const made = /numpy\.save\('([^']*)'/.exec(line)?.[1] ?? ''
      expect(rowsOf(made), line).toEqual([rowsOf(`${input}.values.npy`).flat()])
      ran(line)
    }
    expect(rowLines.size).toBe(4)
  })

  test('is not said where no line is known to give the numbers', async () => {
    for (const name of readdirSync(work.path('none'))) {
      if (name.startsWith('object')) continue
      const { exitCode, stderr } = await runHere(work, 'scores', `none/${name}`, '--out', 'refused.npy')
      expect([name, exitCode, codeSpans(stderr)]).toEqual([name, 65, []])
    }
  })

  test('of objects is what saves the numbers where they were made', async () => {
    for (const name of ['object.npy', 'object-flags.npy']) {
      const { exitCode, stderr } = await runHere(work, 'scores', `none/${name}`, '--out', 'refused.npy')
      const [line, ...others] = codeSpans(stderr)
      expect([name, exitCode, others]).toEqual([name, 65, []])
      expect(failureOf(`import numpy; K = numpy.load('none/${name}', allow_pickle=True); ${line}`)).toBe('')
      const [, made] = /numpy\.save\('([^']*)'/.exec(line) ?? []
      expect(rowsOf(made)).toEqual(
        name === 'object.npy'
          ? [
              [1, 2.5],
              [NaN, 4.5],
            ]
          : [
              [1, 0],
              [0, 1],
              [1, 1],
            ],
      )
      ran(line)
    }
  })

  test.skipIf(!hasSciPy)(
    'of sparse arrays that are not read',
    async () => {
      for (const [name, wanted] of [
        ['dia-matrix.npz', 'dense.npy'],
        ['dia-array.npz', 'dense.npy'],
        ['bsr.npz', 'dense.npy'],
        ['coo-1.npz', 'column.npy'],
        ['coo-3.npz', 'stack.npy'],
      ]) {
        const { exitCode, stderr } = await runHere(work, 'scores', `sparse/${name}`, '--out', 'refused.npy')
        const spans = codeSpans(stderr)
        expect([name, exitCode, spans.length]).toEqual([name, 65, name === 'coo-1.npz' ? 2 : 1])
        for (const [i, line] of spans.entries()) {
          expect(failureOf(line)).toBe('')
          const [, made] = /save(?:_npz)?\('([^']*)'/.exec(line) ?? []
          const read = i === 0 ? `sparse/${wanted}` : 'sparse/column.npy#.T'
          const heads = name === 'coo-3.npz' ? ['--heads', 'all'] : []
          const out = (of: string) =>
            [...heads, '--out', heads.length > 0 ? of : `${of}.npy`, '--force'] as const
          for (const [of, file] of Object.entries({ a: made, b: read }))
            expect(await runHere(work, 'scores', file, ...out(of))).toMatchObject({ exitCode: 0 })
          const at = heads.length > 0 ? '/head-0001.npy' : '.npy'
          expect(readNpy(work.path(`a${at}`))).toEqual(readNpy(work.path(`b${at}`)))
          ran(line)
        }
      }
    },
    PYTHON_TIMEOUT_MS,
  )

  test('is the same in what inspect says', async () => {
    for (const input of ['c16.npy', 'records.npy', 'vector.npy']) {
      const { stdout } = await runHere(work, 'inspect', input)
      const numbered = (line = '') => line.replaceAll(/-\d+\.npy'/g, ".npy'")
      expect(numbered(codeSpans(stdout)[0])).toBe(lines.get(input))
    }
  })
})
