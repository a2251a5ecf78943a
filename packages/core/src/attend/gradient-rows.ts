import type { SoftmaxGradientSums } from '../kernels/softmax-gradients.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { queryBatch } from '../softmax/query-groups.ts'
import { mostAttendError } from './attend-error.ts'
import type { AttendTerms } from './attend-terms.ts'
import { GroupGradient, type OutputSlopes } from './group-gradient.ts'
import { forEachKeyRun, type KeyRun, keyRunsOf } from './key-runs.ts'

/**
 * Adds to `into` the gradients of the softmax rows that `attendRows` makes of the same shard and terms, which are to be over all keys:
 * of queries [batch, d], keys [n, d], values [n, dv]. The selection is a constant (NOTES.md "Gradients"). Throws as attendRows does.
 */
export function gradientRows(
  shard: ShardRows,
  terms: AttendTerms,
  slopes: OutputSlopes,
  into: SoftmaxGradientSums,
): void {
  const { kernels, source } = shard
  const dim = source.cols
  withScratch(kernels, () => {
    const batch = queryBatch(shard, terms, mostAttendError(dim))
    const keys = keyRunsOf(shard, terms, batch.keyScaling)
    const { valueDim, capacity } = keys.reader
    const groups = batch.groups.map((group) => new GroupGradient(kernels, group, slopes, valueDim))
    const sums = { keys: kernels.f64(capacity * dim), values: kernels.f64(capacity * valueDim) }
    forEachKeyRun(keys, (run) => {
      sums.keys.fill(0)
      sums.values.fill(0)
      for (const runs of run.runs) for (const group of groups) group.add(run, runs, sums)
      // Queries of a group are times scale · log2 e / keyScaling.
      addByKey(into.keys, sums.keys, run, dim, batch.keyScaling / Math.LOG2E)
      addByKey(into.values, sums.values, run, valueDim, 1)
    })
    const factor = terms.scale / batch.keyScaling
    for (const { group, sums: own } of groups)
      group.places.forEach((place, g) => addRow(into.queries, place, own, g, dim, factor))
  })
}

/** into [n, width] += factor · sums [count, width] of the keys of a run. */
function addByKey(
  into: Float64Array,
  sums: Float64Array,
  { block, first, ids }: KeyRun,
  width: number,
  factor: number,
): void {
  for (let k = 0; k < block.count; k++) addRow(into, ids ? ids[k] : first + k, sums, k, width, factor)
}

function addRow(
  into: Float64Array,
  row: number,
  from: Float64Array,
  fromRow: number,
  width: number,
  factor: number,
): void {
  const [to, at] = [row * width, fromRow * width]
  for (let c = 0; c < width; c++) into[to + c] += factor * from[at + c]
}
