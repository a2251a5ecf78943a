// Catches: the example no longer runs, writes a file, or prints other pairs and shares than brute force finds. Cannot catch: what it
// says in its comments, shares of random keys.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openMatrix } from '@levattention/core'
import { expect, onTestFinished, test } from 'vitest'
import { leverageOracle, type DenseMatrix } from '../support/oracle.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))
const KEEP = 32

function read(name: string): DenseMatrix {
  const matrix = openMatrix(join(EXAMPLES, `data/ocr/${name}.npy`))
  const { rows, cols } = matrix
  const data = new Float32Array(rows * cols)
  matrix.readRows(0, rows, data)
  matrix.close()
  return { rows, cols, data: Float64Array.from(data) }
}

/** A_ij of all pairs, row by row. */
function sharesOf(queries: DenseMatrix, keys: DenseMatrix): Float64Array[] {
  const { cols } = keys
  return Array.from({ length: queries.rows }, (_, i) => {
    const weights = Float64Array.from({ length: keys.rows }, (_none, j) => {
      let dot = 0
      for (let a = 0; a < cols; a++) dot += queries.data[i * cols + a] * keys.data[j * cols + a]
      return Math.exp(dot / Math.sqrt(cols))
    })
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return weights.map((weight) => weight / sum)
  })
}

const fraction = (share: number) => share.toFixed(3)

test('prints the heaviest pairs and what selections hold, and writes nothing', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'lev-softmax-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(EXAMPLES, 'softmax.mjs')], {
    cwd,
    encoding: 'utf8',
  })
  expect([stderr, status]).toEqual(['', 0])
  expect(readdirSync(cwd)).toEqual([])
  const [queries, keys] = ['queries', 'keys'].map(read)
  const shares = sharesOf(queries, keys)
  const mean = (held: (row: Float64Array) => number) =>
    shares.reduce((sum, row) => sum + held(row), 0) / shares.length
  const pairs = shares.flatMap((row, query) => [...row].map((share, key) => ({ query, key, share })))
  const heaviest = pairs.sort((a, b) => b.share - a.share).slice(0, 5)
  const tau = leverageOracle(keys).leverage.map((value) => Math.round(value * 1e9))
  const chosen = [...tau.keys()].sort((a, b) => tau[b] - tau[a] || a - b).slice(0, KEEP)
  const byLeverage = mean((row) => chosen.reduce((sum, key) => sum + row[key], 0))
  const best = mean((row) =>
    row
      .toSorted()
      .slice(-KEEP)
      .reduce((sum, share) => sum + share, 0),
  )
  const lines = stdout.trimEnd().split('\n')
  expect(lines.slice(0, 5)).toEqual(
    heaviest.map(
      ({ query, key, share }) => `query ${query}  key ${key}  ${fraction(share)} of its attention`,
    ),
  )
  expect(lines[5]).toContain(`32 keys by leverage: ${fraction(byLeverage)} of`)
  expect(lines[6]).toMatch(/^32 keys by random: 0\.\d{3} of/)
  expect(lines[7]).toContain(`32 keys by best: ${fraction(best)} of`)
  expect(lines[8]).toMatch(/: 512 outputs, none beyond 0\.\d+$/)
  expect(lines).toHaveLength(9)
})
