import { binaryExponent, powerOfTwo } from '../linalg/power-of-two.ts'
import {
  type Floats,
  LEAST_HITS,
  SOFTMAX_KEYS,
  SOFTMAX_QUERIES,
  SOFTMAX_RAISE,
  type SoftmaxBlock,
  type SoftmaxHits,
  type SoftmaxRows,
  type SoftmaxSums,
  VALUE_KEYS,
} from './softmax-kernels.ts'

/** The precision that logits and weights are computed in. */
export interface SoftmaxArithmetic<F extends Floats> {
  readonly floats: (length: number) => F
  readonly round: (value: number) => number
  /** out [count] = <query, key> of the query and the first key at these offsets, each from 0, ascending. */
  readonly dots: (out: F, queries: F, queryOffset: number, keys: F, keyOffset: number, dim: number) => void
  /** out [width] += factor · (the row of `rows` at this offset), product and sum rounded. */
  readonly addMultiple: (out: F, factor: number, rows: F, offset: number, width: number) => void
  /** 2^x; 0 for -Infinity. */
  readonly exp2: (x: number) => number
}

/** Softmax rows as SoftmaxSums says, in plain TypeScript. */
export function softmaxBy<F extends Floats>(arithmetic: SoftmaxArithmetic<F>): SoftmaxSums<F> {
  return {
    softmaxPairs(hits, rows, thresholds, block, thresholdsOf = 'weights') {
      const fours = Math.ceil(block.queryCount / SOFTMAX_QUERIES)
      const steps = fours * Math.ceil(block.keyCount / SOFTMAX_KEYS)
      let found = 0
      let step = hits.progress[0]
      for (; step < steps && hits.capacity - found >= LEAST_HITS; step++) {
        const keyStart = Math.floor(step / fours) * SOFTMAX_KEYS
        const first = (step % fours) * SOFTMAX_QUERIES
        for (let q = first; q < Math.min(first + SOFTMAX_QUERIES, block.queryCount); q++) {
          const logits = visibleLogits(arithmetic, block, q, keyStart)
          if (addWeights(arithmetic, rows, q, logits) === undefined) continue
          const base = thresholdsOf === 'logits' ? -rows.shifts[q] : log2(rows.totals[q])
          const limit = arithmetic.round(base + thresholds[q])
          found = addHits(arithmetic, hits, found, logits, limit, rows.shifts[q], q, keyStart)
        }
      }
      hits.progress[0] = step < steps ? step : 0
      return found
    },
    softmaxValues(sums, rows, block, values, valueDim) {
      for (let keyStart = 0; keyStart < block.keyCount; keyStart += SOFTMAX_KEYS) {
        for (let q = 0; q < block.queryCount; q++) {
          const row = sums.subarray(q * valueDim, (q + 1) * valueDim)
          const logits = visibleLogits(arithmetic, block, q, keyStart)
          const weights = addWeights(arithmetic, rows, q, logits, row)
          if (weights !== undefined) addValues(arithmetic, row, weights, values, keyStart)
        }
      }
    },
  }
}

/** [up to mostKeys] from key `keyStart` on, -Infinity where the query does not see. */
export function visibleLogits<F extends Floats>(
  arithmetic: SoftmaxArithmetic<F>,
  { queries, keys, keyCount, dim, ranges, keyMask }: SoftmaxBlock<F>,
  q: number,
  keyStart: number,
  mostKeys = SOFTMAX_KEYS,
): F {
  const logits = arithmetic.floats(Math.min(mostKeys, keyCount - keyStart)).fill(-Infinity) as F
  const within = (key: number) => Math.min(Math.max(key - keyStart, 0), logits.length)
  const [from, to] = ranges ? [within(ranges.starts[q]), within(ranges.ends[q])] : [0, logits.length]
  if (from >= to) return logits
  const seen = logits.subarray(from, to) as F
  arithmetic.dots(seen, queries, q * dim, keys, (keyStart + from) * dim, dim)
  for (let k = from; k < to; k++) if (keyMask?.[keyStart + k] === 0) logits[k] = -Infinity
  return logits
}

/** Adds the weights of `logits` to query q's total; `sums` follow its shift. Returns the weights; undefined where it sees nothing. */
function addWeights<F extends Floats>(
  { floats, round, exp2 }: SoftmaxArithmetic<F>,
  { shifts, totals }: SoftmaxRows,
  q: number,
  logits: F,
  sums?: Float64Array,
): F | undefined {
  let top = -Infinity
  for (const logit of logits) if (top < logit) top = logit
  if (top === -Infinity) return undefined
  raiseRow({ shifts, totals }, q, top, sums)
  const weights = floats(logits.length)
  for (let k = 0; k < logits.length; k++) weights[k] = exp2(round(logits[k] - shifts[q]))
  totals[q] += laneSum(round, weights)
  return weights
}

/** `shift`, or a higher one where a logit `top` is too far above it. */
export function raisedShift(shift: number, top: number): number {
  return top > shift + SOFTMAX_RAISE ? Math.ceil(top) : shift
}

/** Raises query q's shift for a logit `top`: its total, and `sums`, follow by a power of two. */
export function raiseRow({ shifts, totals }: SoftmaxRows, q: number, top: number, sums?: Float64Array): void {
  const shift = raisedShift(shifts[q], top)
  if (shift === shifts[q]) return
  const factor = powerOfTwo(shifts[q] - shift)
  shifts[q] = shift
  totals[q] *= factor
  sums?.forEach((sum, c) => (sums[c] = sum * factor))
}

/** Lanes by key mod 8, each step of eight folded to four. */
function laneSum(round: (value: number) => number, weights: Floats): number {
  const lanes = [0, 0, 0, 0]
  for (let k = 0; k < weights.length; k += 8) {
    for (let i = 0; i < 4; i++) {
      const folded = round((weights[k + i] ?? 0) + (weights[k + 4 + i] ?? 0))
      lanes[i] = round(lanes[i] + folded)
    }
  }
  return lanes.reduce((sum, lane) => sum + lane)
}

/** Returns how many hits there are then. */
function addHits<F extends Floats>(
  { round }: SoftmaxArithmetic<F>,
  hits: SoftmaxHits<F>,
  found: number,
  logits: F,
  limit: number,
  shift: number,
  query: number,
  keyStart: number,
): number {
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] === -Infinity || !(round(logits[k] - shift) >= limit)) continue
    hits.queries[found] = query
    hits.keys[found] = keyStart + k
    hits.logits[found++] = logits[k]
  }
  return found
}

function addValues<F extends Floats>(
  { floats, addMultiple }: SoftmaxArithmetic<F>,
  sums: Float64Array,
  weights: F,
  values: F,
  keyStart: number,
): void {
  const valueDim = sums.length
  const parts = floats(valueDim)
  for (let start = 0; start < weights.length; start += VALUE_KEYS) {
    parts.fill(0)
    for (let k = start; k < Math.min(start + VALUE_KEYS, weights.length); k++)
      addMultiple(parts, weights[k], values, (keyStart + k) * valueDim, valueDim)
    for (let c = 0; c < valueDim; c++) sums[c] += parts[c]
  }
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
