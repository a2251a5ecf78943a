import {
  CHUNK_ROWS,
  exponentOf,
  gamma,
  joinPowers,
  type MatrixSource,
  noPowers,
  PANEL_ROWS,
  POWER_ROUNDINGS,
  type PowerSums,
  UNIT_ROUNDOFF_F64,
} from '@levattention/core/internal'
import type { DotPrecision, TaskRequest, VerifyPairs, VerifyPart } from '@levattention/worker'
import { rowBytes } from '../pipeline/row-bytes.ts'
import { mapInOrder } from '../pipeline/map-in-order.ts'
import type { RunContext } from '../pipeline/run-context.ts'
import { rowRanges } from './row-ranges.ts'
import type { ColumnScale, QueryGroup } from './verify-group.ts'

/** Rows of one task. */
const TASK_ROWS = 32_768
/** A row sum with a larger relative error bound is computed again, more precisely. */
const ROW_SUM_TRUSTED_BELOW = 1e-10

/** What brute force found for a group. */
export interface GroupAnswer {
  readonly group: QueryGroup
  readonly rowSums: Float64Array // N [ids]; p other than 2: over tops^p
  readonly tops: Float64Array // [ids]; 1 where p = 2
  /** Relative error bounds of the row sums [ids]. */
  readonly errors: Float64Array
  /** Σ_a |q_a| D_a / |K q| [ids]: how much cancels in a row sum. */
  readonly cancellations: Float64Array
  /** Whether the row sum is good enough; else the query is to be computed more precisely. */
  readonly trusted: readonly boolean[]
  readonly candidates: VerifyPairs
  /** In the order of group.listed. */
  readonly listed: VerifyPairs
}

/** The largest entries of the columns of `keys` [n, d]. Throws Content at a NaN or infinity. */
export async function columnScaleOf(keys: MatrixSource, context: RunContext): Promise<ColumnScale> {
  const { engine, signal, stats, onProgress } = context
  const maxima = new Float64Array(keys.cols)
  const requests = tasksOf(keys).map((range) => ({ source: keys.spec, range }))
  let done = 0
  onProgress?.({ stage: 'map', done, total: requests.length })
  for await (const part of mapInOrder(engine, 'columns', requests, signal)) {
    part.forEach((size, a) => (maxima[a] = Math.max(maxima[a], size)))
    onProgress?.({ stage: 'map', done: ++done, total: requests.length })
  }
  stats.bytesRead += rowBytes(keys) * keys.rows
  // Float32 entries need no scaling: neither their squares nor sums of them leave float64's range.
  const scales = keys.element === 'f64'
  return {
    dim: keys.cols,
    exponents: Int32Array.from(maxima, (size) => (scales && size > 0 ? exponentOf(size) : 0)),
    live: Uint8Array.from(maxima, (size) => (size > 0 ? 1 : 0)),
  }
}

/** Groups of queries that are made as they are needed. */
export interface QueryGroups {
  readonly count: number
  readonly each: Iterable<QueryGroup>
}

/** Brute force over all keys [n, d] for each group, in order. Progress counts each group's tasks: one group may take long. */
export async function* groupAnswers(
  keys: MatrixSource,
  { exponents }: ColumnScale,
  groups: QueryGroups,
  { epsilon, p }: { epsilon: number; p: number },
  precision: DotPrecision,
  context: RunContext,
): AsyncGenerator<GroupAnswer, void, void> {
  const { engine, signal, stats, onProgress } = context
  const tasks = tasksOf(keys)
  const total = groups.count * tasks.length
  let done = 0
  const underWay: QueryGroup[] = []
  const requests = (function* (): Generator<TaskRequest<'verify'>> {
    for (const group of groups.each) {
      underWay.push(group)
      const { scaled: queries, listedQueries, listedKeys, visible } = group
      for (const range of tasks) {
        yield {
          source: keys.spec,
          range,
          exponents,
          queries,
          epsilon,
          p,
          precision,
          listedQueries,
          listedKeys,
          visible,
        }
      }
    }
  })()
  let parts: VerifyPart[] = []
  if (total > 0) onProgress?.({ stage: 'verify', done, total })
  for await (const part of mapInOrder(engine, 'verify', requests, signal)) {
    parts.push(part)
    onProgress?.({ stage: 'verify', done: ++done, total })
    if (parts.length < tasks.length) continue
    const group = underWay.shift()
    if (group) yield answerOf(group, parts, keys.rows, precision, p)
    parts = []
    stats.bytesRead += rowBytes(keys) * keys.rows
  }
}

/** At least one, so that every group gets an answer. */
function tasksOf(keys: MatrixSource) {
  return keys.rows === 0 ? [{ rowStart: 0, rowEnd: 0 }] : rowRanges(keys.rows, TASK_ROWS)
}

