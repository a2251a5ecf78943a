// Catches: the example no longer runs, or its window forgets an hour, keeps one too long or misses a pair.
// Cannot catch: what it says in its comments.
import { spawnSync } from 'node:child_process'
import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { writeMatrix } from '../coordinator/jobs/support.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, leverageOracle, type DenseMatrix } from '../support/oracle.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/sliding-window.mjs', import.meta.url))
const [DIM, HOUR, EPSILON] = [3, 20, 0.05]

interface Line {
  rows: number
  universal: number[]
  pairs: [number, number, number][]
  uncertified: number[]
}

function run(...args: string[]): Line[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [EXAMPLE, ...args], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

function drawn(rows: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  const data = Float64Array.from({ length: rows * DIM }, () => random.normal())
  for (let j = 0; j < rows; j++)
    if (random.uniform() < 0.03) for (let a = 0; a < DIM; a++) data[j * DIM + a] *= 12
  return { rows, cols: DIM, data }
}

test('every hour, the window of the last 24 has the keys and pairs of brute force over its rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lev-window-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const keys = drawn(30 * HOUR - 7, 1)
  const queries = drawn(6, 2)
  const paths = [writeMatrix(join(folder, 'K.npy'), keys), writeMatrix(join(folder, 'Q.npy'), queries)]
  const lines = run(...paths, String(HOUR))
  expect(lines).toHaveLength(30)
  let pairs = 0
  lines.forEach((line, hour) => {
    const rowStart = Math.max(0, hour - 23) * HOUR
    const rowEnd = Math.min(keys.rows, (hour + 1) * HOUR)
    const window = { rows: rowEnd - rowStart, cols: DIM, data: keys.data.slice(rowStart * DIM, rowEnd * DIM) }
    expect(line.rows).toBe(window.rows)
    expect(line.uncertified).toEqual([])
    const { leverage } = leverageOracle(window)
    expect(line.universal).toEqual(
      [...leverage.keys()].filter((j) => leverage[j] >= EPSILON).map((j) => rowStart + j),
    )
    const expected = bruteForceHeavy(queries, window, EPSILON).pairs
    expect(line.pairs).toEqual(
      expected.map(({ query, key, score }) => [query, rowStart + key, Number(score.toFixed(6))]),
    )
    pairs += expected.length
  })
  expect(pairs).toBeGreaterThan(50)
})

test('without arguments it makes its rows up', () => {
  const lines = run()
  expect(lines).toHaveLength(40)
  expect(lines.at(-1)).toMatchObject({ rows: 12_000, uncertified: [] })
  expect(lines.at(-1)!.universal.length).toBeGreaterThan(0)
})
