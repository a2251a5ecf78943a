import type { Kernels } from '../kernels/kernels.ts'
import {
  type Floats,
  SOFTMAX_RAISE,
  type SoftmaxBlock,
  type SoftmaxRows,
  type SoftmaxSums,
} from '../kernels/softmax-kernels.ts'
import { powerOfTwo } from '../linalg/power-of-two.ts'

/** Queries and keys of a tile. */
const [QUERIES, KEYS] = [64, 256] as const

/** What sums of values take of a kernel. */
export type ValueSums = Pick<SoftmaxSums<Floats>, 'softmaxValues'>

/** What a dot is to the logit, in octaves; default: the logit itself. */
export type LogitOf = (dot: number) => number

/**
 * Sums of values in float64, tile by tile: logits and sums are matrix products of `kernels`, the same bits of all kernels. As
 * SoftmaxSums says but for the order of the sums: NOTES.md "Float64". Takes kernel scratch.
 */
export function float64Values(kernels: Kernels, dim: number, valueDim: number, logitOf?: LogitOf): ValueSums {
  const tile = {
    queries: kernels.f64(dim * QUERIES),
    logits: kernels.f64(KEYS * QUERIES),
    weights: kernels.f64(QUERIES * KEYS),
    values: kernels.f64(KEYS * valueDim),
    sums: kernels.f64(QUERIES * valueDim),
  }
  return {
    softmaxValues(sums, rows, block, values) {
      for (let first = 0; first < block.queryCount; first += QUERIES) {
        const count = Math.min(QUERIES, block.queryCount - first)
        transpose(tile.queries, block.queries, first, count, dim)
        for (let key = 0; key < block.keyCount; key += KEYS) {
          const [from, to] = seenOf(block, first, count, key, Math.min(block.keyCount, key + KEYS))
          if (from >= to) continue
          const keyCount = to - from
          const keys = block.keys.subarray(from * dim, to * dim)
          kernels.multiply(tile.logits, keys, tile.queries, keyCount, dim, count)
          if (logitOf) for (let i = 0; i < keyCount * count; i++) tile.logits[i] = logitOf(tile.logits[i])
          for (let t = 0; t < count; t++) weigh(tile, block, first, t, count, from, to, rows, sums, valueDim)
          tile.values.set(values.subarray(from * valueDim, to * valueDim))
          kernels.multiply(tile.sums, tile.weights, tile.values, count, keyCount, valueDim)
          for (let i = 0; i < count * valueDim; i++) sums[first * valueDim + i] += tile.sums[i]
        }
      }
    },
  }
}

/** Logits of weights |<q, k>|^p: p log2 |<q, k>|, so that no power over- or underflows; a dot of 0 is a weight of 0. */
export function powerLogit(p: number): LogitOf {
  const octaves = p * Math.LOG2E
  return (dot) => octaves * Math.log(Math.abs(dot))
}

/** out [dim, count] = queries [first, first + count) transposed. */
function transpose(out: Float64Array, queries: Floats, first: number, count: number, dim: number): void {
  for (let t = 0; t < count; t++)
    for (let a = 0; a < dim; a++) out[a * count + t] = queries[(first + t) * dim + a]
}

/** Of keys [start, end) those that any of these queries sees. */
function seenOf(
  { ranges }: SoftmaxBlock<Floats>,
  first: number,
  count: number,
  start: number,
  end: number,
): [from: number, to: number] {
  if (!ranges) return [start, end]
  let [from, to] = [end, start]
  for (let q = first; q < first + count; q++) {
    const [own, ownEnd] = [Math.max(start, ranges.starts[q]), Math.min(end, ranges.ends[q])]
    if (own >= ownEnd) continue
    from = Math.min(from, own)
    to = Math.max(to, ownEnd)
  }
  return [from, to]
}

interface Tile {
  readonly logits: Float64Array
  readonly weights: Float64Array
}

/** Query t of a tile: its weights of keys [from, to) into weights [count, to - from], its total; shift and sums follow its largest logit. */
function weigh(
  { logits, weights }: Tile,
  { ranges, keyMask }: SoftmaxBlock<Floats>,
  first: number,
  t: number,
  count: number,
  from: number,
  to: number,
  { shifts, totals }: SoftmaxRows,
  sums: Float64Array,
  valueDim: number,
): void {
  const q = first + t
  const [start, end] = ranges ? [Math.max(from, ranges.starts[q]), Math.min(to, ranges.ends[q])] : [from, to]
  const keyCount = to - from
  const own = t * keyCount
  weights.fill(0, own, own + keyCount)
  let top = -Infinity
  for (let k = start; k < end; k++) {
    const logit = keyMask?.[k] === 0 ? -Infinity : logits[(k - from) * count + t]
    weights[own + k - from] = logit
    if (logit > top) top = logit
  }
  if (top === -Infinity) {
    weights.fill(0, own, own + keyCount)
    return
  }
  if (top > shifts[q] + SOFTMAX_RAISE) {
    const shift = Math.ceil(top)
    const factor = powerOfTwo(shifts[q] - shift)
    shifts[q] = shift
    totals[q] *= factor
    for (let c = q * valueDim; c < (q + 1) * valueDim; c++) sums[c] *= factor
  }
  const shift = shifts[q]
  let total = 0
  for (let i = own + start - from; i < own + end - from; i++) {
    const weight = Math.exp((weights[i] - shift) * Math.LN2)
    weights[i] = weight
    total += weight
  }
  totals[q] += total
}