function answerOf(
  group: QueryGroup,
  parts: readonly VerifyPart[],
  rowCount: number,
  precision: DotPrecision,
  p: number,
): GroupAnswer {
  const { sums: rowSums, tops } = rowSumsOf(parts, p)
  const columnNorms = sumOf(parts.map((part) => part.columnSquares)).map(Math.sqrt)
  const cancellations = rowSums.map(
    (rowSum, q) =>
      sizeOf(group.scaled, q, columnNorms) / (p === 2 ? Math.sqrt(rowSum) : tops[q] * rowSum ** (1 / p)),
  )
  const errors = cancellations.map((cancellation) =>
    p === 2
      ? rowSumError(cancellation, columnNorms.length, rowCount, precision)
      : powerSumError(cancellation, columnNorms.length, rowCount, precision, p),
  )
  return {
    group,
    rowSums,
    tops,
    errors,
    cancellations,
    // 0/0: no live column of the query; its row sum is 0 and known to be.
    trusted: Array.from(
      errors,
      (e) => precision === 'exact' || Number.isNaN(e) || e <= ROW_SUM_TRUSTED_BELOW,
    ),
    candidates: joined(parts.map((part) => part.candidates)),
    listed: joined(parts.map((part) => part.listed)),
  }
}

/**
 * Relative error bound of N = Σ dot². An error e_j of each dot gives 2 Σ |dot_j| e_j + Σ e_j²; with e_j <= g Σ|q_a k_ja|,
 * Cauchy-Schwarz gives 2 g c + g² c², c = Σ_a |q_a| D_a / |K q|. Sums of squares add gamma of their length.
 */
function rowSumError(cancellation: number, dim: number, rowCount: number, precision: DotPrecision): number {
  // Rows of a block, blocks of a task, tasks.
  const sums = gamma(CHUNK_ROWS + TASK_ROWS / PANEL_ROWS + Math.ceil(rowCount / TASK_ROWS) + 2)
  const dots = { plain: gamma(dim), compensated: gamma(dim + 2) ** 2, exact: 0 }[precision] * cancellation
  return sums + 2 * UNIT_ROUNDOFF_F64 + 2 * dots + dots * dots
}

/**
 * The same for N = Σ |dot|^p: |e|_p <= n^(1/p-1/2) |e|_2 for p < 2, and |e|_2 <= g c N^(1/p); then Minkowski for p >= 1,
 * |x + e|^p <= |x|^p + |e|^p below.
 */
function powerSumError(
  cancellation: number,
  dim: number,
  rowCount: number,
  precision: DotPrecision,
  p: number,
): number {
  const depth = CHUNK_ROWS + TASK_ROWS / PANEL_ROWS + Math.ceil(rowCount / TASK_ROWS) + 2
  const rounding = gamma(depth + (POWER_ROUNDINGS + p) * (TASK_ROWS / PANEL_ROWS + 4))
  const dots = { plain: gamma(dim), compensated: gamma(dim + 2) ** 2, exact: 0 }[precision] * cancellation
  const n = Math.max(1, rowCount)
  if (p < 1) return rounding + dots ** p * n ** (1 - p / 2)
  return rounding + Math.expm1(p * Math.log1p(dots * n ** Math.max(0, 1 / p - 1 / 2)))
}

/** All parts' row sums. */
function rowSumsOf(parts: readonly VerifyPart[], p: number): { sums: Float64Array; tops: Float64Array } {
  if (p === 2) return { sums: sumOf(parts.map((part) => part.rowSums)), tops: parts[0].tops }
  const asPowers = ({ rowSums, tops }: VerifyPart): PowerSums => ({
    ...noPowers(p, rowSums.length),
    sums: rowSums,
    tops,
  })
  return parts.map(asPowers).reduce(joinPowers)
}

/** Σ_a |q_a| D_a of local query `q`. */
function sizeOf(scaled: Float64Array, q: number, columnNorms: Float64Array): number {
  const dim = columnNorms.length
  let sum = 0
  for (let a = 0; a < dim; a++) sum += Math.abs(scaled[q * dim + a]) * columnNorms[a]
  return sum
}

function sumOf(arrays: readonly Float64Array[]): Float64Array {
  return arrays.reduce((sum, array) => sum.map((value, i) => value + array[i]))
}

function joined(parts: readonly VerifyPairs[]): VerifyPairs {
  return {
    queries: Uint32Array.from(parts.flatMap(({ queries }) => [...queries])),
    keyIds: Float64Array.from(parts.flatMap(({ keyIds }) => [...keyIds])),
    dots: Float64Array.from(parts.flatMap(({ dots }) => [...dots])),
    absolutes: Float64Array.from(parts.flatMap(({ absolutes }) => [...absolutes])),
  }
}
