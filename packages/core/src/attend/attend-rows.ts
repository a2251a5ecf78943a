import { withScratch } from '../kernels/with-scratch.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { partOfShard } from '../softmax/key-blocks.ts'
import { type QueryBatch, queryBatch } from '../softmax/query-groups.ts'
import type { AttendTerms } from './attend-terms.ts'
import { firstAtLeast } from './first-at-least.ts'
import { powerLogit } from './float64-values.ts'
import { GroupRows } from './group-rows.ts'
import { KeyValueReader } from './key-value-reader.ts'
import { mostAttendError } from './attend-error.ts'
import { type AttendSum, noAttention } from './partial-rows.ts'
import { type RowScope, scopeOf } from './row-scope.ts'
import { VisibleCount } from './visible-count.ts'

/** Of the keys of `shard`. Throws Content as `queryBatch`. Keys and values that take part must be finite. */
export function attendRows(shard: ShardRows, terms: AttendTerms): AttendSum {
  const { kernels } = shard
  return withScratch(kernels, () => {
    const batch = queryBatch(shard, terms, mostAttendError(shard.source.cols))
    if (terms.p !== undefined) takeUnscaled(batch)
    const scope = scopeOf(terms)
    const part = partOfShard(shard, terms.visibility).range
    const reader = new KeyValueReader(shard, terms.values, terms.visibility, batch.keyScaling, rowsIn(part))
    const logitOf = terms.p === undefined ? undefined : powerLogit(terms.p)
    const groups = batch.groups.map((group) => new GroupRows(kernels, group, reader.valueDim, logitOf))
    const piece = { shard, terms, scope, part, reader, groups }
    if (terms.kept === undefined) addAll(piece)
    else addKept(piece, terms.kept)
    addWindows(piece)
    return { ...collected(groups, batch.count, reader.valueDim), ...countsOf(piece, batch.count) }
  })
}

/** A batch, and the keys that are added to it. */
interface Piece {
  readonly shard: ShardRows
  readonly terms: AttendTerms
  readonly scope: RowScope
  /** The rows of the shard that take part. */
  readonly part: RowRange
  readonly reader: KeyValueReader
  readonly groups: readonly GroupRows[]
}

/** Every key. */
function addAll({ shard, terms, scope, part, reader, groups }: Piece): void {
  const { keyMask } = terms.visibility
  const hidden = keyMask && shard.kernels.u8(reader.capacity)
  forEachPart(part, reader.capacity, (rowStart, rowEnd) => {
    const mask = hidden?.subarray(0, rowEnd - rowStart)
    if (keyMask) mask?.set(keyMask.subarray(rowStart, rowEnd))
    const block = reader.range(rowStart, rowEnd)
    for (const group of groups) group.add(block, rowStart, scope.seen, mask)
  })
}

/** The kept keys, side by side: what a query sees of them is a run of them. */
function addKept({ scope, part, reader, groups }: Piece, kept: Float64Array): void {
  const runs = scope.kept
  if (!runs) return
  const places = { rowStart: firstAtLeast(kept, part.rowStart), rowEnd: firstAtLeast(kept, part.rowEnd) }
  forEachPart(places, reader.capacity, (from, to) => {
    const block = reader.gather(kept.subarray(from, to))
    for (const group of groups) group.add(block, from, runs)
  })
}

function addWindows({ shard, scope, part, reader, groups }: Piece): void {
  const { windows, span, free } = scope
  const mask = shard.kernels.u8(reader.capacity)
  const rowStart = Math.max(part.rowStart, span.rowStart)
  const rowEnd = Math.min(part.rowEnd, span.rowEnd)
  forEachPart({ rowStart, rowEnd }, reader.capacity, (from, to) => {
    const own = free.mask.subarray(from - free.range.rowStart, to - free.range.rowStart)
    mask.set(own)
    const block = reader.range(from, to)
    for (const runs of windows)
      for (const group of groups) group.add(block, from, runs, mask.subarray(0, own.length))
  })
}

function forEachPart(range: RowRange, rows: number, visit: (from: number, to: number) => void): void {
  for (let row = range.rowStart; row < range.rowEnd; row += rows)
    visit(row, Math.min(range.rowEnd, row + rows))
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

function countsOf({ terms, scope, part }: Piece, count: number): Pick<AttendSum, 'counts' | 'selfRows'> {
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
