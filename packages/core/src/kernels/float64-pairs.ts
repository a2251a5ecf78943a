import { binaryExponent } from '../linalg/power-of-two.ts'
import type { Kernels } from './kernels.ts'
import { log2, raisedShift, raiseRow } from './softmax-by.ts'
import {
  type Floats,
  LEAST_HITS,
  SOFTMAX_KEYS,
  SOFTMAX_QUERIES,
  type SoftmaxBlock,
  type SoftmaxHits,
  type SoftmaxRows,
  type SoftmaxSums,
} from './softmax-kernels.ts'
import { transposeRows } from './transpose-rows.ts'
import { withScratch } from './with-scratch.ts'

/** Queries whose logits are computed together: with a block of keys half a MiB, which a second cache holds. */
const QUERIES = 256

/**
 * `float64Softmax.softmaxPairs`, bit for bit but for the sign of a shift of zero, by kernels of many queries and a block of keys: the order
 * of `multiply` and of `exp2Sums` is that of its sums. The queries, float64, must lie in the kernels' memory. Takes scratch, which is free again.
 */
export function float64Pairs(kernels: Kernels): SoftmaxSums<Floats>['softmaxPairs'] {
  return (hits, rows, thresholds, block, thresholdsOf = 'weights') =>
    withScratch(kernels, () => {
      const { queryCount, keyCount } = block
      const fours = Math.ceil(queryCount / SOFTMAX_QUERIES)
      const steps = fours * Math.ceil(keyCount / SOFTMAX_KEYS)
      const part = new Part(kernels, block, rows)
      let found = 0
      let step = hits.progress[0]
      for (; step < steps && hits.capacity - found >= LEAST_HITS; step++) {
        const keyStart = Math.floor(step / fours) * SOFTMAX_KEYS
        const first = (step % fours) * SOFTMAX_QUERIES
        for (let q = first; q < Math.min(first + SOFTMAX_QUERIES, queryCount); q++) {
          const { top, sum } = part.weights(q, keyStart)
          if (top === -Infinity) continue
          raiseRow(rows, q, top)
          const total = (rows.totals[q] += sum)
          const base = (logarithm: (value: number) => number) =>
            thresholdsOf === 'logits' ? -rows.shifts[q] : logarithm(total)
          // The logarithm rounded down: most rows have nothing even so.
          if (!(top - rows.shifts[q] >= base(binaryExponent) + thresholds[q])) continue
          const limit = base(log2) + thresholds[q]
          found = addHits(hits, found, part.logits(q), { shift: rows.shifts[q], limit, query: q, keyStart })
        }
      }
      hits.progress[0] = step < steps ? step : 0
      return found
    })
}

/** Queries and a block of keys: logits, the largest of each query, and the sum of its weights once its shift is raised by that. */
class Part {
  readonly #kernels: Kernels
  readonly #block: SoftmaxBlock<Floats>
  readonly #rows: SoftmaxRows
  /** [dim, keys of the block] */
  readonly #columns: Float64Array
  /** [queries, keys of the block] */
  readonly #logits: Float64Array
  /** [queries] each */
  readonly #tops: Float64Array
  readonly #shifts: Float64Array
  readonly #sums: Float64Array
  #keyStart = -1
  #first = -1
  #width = 0

  constructor(kernels: Kernels, block: SoftmaxBlock<Floats>, rows: SoftmaxRows) {
    const keyCount = Math.min(SOFTMAX_KEYS, block.keyCount)
    const queryCount = Math.min(QUERIES, block.queryCount)
    this.#kernels = kernels
    this.#block = block
    this.#rows = rows
    this.#columns = kernels.f64(block.dim * keyCount)
    this.#logits = kernels.f64(queryCount * keyCount)
    this.#tops = kernels.f64(queryCount)
    this.#shifts = kernels.f64(queryCount)
    this.#sums = kernels.f64(queryCount)
  }

