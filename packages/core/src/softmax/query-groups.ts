import { type SoftmaxError, FLOAT32_ERROR, float64Error } from '../attention/softmax-error.ts'
import { softmaxScaling } from '../attention/softmax-scaling.ts'
import { answeredRows, rangeSeen, type Visibility } from '../attention/visibility.ts'
import { addressOf } from '../matrix/part-place.ts'
import { LevError } from '../errors/errors.ts'
import { float64Pairs } from '../kernels/float64-pairs.ts'
import { float64Softmax } from '../kernels/float64-softmax.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Floats, SoftmaxBlock, SoftmaxRows, SoftmaxSums } from '../kernels/softmax-kernels.ts'
import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import { openBeside } from '../matrix/reopen-matrix.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import type { TaskSource } from '../matrix/task-source.ts'
import type { KeyBlock } from './key-blocks.ts'
import { type KeyReach, normAbove } from './key-reach.ts'

/** What softmax rows of a batch of queries take, beside the keys of a shard. Plain data. */
export interface SoftmaxTerms {
  readonly queries: TaskSource
  /** The batch: rows of `queries`. */
  readonly batch: RowRange
  readonly visibility: Visibility
  /** z = scale <q, k>. */
  readonly scale: number
  /** n, of which the shard may be a part. */
  readonly keyCount: number
  /** Of all keys that take part. */
  readonly reach: KeyReach
  /** f64: no row is computed in float32. */
  readonly precision: 'f32' | 'f64'
  /** Of the batch these queries alone are computed. */
  readonly places?: Uint32Array | undefined
}

/** Queries [count, dim] that are computed in one precision, in the memory of a shard's kernels. */
export interface QueryGroup {
  /** [count]: which query of the batch each is. */
  readonly places: Uint32Array
  readonly isFloat64: boolean
  /** Times scale · log2 e, and by what the keys' scaling takes. */
  readonly queries: Floats
  readonly rows: SoftmaxRows
  readonly softmax: SoftmaxSums<Floats>
  /** What of keys [from, to) of `keys` its queries see; undefined where that is nothing. Good until it is asked again. */
  block(keys: KeyBlock, from?: number, to?: number): SoftmaxBlock<Floats> | undefined
}

/** A batch of queries: its rows as they are read, and its groups. */
export interface QueryBatch {
  readonly count: number
  /** [count, dim] */
  readonly rows: Floats
  /** scale |q| max|k| of each query, rounded up. */
  readonly reaches: Float64Array
  /** What keys are multiplied with, a power of two. */
  readonly keyScaling: number
  readonly groups: readonly QueryGroup[]
}

/** Logits beyond it would overflow in float64. */
const MOST_REACH = 2 ** 1000

/** Whether a row of this reach is computed in float32. `most`: the largest logit error that float32 may have. */
export function isFloat32Row(
  { precision }: Pick<SoftmaxTerms, 'precision'>,
  dim: number,
  reach: number,
  most: number,
): boolean {
  return precision === 'f32' && FLOAT32_ERROR.logit(dim, reach) <= most
}

/** The errors of a row over all keys. */
export function errorOf(isFloat64: boolean, { keyCount }: Pick<SoftmaxTerms, 'keyCount'>): SoftmaxError {
  return isFloat64 ? float64Error(keyCount) : FLOAT32_ERROR
}

/**
 * Reads the queries of `terms` for the keys of `shard` and cuts them by precision: those whose logit error float32 keeps within
 * `mostLogitError`, and the others. Takes kernel scratch, which the caller releases. Throws Content (NaN, infinity, logits beyond
 * float64).
 */
