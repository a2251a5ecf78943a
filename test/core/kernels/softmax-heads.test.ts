// Catches: on real heads, a heavy pair that float32 loses, sums and outputs that are further from float64 than promised, or than
// the models' own outputs allow. Float64 is float64Softmax, which float64-softmax.test.ts holds against the definition.
import {
  compileKernels,
  FLOAT32_ERROR,
  float64Softmax,
  MOST_LOGIT_ERROR,
  type SoftmaxRows,
  softmaxScaling,
  wasmKernels,
} from '@levattention/core/internal'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readNpy } from '../../support/npy.mjs'
import { describeShared, type SharedSet, sharedSets } from '../../support/shared-data.ts'
import { allHits, emptyRows, roomForHits } from './softmax-case.ts'
import { someOf } from '../../support/tier.ts'

const kernels = wasmKernels(await compileKernels())
const heads = sharedSets().filter(({ kind, valuesPath }) => kind === 'head' && valuesPath !== undefined)
/** Queries that are tried, the last ones. */
const MOST_QUERIES = 256
/** Of |output - float64's| / max|value|: two language heads have logits of 40 octaves, whose half ulp is 1.9e-6. The others: 1e-6. */
const MOST_OUTPUT = 2e-6

describeShared('softmax kernels on real heads', () => {
  test.each(someOf(heads, 8))('$name', (set) => {
    const mark = kernels.mark()
    const { keysPath, queriesPath = '', valuesPath = '', rows: keyCount, cols: dim } = set
    const queryStart = Math.max(0, keyCount - MOST_QUERIES)
    const queryCount = keyCount - queryStart
    const queries = readNpy(queriesPath).data.subarray(queryStart * dim)
    const [keys, values] = [keysPath, valuesPath].map((path) => readNpy(path).data)
    const valueDim = values.length / keyCount
    const scale = 1 / Math.sqrt(dim)
    const octaves = queries.map((value) => value * softmaxScaling(scale, 1).queries)
    const shape = { queryCount, keyCount, dim, ranges: rangesOf(set, queryStart) }
    const single = { ...shape, queries: single32(octaves), keys: single32(keys) }
    const double = { ...shape, queries: octaves, keys }

    const longest = Math.max(...Array.from({ length: keyCount }, (_, k) => norm(keys, k, dim)))
    const errors = Array.from({ length: queryCount }, (_, q) =>
      FLOAT32_ERROR.logit(dim, scale * norm(queries, q, dim) * longest),
    )
    expect(Math.max(...errors)).toBeLessThan(MOST_LOGIT_ERROR)

    const [rows, exact] = [emptyRows(kernels, queryCount), emptyRows(kernels, queryCount)]
    const sums = kernels.f64(queryCount * valueDim)
    const exactSums = new Float64Array(sums.length)
    kernels.softmaxValues(sums, rows, single, single32(values), valueDim)
    float64Softmax.softmaxValues(exactSums, exact, double, values, valueDim)
    for (const [q, mu] of errors.entries()) {
      const off = Math.abs(logSum(rows, q) - logSum(exact, q)) * Math.LN2
      expect(off).toBeLessThanOrEqual(FLOAT32_ERROR.logSum(mu))
    }
    const [outputs, exactOutputs] = [outputOf(sums, rows, valueDim), outputOf(exactSums, exact, valueDim)]
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expect(furthest(outputs, exactOutputs) / largest).toBeLessThan(MOST_OUTPUT)
    const ownPath = keysPath.replace(/\.k\.npy$/, '.o.npy')
    if (existsSync(ownPath)) {
      expect(furthest(outputs, readNpy(ownPath).data.subarray(queryStart * valueDim))).toBeLessThan(2e-5)
    }

    for (const epsilon of [0.1, 0.01, 0.001]) {
      const thresholds = kernels.f64(queryCount)
      errors.forEach((mu, q) => (thresholds[q] = FLOAT32_ERROR.threshold(epsilon, mu)))
      const room = roomForHits(kernels, 2 ** 14)
      const hits = allHits(kernels, emptyRows(kernels, queryCount), thresholds, single, room)
      const found = new Set(hits.map(({ query, key }) => query * keyCount + key))
      expect(heavyPairs(double, exact, epsilon).filter((pair) => !found.has(pair))).toEqual([])
    }
    kernels.release(mark)
  })
})

function rangesOf({ rows: keyCount, causal, segmentRows = keyCount }: SharedSet, queryStart: number) {
  const [starts, ends] = [kernels.u32(keyCount - queryStart), kernels.u32(keyCount - queryStart)]
  for (let q = 0; q < starts.length; q++) {
    const position = queryStart + q
    starts[q] = position - (position % segmentRows)
    ends[q] = causal ? position + 1 : Math.min(starts[q] + segmentRows, keyCount)
  }
  return { starts, ends }
}

function single32(values: Float64Array): Float32Array {
  const rounded = kernels.f32(values.length)
  rounded.set(values)
  return rounded
}

function norm(rows: Float64Array, row: number, dim: number): number {
  return Math.hypot(...rows.subarray(row * dim, (row + 1) * dim))
}

function logSum({ shifts, totals }: SoftmaxRows, q: number): number {
  return shifts[q] + Math.log2(totals[q])
}

function outputOf(sums: Float64Array, { totals }: SoftmaxRows, valueDim: number): Float64Array {
  return Float64Array.from(sums, (sum, i) => sum / totals[Math.floor(i / valueDim)])
}

/** Pairs query · keyCount + key with a float64 weight of at least `epsilon`. */
function heavyPairs(
  block: Parameters<typeof float64Softmax.softmaxPairs>[3],
  exact: SoftmaxRows,
  epsilon: number,
): number[] {
  const { queryCount, keyCount } = block
  const capacity = queryCount * keyCount
  const columns = { queries: new Uint32Array(capacity), keys: new Uint32Array(capacity) }
  const hits = { ...columns, logits: new Float64Array(capacity), capacity, progress: new Uint32Array(1) }
  const rows = {
    shifts: new Float64Array(queryCount).fill(-Infinity),
    totals: new Float64Array(queryCount),
  }
  const thresholds = new Float64Array(queryCount).fill(Math.log2(epsilon) - 1e-9)
  const count = float64Softmax.softmaxPairs(hits, rows, thresholds, block)
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => 2 ** (hits.logits[i] - logSum(exact, hits.queries[i])) >= epsilon)
    .map((i) => hits.queries[i] * keyCount + hits.keys[i])
}

function furthest(left: Float64Array, right: Float64Array): number {
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i])), 0)
}
