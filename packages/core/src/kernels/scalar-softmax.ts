import { binaryExponent, powerOfTwo } from '../linalg/power-of-two.ts'
import { dotF32 } from './scalar-dots.ts'
import {
  LEAST_HITS,
  SOFTMAX_KEYS,
  SOFTMAX_QUERIES,
  SOFTMAX_RAISE,
  type SoftmaxBlock,
  type SoftmaxHits,
  type SoftmaxRows,
  VALUE_KEYS,
} from './softmax-kernels.ts'

const { fround } = Math

/** See SoftmaxKernels.softmaxPairs. */
export function softmaxPairs(
  hits: SoftmaxHits,
  rows: SoftmaxRows,
  thresholds: Float64Array,
  block: SoftmaxBlock,
): number {
  const fours = Math.ceil(block.queryCount / SOFTMAX_QUERIES)
  const steps = fours * Math.ceil(block.keyCount / SOFTMAX_KEYS)
  let found = 0
  let step = hits.progress[0]
  for (; step < steps && hits.capacity - found >= LEAST_HITS; step++) {
    const keyStart = Math.floor(step / fours) * SOFTMAX_KEYS
    const first = (step % fours) * SOFTMAX_QUERIES
    for (let q = first; q < Math.min(first + SOFTMAX_QUERIES, block.queryCount); q++) {
      const logits = visibleLogits(block, q, keyStart)
      if (addWeights(rows, q, logits) === undefined) continue
      const limit = fround(log2(rows.totals[q]) + thresholds[q])
      const shift = fround(rows.shifts[q])
      logits.forEach((logit, k) => {
        if (logit === -Infinity || !(fround(logit - shift) >= limit)) return
        hits.queries[found] = q
        hits.keys[found] = keyStart + k
        hits.logits[found++] = logit
      })
    }
  }
  hits.progress[0] = step < steps ? step : 0
  return found
}

/** See SoftmaxKernels.softmaxValues. */
export function softmaxValues(
  sums: Float64Array,
  rows: SoftmaxRows,
  block: SoftmaxBlock,
  values: Float32Array,
  valueDim: number,
): void {
  for (let keyStart = 0; keyStart < block.keyCount; keyStart += SOFTMAX_KEYS) {
    const blockValues = values.subarray(keyStart * valueDim)
    for (let q = 0; q < block.queryCount; q++) {
      const row = sums.subarray(q * valueDim, (q + 1) * valueDim)
      const weights = addWeights(rows, q, visibleLogits(block, q, keyStart), row)
      if (weights !== undefined) addValues(row, weights, blockValues)
    }
  }
}

/** [up to SOFTMAX_KEYS], -Infinity where the query does not see. */
function visibleLogits(
  { queries, keys, keyCount, dim, ranges, keyMask }: SoftmaxBlock,
  q: number,
  keyStart: number,
) {
  const start = ranges === undefined ? 0 : ranges.starts[q]
  const end = ranges === undefined ? keyCount : ranges.ends[q]
  const logits = new Float32Array(Math.min(SOFTMAX_KEYS, keyCount - keyStart))
  for (let i = 0; i < logits.length; i++) {
    const k = keyStart + i
    const isSeen = k >= start && k < end && keyMask?.[k] !== 0
    logits[i] = isSeen ? dotF32(queries, q * dim, keys, k * dim, dim) : -Infinity
  }
  return logits
}

/** Adds the weights of `logits` to query q's total; `sums` follow its shift. Returns the weights; undefined where it sees nothing. */
function addWeights(
  { shifts, totals }: SoftmaxRows,
  q: number,
  logits: Float32Array,
  sums?: Float64Array,
): Float32Array | undefined {
  const top = logits.reduce((a, b) => (a < b ? b : a), -Infinity)
  if (top === -Infinity) return undefined
  if (top > shifts[q] + SOFTMAX_RAISE) {
    const shift = Math.ceil(top)
    const factor = powerOfTwo(shifts[q] - shift)
    shifts[q] = shift
    totals[q] *= factor
    sums?.forEach((sum, c) => (sums[c] = sum * factor))
  }
  const shift = fround(shifts[q])
  const weights = logits.map((logit) => exp2(fround(logit - shift)))
  totals[q] += laneSum(weights)
  return weights
}

/** Lanes by key mod 8, each step of eight folded to four. */
function laneSum(weights: Float32Array): number {
  const lanes = new Float32Array(4)
  for (let k = 0; k < weights.length; k += 8) {
    for (let i = 0; i < 4; i++) {
      const folded = fround((weights[k + i] ?? 0) + (weights[k + 4 + i] ?? 0))
      lanes[i] = fround(lanes[i] + folded)
    }
  }
  return lanes.reduce((sum, lane) => sum + lane, 0)
}

function addValues(sums: Float64Array, weights: Float32Array, values: Float32Array): void {
  for (let start = 0; start < weights.length; start += VALUE_KEYS) {
    const end = Math.min(start + VALUE_KEYS, weights.length)
    for (let c = 0; c < sums.length; c++) {
      let part = 0
      for (let k = start; k < end; k++) part = fround(part + fround(weights[k] * values[k * sums.length + c]))
      sums[c] += part
    }
  }
}

/** Ascending; minimax on [-1/2, 1/2]. */
const EXP2 = [
  1.0000001192092896, 0.6931469440460205, 0.24022120237350464, 0.05550713092088699, 0.009675540961325169,
  0.0013276472454890609,
]
/** Added and subtracted it rounds to an integer, ties to even: 1.5 2^23. */
const ROUNDER = 12_582_912
const floatView = new Float32Array(1)
const intView = new Int32Array(floatView.buffer)

/** 2^x for a float32 x <= 127 within 2.4e-7 of it; 0 below -126. */
function exp2(x: number): number {
  if (!(x >= -126)) return 0
  const n = fround(fround(x + ROUNDER) - ROUNDER)
  const f = fround(x - n)
  let p = EXP2[5]
  for (let i = 4; i >= 0; i--) p = fround(fround(p * f) + EXP2[i])
  floatView[0] = p
  intView[0] += n << 23
  return floatView[0]
}

/** 2/ln 2 · 1/(2i + 1), descending. */
const LOG2 = [13, 11, 9, 7, 5, 3, 1].map((odd) => 2 / Math.LN2 / odd)

/** log2 of a normal number > 0, within 1e-12: of m in [√½, √2] by the series of artanh((m - 1)/(m + 1)); its rest is below 7e-13. */
export function log2(value: number): number {
  let exponent = binaryExponent(value)
  let m = value * powerOfTwo(-exponent)
  if (m > Math.SQRT2) {
    m *= 0.5
    exponent++
  }
  const s = (m - 1) / (m + 1)
  const t = s * s
  return exponent + s * LOG2.reduce((p, term) => p * t + term)
}
