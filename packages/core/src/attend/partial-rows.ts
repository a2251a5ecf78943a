import { mergeSoftmaxRows } from '../kernels/merge-softmax-rows.ts'
import type { SoftmaxRows } from '../kernels/softmax-kernels.ts'

/** Attention of some queries over some keys, not yet divided: it adds up over keys (docs/theory.md section 7). Plain data. */
export interface PartialRows extends SoftmaxRows {
  /** [queries, dv]: Σ weight · value, weights relative to 2^shift. */
  readonly sums: Float64Array
}

export interface AttendSum extends PartialRows {
  /** [queries]: keys of S_i. */
  readonly counts: Float64Array
  /** Queries that attend to their own key alone for want of others. */
  readonly selfRows: number
}

export function noRows(count: number, valueDim: number): PartialRows {
  return {
    shifts: new Float64Array(count).fill(-Infinity),
    totals: new Float64Array(count),
    sums: new Float64Array(count * valueDim),
  }
}

export function noAttention(count: number, valueDim: number): AttendSum {
  return { ...noRows(count, valueDim), counts: new Float64Array(count), selfRows: 0 }
}

/** Of keys and others; neither is changed. */
export function joinRows(a: PartialRows, b: PartialRows): PartialRows {
  const joined = { shifts: a.shifts.slice(), totals: a.totals.slice(), sums: a.sums.slice() }
  mergeSoftmaxRows(joined, b)
  return joined
}

/** Of keys and those behind them; neither is changed. */
export function joinAttention(a: AttendSum, b: AttendSum): AttendSum {
  const counts = a.counts.map((count, q) => count + b.counts[q])
  return { ...joinRows(a, b), counts, selfRows: a.selfRows + b.selfRows }
}