  /** Of query q and the keys from `keyStart` on that it sees; `top`: -Infinity where there are none. */
  weights(q: number, keyStart: number): { readonly top: number; readonly sum: number } {
    const first = q - (q % QUERIES)
    if (keyStart !== this.#keyStart || first !== this.#first) this.#compute(first, keyStart)
    // Of zeros either may be the largest.
    return { top: this.#tops[q - first] + 0, sum: this.#sums[q - first] }
  }

  /** [keys of the block], -Infinity where query q, that of `weights`, does not see. */
  logits(q: number): Float64Array {
    const at = q - this.#first
    return this.#logits.subarray(at * this.#width, (at + 1) * this.#width)
  }

  #compute(first: number, keyStart: number): void {
    const { queries, queryCount, keys, keyCount, dim } = this.#block
    const [kernels, count] = [this.#kernels, Math.min(QUERIES, queryCount - first)]
    const width = Math.min(SOFTMAX_KEYS, keyCount - keyStart)
    if (keyStart !== this.#keyStart) transposeRows(this.#columns, keys, keyStart, width, dim)
    this.#keyStart = keyStart
    this.#first = first
    this.#width = width
    if (!this.#isSeen(first, count)) {
      this.#tops.fill(-Infinity)
      return
    }
    const rows = queries.subarray(first * dim, (first + count) * dim)
    kernels.multiply(this.#logits, rows, this.#columns, count, dim, width)
    this.#hide(first, count)
    kernels.rowTops(this.#tops, this.#logits, count, width)
    for (let g = 0; g < count; g++)
      this.#shifts[g] = raisedShift(this.#rows.shifts[first + g], this.#tops[g] + 0)
    kernels.exp2Sums(this.#sums, this.#logits, this.#shifts, count, width)
  }

  /** Whether one of the queries sees one of the keys by its range. */
  #isSeen(first: number, count: number): boolean {
    for (let q = first; q < first + count; q++) {
      const [from, to] = this.#range(q)
      if (from < to) return true
    }
    return false
  }

  /** Of the block's keys those that query q sees: [from, to). */
  #range(q: number): [from: number, to: number] {
    const { ranges } = this.#block
    if (!ranges) return [0, this.#width]
    const clip = (key: number) => Math.min(Math.max(key - this.#keyStart, 0), this.#width)
    return [clip(ranges.starts[q]), clip(ranges.ends[q])]
  }

  #hide(first: number, count: number): void {
    const { keyMask, ranges } = this.#block
    if (ranges) for (let g = 0; g < count; g++) this.#hideOutside(first + g)
    const hidden = keyMask ? this.#hiddenKeys(keyMask) : []
    for (const k of hidden) for (let g = 0; g < count; g++) this.#logits[g * this.#width + k] = -Infinity
  }

  #hideOutside(q: number): void {
    const [from, to] = this.#range(q)
    const row = this.logits(q)
    if (from < to) row.fill(-Infinity, 0, from).fill(-Infinity, to)
    else row.fill(-Infinity)
  }

  /** Of the block's keys, counted from its first. */
  #hiddenKeys(keyMask: Uint8Array): number[] {
    const hidden: number[] = []
    for (let k = 0; k < this.#width; k++) if (keyMask[this.#keyStart + k] === 0) hidden.push(k)
    return hidden
  }
}

/** What hits of a query have in common. */
interface HitTerms {
  readonly shift: number
  readonly limit: number
  readonly query: number
  readonly keyStart: number
}

/** Returns how many hits there are then. */
function addHits(
  hits: SoftmaxHits<Floats>,
  found: number,
  logits: Float64Array,
  { shift, limit, query, keyStart }: HitTerms,
): number {
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] === -Infinity || !(logits[k] - shift >= limit)) continue
    hits.queries[found] = query
    hits.keys[found] = keyStart + k
    hits.logits[found++] = logits[k]
  }
  return found
}
