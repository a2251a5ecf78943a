// Softmax problems in the memory of some kernels, and what a float64 brute force says of them.
import {
  type Kernels,
  LEAST_HITS,
  type SoftmaxBlock,
  type SoftmaxHits,
  type SoftmaxRows,
} from '@levattention/core/internal'
import { bits, random, scratch } from './values.ts'

export interface Shape {
  readonly queryCount: number
  readonly keyCount: number
  readonly dim: number
  readonly valueDim?: number
  readonly seed?: number
  /** Logits lie within about this many octaves of 0. */
  readonly spread?: number
  /** The keys that query q sees. */
  readonly range?: (q: number) => readonly [start: number, end: number]
  readonly isHidden?: (k: number) => boolean
}

export interface Case {
  readonly shape: Shape
  readonly block: SoftmaxBlock
  readonly values: Float32Array
  readonly valueDim: number
}

export function softmaxCase(kernels: Kernels, shape: Shape): Case {
  const { queryCount, keyCount, dim, valueDim = 0, seed = 1, spread = 8, range, isHidden } = shape
  const queries = scratch(kernels, 'f32', queryCount * dim, seed) as Float32Array
  for (let i = 0; i < queries.length; i++) queries[i] *= (2 * spread) / Math.sqrt(dim)
  const keys = scratch(kernels, 'f32', keyCount * dim, seed + 1) as Float32Array
  const values = scratch(kernels, 'f32', keyCount * valueDim, seed + 2) as Float32Array
  const block = { queries, queryCount, keys, keyCount, dim }
  const ranges = range && rangesOf(kernels, queryCount, range)
  const keyMask = isHidden && maskOf(kernels, keyCount, isHidden)
  return { shape, block: { ...block, ranges, keyMask }, values, valueDim }
}

function rangesOf(kernels: Kernels, queryCount: number, range: NonNullable<Shape['range']>) {
  const [starts, ends] = [kernels.u32(queryCount), kernels.u32(queryCount)]
  for (let q = 0; q < queryCount; q++) [starts[q], ends[q]] = range(q)
  return { starts, ends }
}

/** Any byte but 0 is seen. */
function maskOf(kernels: Kernels, keyCount: number, isHidden: (k: number) => boolean): Uint8Array {
  const mask = kernels.u8(keyCount)
  for (let k = 0; k < keyCount; k++) mask[k] = isHidden(k) ? 0 : 1 + (k % 255)
  return mask
}

export function emptyRows(kernels: Kernels, queryCount: number): SoftmaxRows {
  return { shifts: kernels.f64(queryCount).fill(-Infinity), totals: kernels.f64(queryCount) }
}

export function roomForHits(kernels: Kernels, capacity = LEAST_HITS): SoftmaxHits {
  const [queries, keys, logits] = [kernels.u32(capacity), kernels.u32(capacity), kernels.f32(capacity)]
  return { queries, keys, logits, capacity, progress: kernels.u32(1) }
}

export interface Hit {
  readonly query: number
  readonly key: number
  readonly logit: number
}

/** All hits, call by call until nothing is left to do; `onCall` hears of each call's. */
export function allHits(
  kernels: Kernels,
  rows: SoftmaxRows,
  thresholds: Float64Array,
  block: SoftmaxBlock,
  room = roomForHits(kernels),
  thresholdsOf?: 'weights' | 'logits',
): Hit[] {
  const hits: Hit[] = []
  do {
    const count = kernels.softmaxPairs(room, rows, thresholds, block, thresholdsOf)
    for (let i = 0; i < count; i++)
      hits.push({ query: room.queries[i], key: room.keys[i], logit: room.logits[i] })
  } while (room.progress[0] !== 0)
  return hits
}

/** Everything that both kernels make of a case, as text; the same from every kind of kernels. */
export function results(kernels: Kernels, shape: Shape, threshold = -7): string {
  const mark = kernels.mark()
  const { block, values, valueDim } = softmaxCase(kernels, shape)
  const { queryCount } = block
  const rows = emptyRows(kernels, queryCount)
  const hits = allHits(kernels, rows, kernels.f64(queryCount).fill(threshold), block)
  const others = emptyRows(kernels, queryCount)
  const sums = kernels.f64(queryCount * valueDim + 1).fill(0.5, queryCount * valueDim) // one more, to be left alone
  kernels.softmaxValues(sums, others, block, values, valueDim)
  const arrays = [rows.shifts, rows.totals, others.shifts, others.totals, sums].map(bits)
  kernels.release(mark)
  return JSON.stringify([arrays, hits])
}

export interface Truth {
  /** Logits in octaves, -Infinity where hidden; float64. */
  readonly logits: number[][]
  /** log2 Σ 2^logit. */
  readonly logSums: number[]
  /** |q| max|k| in natural units: the reach of logitError. */
  readonly reaches: number[]
}

/** From the definition, in float64, of the very numbers that the kernels got. */
export function bruteForce({ block }: Case): Truth {
  const { queries, queryCount, keys, keyCount, dim, ranges, keyMask } = block
  const row = (rows: Float32Array, r: number) => rows.subarray(r * dim, (r + 1) * dim)
  const norms = (rows: Float32Array, count: number) =>
    Array.from({ length: count }, (_, r) => Math.hypot(...row(rows, r)))
  const longest = Math.max(0, ...norms(keys, keyCount))
  const logits = Array.from({ length: queryCount }, (_, q) =>
    Array.from({ length: keyCount }, (__, k) => {
      const isSeen =
        (ranges === undefined || (k >= ranges.starts[q] && k < ranges.ends[q])) && keyMask?.[k] !== 0
      return isSeen ? row(queries, q).reduce((sum, x, a) => sum + x * keys[k * dim + a], 0) : -Infinity
    }),
  )
  return {
    logits,
    logSums: logits.map(logSum),
    reaches: norms(queries, queryCount).map((norm) => (norm * longest) / Math.LOG2E),
  }
}

function logSum(logits: number[]): number {
  const top = Math.max(-Infinity, ...logits)
  if (top === -Infinity) return -Infinity
  return top + Math.log2(logits.reduce((sum, logit) => sum + 2 ** (logit - top), 0))
}

/** A choice of hidden keys that depends on the seed alone. */
export function hiddenAtRandom(seed: number, share: number): (k: number) => boolean {
  const next = random(seed)
  const drawn: boolean[] = []
  return (k) => {
    while (drawn.length <= k) drawn.push(next() < share)
    return drawn[k]
  }
}
