import type { Visibility } from '../attention/visibility.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { newRows, type MatrixSource } from '../matrix/matrix-source.ts'
import { openBeside } from '../matrix/reopen-matrix.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import type { TaskSource } from '../matrix/task-source.ts'
import type { SelectedKeys } from './attend-terms.ts'
import { ClusterSums } from './cluster-sums.ts'
import { boundsOf, forEachMoved } from './moving-runs.ts'
import { noRows, type PartialRows } from './partial-rows.ts'
import { scopeOf } from './row-scope.ts'

/** Clusters of keys, and which queries see what of them. Plain data. */
export interface RestTerms extends SelectedKeys {
  readonly keys: TaskSource
  readonly values: TaskSource
  readonly visibility: Visibility
  readonly scale: number
  /** [n]: in which cluster each key is; below 0 in none: the kept ones, and those that do not take part. */
  readonly clusters: Int32Array
  readonly clusterCount: number
}

/**
 * Queries [range) over clusters as keys: of a cluster counts what of it a query sees and does not attend to by itself, with its
 * mean key and value, and log of its count beside the logit (docs/theory.md section 7). In float64. Holds keys and values.
 */
export function restRows({ source, range, open }: ShardRows, terms: RestTerms): PartialRows {
  const { clusters, clusterCount, scale } = terms
  const [keys, values] = [terms.keys, terms.values].map((side) => openBeside({ open }, side))
  const members = new ClusterSums(clusters, clusterCount, allRows(keys), allRows(values))
  const { seen, windows } = scopeOf({ ...terms, batch: range, keyCount: keys.rows })
  const count = rowsIn(range)
  const rows = newRows(source.element, count * source.cols)
  source.readRows(range.rowStart, range.rowEnd, rows)
  const rest = noRows(count, values.cols)
  let before: readonly number[] = []
  for (let q = 0; q < count; q++) {
    const bounds = boundsOf(seen, windows, q)
    forEachMoved(before, bounds, (rowStart, rowEnd, isIn) => members.move(rowStart, rowEnd, isIn))
    before = bounds
    members.settle()
    addClusters(rest, q, members, rows.subarray(q * source.cols, (q + 1) * source.cols), scale)
  }
  return rest
}

/** Those of a matrix in memory where they lie. */
function allRows(source: MatrixSource) {
  if (source.spec.kind === 'memory') return { rows: source.spec.data, cols: source.cols }
  const rows = newRows(source.element, source.rows * source.cols)
  source.readRows(0, source.rows, rows)
  return { rows, cols: source.cols }
}

/** The softmax row of `query` over the clusters that have keys. */
function addClusters(rest: PartialRows, q: number, members: ClusterSums, query: Floats, scale: number): void {
  const { counts, keyMeans, valueMeans, valueDim } = members
  const logits = counts.map((count, c) =>
    count === 0 ? -Infinity : Math.log2(count) + scale * Math.LOG2E * dotWithRow(query, keyMeans, c),
  )
  const top = logits.reduce((most, logit) => Math.max(most, logit), -Infinity)
  if (top === -Infinity) return
  const shift = Math.ceil(top)
  rest.shifts[q] = shift
  logits.forEach((logit, c) => {
    if (logit === -Infinity) return
    const weight = Math.exp((logit - shift) * Math.LN2)
    rest.totals[q] += weight
    for (let b = 0; b < valueDim; b++) rest.sums[q * valueDim + b] += weight * valueMeans[c * valueDim + b]
  })
}

/** <query, row> of `rows` [., query.length]. */
function dotWithRow(query: Floats, rows: Float64Array, row: number): number {
  let dot = 0
  for (let a = 0, at = row * query.length; a < query.length; a++, at++) dot += query[a] * rows[at]
  return dot
}
