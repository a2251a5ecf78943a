// Catches: numbers and bins of real heads (1024 keys, causal, segments, logits up to 200) that are not those of plain float64
// brute force. Cannot catch: a rule that keeps other keys (test/core/fixed-set): the sets are the product's.
import { compileKernels, matrix, openMatrix, wasmKernels } from '@levattention/core/internal'
import { coverGroup } from '#coordinator/coverage/cover-group'
import { headCoverage } from '#coordinator/coverage/coverage-facts'
import { coverageProblem } from '#coordinator/coverage/coverage-problem'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { findFixedSet } from '#coordinator/keys/fixed-set'
import { expect, test } from 'vitest'
import { contextOf } from '../../support/run-inline.ts'
import { describeShared, type SharedSet, sharedSets } from '../../support/shared-data.ts'
import { tiered } from '../../support/tier.ts'

const module = await compileKernels()
const context = () => contextOf(new InlineEngine(() => wasmKernels(module)), wasmKernels(module))

interface Plain {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

function read(path = ''): Plain {
  const source = openMatrix(path)
  const { rows, cols } = source
  const data = new Float64Array(rows * cols)
  const own = source.element === 'f64' ? data : new Float32Array(rows * cols)
  source.readRows(0, rows, own)
  if (own !== data) data.set(own)
  source.close()
  return { rows, cols, data }
}

const rowOf = ({ data, cols }: Plain, row: number) => data.subarray(row * cols, (row + 1) * cols)

/** A_ij of query i over `ids`, and its output; as NumPy sums. */
function attention(query: Float64Array, keys: Plain, values: Plain, ids: readonly number[]) {
  const scale = 1 / Math.sqrt(keys.cols)
  const logits = ids.map(
    (id) => scale * query.reduce((sum, x, a) => sum + x * keys.data[id * keys.cols + a], 0),
  )
  const top = Math.max(...logits)
  const weights = logits.map((z) => Math.exp(z - top))
  const total = weights.reduce((sum, w) => sum + w, 0)
  const output = new Float64Array(values.cols)
  ids.forEach((id, i) => rowOf(values, id).forEach((v, b) => (output[b] += (weights[i] / total) * v)))
  return { shares: weights.map((w) => w / total), output }
}

function visible({ causal, segmentRows, rows }: SharedSet, query: number): number[] {
  const start = segmentRows === undefined ? 0 : query - (query % segmentRows)
  const end = Math.min(causal ? query + 1 : rows, segmentRows === undefined ? rows : start + segmentRows)
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i)
}

const STEP = tiered(17, 3)
const KEEP = 16

function headsToTry(): SharedSet[] {
  const heads = sharedSets().filter(
    ({ kind, valuesPath, rows }) => kind === 'head' && valuesPath && rows <= 1024,
  )
  return heads.filter((_, at) => at % tiered(4, 1) === 0)
}

describeShared('real heads', () => {
  test.each(headsToTry())('$name', async (set) => {
    const [queries, keys, values] = [set.queriesPath, set.keysPath, set.valuesPath].map(read)
    const { causal, segmentRows: segment } = set
    const shape = { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols, hasFitQueries: false }
    const select = ['leverage', 'accumulated', 'best']
    const keep = [Math.min(KEEP, keys.rows)]
    const problem = coverageProblem(
      { select, keep, causal, ...(segment !== undefined && { segment }) },
      shape,
    )
    const { visibility } = problem
    const source = ({ data, rows, cols }: Plain) => matrix(Float32Array.from(data), { rows, cols })
    const sources = { queries: [source(queries)], keys: source(keys), values: source(values) }
    const fit = { queries: sources.queries, visibility, evenQueries: false }
    const [found] = await coverGroup({ problem, ...sources, fit, scores: new Map() }, context())
    const head = { keys: sources.keys, queries: sources.queries, visibility }
    const sets: Set<number>[] = []
    for (const rule of ['leverage', 'accumulated'] as const)
      sets.push(new Set(await findFixedSet(head, { rule, keep: keep[0] }, context())))
    const { selections } = found.covered
    found.judged.rows.forEach((query, at) => {
      if (at % STEP !== 0) return
      const seen = visible(set, query)
      const own = rowOf(queries, query)
      const full = attention(own, keys, values, seen)
      const order = [...seen.keys()].sort((a, b) => full.shares[b] - full.shares[a] || a - b)
      const best = new Set(order.slice(0, keep[0]).map((i) => seen[i]))
      ;[...sets, best].forEach((chosen, s) => {
        const some = seen.filter((id) => chosen.has(id))
        const ids = causal && some.length === 0 ? [query] : some
        const mass = ids.reduce((sum, id) => sum + full.shares[id - seen[0]], 0)
        expect(Math.abs(selections[s].mass[at] - mass)).toBeLessThan(1e-12)
        const part = attention(own, keys, values, ids)
        const size = Math.hypot(...full.output)
        const far = Math.hypot(...part.output.map((x, b) => x - full.output[b])) / size
        expect(Math.abs((selections[s].error?.[at] ?? NaN) - far)).toBeLessThan(1e-9 * (1 + far))
      })
    })
    const standing = { index: 0, keyHead: 0 }
    const numbers = headCoverage(standing, found, problem, { n: keys.rows, m: queries.rows })
    numbers.selections.forEach(({ histogram, massQuantiles }, s) => {
      const sorted = [...selections[s].mass].sort((a, b) => a - b)
      expect(histogram).toEqual(numpyHistogram(sorted))
      expect(massQuantiles?.[2]).toBeCloseTo(
        (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2,
        14,
      )
    })
  })
})

/** By the edges b / 50, the last bin closed. */
function numpyHistogram(masses: readonly number[]): number[] {
  return Array.from(
    { length: 50 },
    (_, b) => masses.filter((x) => x >= b / 50 && (x < (b + 1) / 50 || (b === 49 && x <= 1))).length,
  )
}
