import type { Kernels } from '../kernels/kernels.ts'
import { raiseRow } from '../kernels/softmax-by.ts'
import type { Floats, SoftmaxBlock, SoftmaxRows, SoftmaxSums } from '../kernels/softmax-kernels.ts'
import { transposeRows } from '../kernels/transpose-rows.ts'

/** Queries and keys of a tile. */
const [QUERIES, KEYS] = [64, 256] as const

/** What sums of values take of a kernel. */
export type ValueSums = Pick<SoftmaxSums<Floats>, 'softmaxValues'>

/** What a dot is to the logit, in octaves; default: the logit itself. */
export type LogitOf = (dot: number) => number

/**
 * Sums of values in float64, tile by tile: logits, weights and sums are those of `kernels`, the same bits of all. As SoftmaxSums says but
 * for the order of the sums: NOTES.md "Float64". The queries must lie in the kernels' memory. Takes kernel scratch.
 */
export function float64Values(kernels: Kernels, dim: number, valueDim: number, logitOf?: LogitOf): ValueSums {
  const tile = {
    columns: kernels.f64(dim * KEYS),
    logits: kernels.f64(QUERIES * KEYS),
    weights: kernels.f64(QUERIES * KEYS),
    tops: kernels.f64(QUERIES),
    shifts: kernels.f64(QUERIES),
    totals: kernels.f64(QUERIES),
    values: kernels.f64(KEYS * valueDim),
    sums: kernels.f64(QUERIES * valueDim),
  }
  return {
    softmaxValues(sums, rows, block, values) {
      const { queries, queryCount } = block
      for (let key = 0; key < block.keyCount; key += KEYS) {
        const [keyFrom, keyTo] = seenOf(block, 0, queryCount, key, Math.min(block.keyCount, key + KEYS))
        if (keyFrom >= keyTo) continue
        const width = keyTo - keyFrom
        transposeRows(tile.columns, block.keys, keyFrom, width, dim)
        tile.values.set(values.subarray(keyFrom * valueDim, keyTo * valueDim))
        for (let first = 0; first < queryCount; first += QUERIES) {
          const count = Math.min(QUERIES, queryCount - first)
          const [from, to] = seenOf(block, first, count, keyFrom, keyTo)
          if (from >= to) continue
          const own = queries.subarray(first * dim, (first + count) * dim) as Float64Array
          kernels.multiply(tile.logits, own, tile.columns, count, dim, width)
          if (logitOf) for (let i = 0; i < count * width; i++) tile.logits[i] = logitOf(tile.logits[i])
          hide(tile.logits, block, first, count, keyFrom, width)
          kernels.rowTops(tile.tops, tile.logits, count, width)
          raise(tile, rows, sums, first, count, valueDim)
          kernels.exp2Sums(tile.totals, tile.logits, tile.shifts, count, width, tile.weights)
          for (let t = 0; t < count; t++) rows.totals[first + t] += tile.totals[t]
          kernels.multiply(tile.sums, tile.weights, tile.values, count, width, valueDim)
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

/** -Infinity in logits [count, width] of queries `first` on and keys `keyFrom` on, where one does not see the other. */
function hide(
  logits: Float64Array,
  { ranges, keyMask }: SoftmaxBlock<Floats>,
  first: number,
  count: number,
  keyFrom: number,
  width: number,
): void {
  const hidden: number[] = []
  if (keyMask) for (let k = 0; k < width; k++) if (keyMask[keyFrom + k] === 0) hidden.push(k)
  for (let t = 0; t < count; t++) {
    const row = logits.subarray(t * width, (t + 1) * width)
    for (const k of hidden) row[k] = -Infinity
    if (!ranges) continue
    const clip = (key: number) => Math.min(Math.max(key - keyFrom, 0), width)
    const [from, to] = [clip(ranges.starts[first + t]), clip(ranges.ends[first + t])]
    row.fill(-Infinity, 0, Math.min(from, to)).fill(-Infinity, to)
  }
}

interface RowTile {
  readonly tops: Float64Array
  readonly shifts: Float64Array
}

/** The shifts of queries `first` on follow their largest logits; so do their totals and sums. Of what sees nothing the weights are 0. */
function raise(
  { tops, shifts }: RowTile,
  rows: SoftmaxRows,
  sums: Float64Array,
  first: number,
  count: number,
  valueDim: number,
): void {
  for (let t = 0; t < count; t++) {
    const q = first + t
    raiseRow(rows, q, tops[t] + 0, sums.subarray(q * valueDim, (q + 1) * valueDim))
    shifts[t] = rows.shifts[q] === -Infinity ? 0 : rows.shifts[q]
  }
}
