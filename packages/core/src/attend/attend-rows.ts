import { withScratch } from '../kernels/with-scratch.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { type QueryBatch, queryBatch } from '../softmax/query-groups.ts'
import type { AttendTerms } from './attend-terms.ts'
import { firstAtLeast } from './first-at-least.ts'
import { powerLogit } from './float64-values.ts'
import { GroupRows } from './group-rows.ts'
import { forEachKeyRun, type KeyRuns, keyRunsOf } from './key-runs.ts'
import { mostAttendError } from './attend-error.ts'
import { type AttendSum, noAttention } from './partial-rows.ts'
import { VisibleCount } from './visible-count.ts'

/** Of the keys of `shard`. Throws Content as `queryBatch`. Keys and values that take part must be finite. */
export function attendRows(shard: ShardRows, terms: AttendTerms): AttendSum {
  const { kernels } = shard
  return withScratch(kernels, () => {
    const batch = queryBatch(shard, terms, mostAttendError(shard.source.cols))
    if (terms.p !== undefined) takeUnscaled(batch)
    const keys = keyRunsOf(shard, terms, batch.keyScaling)
    const { valueDim } = keys.reader
    const logitOf = terms.p === undefined ? undefined : powerLogit(terms.p)
    const groups = batch.groups.map((group) => new GroupRows(kernels, group, valueDim, logitOf))
    forEachKeyRun(keys, (run) => {
      for (const runs of run.runs) for (const group of groups) group.add(run, runs)
    })
    return { ...collected(groups, batch.count, valueDim), ...countsOf(keys, batch.count) }
  })
}

/** Of `power`: queries that go by their own dots, in place of logits. */
function takeUnscaled({ groups, rows, reaches, keyScaling }: QueryBatch): void {
  for (const { places, queries } of groups) {
    const dim = queries.length / places.length
    places.forEach((place, g) => {
      const factor = reaches[place] === 0 ? 0 : 1 / keyScaling
      for (let a = 0; a < dim; a++) queries[g * dim + a] = rows[place * dim + a] * factor
    })
  }
}

function collected(groups: readonly GroupRows[], count: number, valueDim: number): AttendSum {
  const sum = noAttention(count, valueDim)
  for (const { group, sums } of groups) {
    group.places.forEach((place, g) => {
      sum.shifts[place] = group.rows.shifts[g]
      sum.totals[place] = group.rows.totals[g]
      sum.sums.set(sums.subarray(g * valueDim, (g + 1) * valueDim), place * valueDim)
    })
  }
  return sum
}

function countsOf({ terms, scope, part }: KeyRuns, count: number): Pick<AttendSum, 'counts' | 'selfRows'> {
  const { seen, windows, free } = scope
  const counts = new Float64Array(count)
  const within = (row: number) => Math.min(Math.max(row, part.rowStart), part.rowEnd)
  const visible = terms.kept ? undefined : new VisibleCount(part, terms.visibility)
  const first = terms.kept ? firstAtLeast(terms.kept, part.rowStart) : 0
  const end = terms.kept ? firstAtLeast(terms.kept, part.rowEnd) : 0
  const clip = (place: number) => Math.min(Math.max(place, first), end)
  let selfRows = 0
  for (let q = 0; q < count; q++) {
    if (visible) counts[q] = visible.count(within(seen.starts[q]), within(seen.ends[q]))
    if (scope.kept) counts[q] += clip(scope.kept.ends[q]) - clip(scope.kept.starts[q])
    windows.forEach(({ starts, ends }, w) => {
      const added = free.count(within(starts[q]), within(ends[q]))
      counts[q] += added
      if (terms.visibility.causal && w === windows.length - 1) selfRows += added
    })
  }
  return { counts, selfRows }
}