export function queryBatch(shard: ShardRows, terms: SoftmaxTerms, mostLogitError: number): QueryBatch {
  const { batch, scale, reach } = terms
  const { cols: dim } = shard.source
  const source = openBeside(shard, terms.queries)
  const count = rowsIn(batch)
  const rows = newRows(source.element, count * dim)
  source.readRows(batch.rowStart, batch.rowEnd, rows)
  hideQueries(rows, dim, terms)
  if (firstNonFinite(rows) >= 0) throwNonFinite(source, batch.rowStart, count, 'queries')
  const reaches = new Float64Array(count)
  for (let q = 0; q < count; q++) reaches[q] = normAbove(rows, q * dim, dim) * reach.largestNorm
  requireReaches(reaches, scale, source, batch)
  for (let q = 0; q < count; q++) reaches[q] *= scale
  const isSmall = (q: number) => isFloat32Row(terms, dim, reaches[q], mostLogitError)
  const all = terms.places ? [...terms.places] : Array.from({ length: count }, (_, q) => q)
  const scaling = softmaxScaling(scale, reach.largestEntry)
  const [small, large] = [all.filter(isSmall), all.filter((q) => !isSmall(q))]
  // Where all logits are 0, so is the query: times the scaling it may be infinite, and infinity times a key of zeros is NaN.
  const factors = reaches.map((own) => (own === 0 ? 0 : scaling.queries))
  const groups = [
    ...(small.length > 0 ? [groupOf(shard, terms, rows, small, factors, false)] : []),
    ...(large.length > 0 ? [groupOf(shard, terms, rows, large, factors, true)] : []),
  ]
  return { count, rows, reaches, keyScaling: scaling.keys, groups }
}

/** Zeros in the queries that a mask or a range leaves out: what stands there, NaN too, counts for nothing. */
function hideQueries(rows: Floats, dim: number, { batch, visibility }: SoftmaxTerms): void {
  const { queryMask } = visibility
  const answered = answeredRows(visibility, batch.rowEnd)
  for (let row = batch.rowStart; row < batch.rowEnd; row++) {
    const isAnswered = row >= answered.rowStart && row < answered.rowEnd && queryMask?.[row] !== 0
    if (!isAnswered) rows.fill(0, (row - batch.rowStart) * dim, (row - batch.rowStart + 1) * dim)
  }
}

/** `reaches`: without the scale. */
export function requireReaches(
  reaches: Float64Array,
  scale: number,
  source: MatrixSource,
  { rowStart }: RowRange,
): void {
  const over = reaches.findIndex((reach) => !(reach <= MOST_REACH && scale * reach <= MOST_REACH))
  if (over < 0) return
  const place = source.locate(rowStart + over)
  const message =
    `${addressOf(place)}: row ${place.row}: scale |q| |k| reaches ${reaches[over]}, beyond the logits that float64 holds; ` +
    'divide queries or keys, and give that much larger a scale'
  throw new LevError('Content', message, { ...place, input: 'queries' })
}

function groupOf(
  shard: ShardRows,
  { batch, visibility, keyCount }: SoftmaxTerms,
  rows: Floats,
  members: readonly number[],
  factors: Float64Array,
  isFloat64: boolean,
): QueryGroup {
  const { kernels, source } = shard
  const dim = source.cols
  const count = members.length
  const queries = isFloat64 ? kernels.f64(count * dim) : kernels.f32(count * dim)
  members.forEach((q, g) => {
    for (let a = 0; a < dim; a++) queries[g * dim + a] = rows[q * dim + a] * factors[q]
  })
  const seen = members.map((q) => rangeSeen(visibility, batch.rowStart + q, keyCount))
  return {
    places: Uint32Array.from(members),
    isFloat64,
    queries,
    rows: { shifts: kernels.f64(count).fill(-Infinity), totals: kernels.f64(count).fill(0) },
    softmax: isFloat64 ? { ...float64Softmax, softmaxPairs: float64Pairs(kernels) } : kernels,
    block: blockMaker(kernels, queries, dim, seen, isFloat64),
  }
}

function blockMaker(
  kernels: Kernels,
  queries: Floats,
  dim: number,
  seen: readonly RowRange[],
  isFloat64: boolean,
): QueryGroup['block'] {
  const queryCount = seen.length
  const [starts, ends] = [kernels.u32(queryCount), kernels.u32(queryCount)]
  return (keys, from = 0, to = keys.count) => {
    let least = 0 // keys of the fullest query
    let isWhole = true
    const clip = (row: number) => Math.min(Math.max(row - keys.rowStart, from), to) - from
    for (let g = 0; g < queryCount; g++) {
      starts[g] = clip(seen[g].rowStart)
      ends[g] = clip(seen[g].rowEnd)
      least = Math.max(least, ends[g] - starts[g])
      isWhole &&= ends[g] - starts[g] === to - from
    }
    if (least === 0) return undefined
    const own = isFloat64 ? keys.scaled : keys.f32
    return {
      queries,
      queryCount,
      keys: own.subarray(from * dim, to * dim),
      keyCount: to - from,
      dim,
      ranges: isWhole ? undefined : { starts, ends },
      keyMask: keys.mask?.subarray(from, to),
    }
  }
}
