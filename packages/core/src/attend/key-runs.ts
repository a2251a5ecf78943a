import type { ShardRows } from '../matrix/row-blocks.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { partOfShard } from '../softmax/key-blocks.ts'
import type { AttendTerms } from './attend-terms.ts'
import { firstAtLeast } from './first-at-least.ts'
import { type KeysAndValues, KeyValueReader } from './key-value-reader.ts'
import { type RowScope, type Runs, scopeOf } from './row-scope.ts'

/** What the queries of a batch attend to among the keys of a shard. */
export interface KeyRuns {
  readonly shard: ShardRows
  readonly terms: AttendTerms
  readonly scope: RowScope
  /** The rows of the shard that take part. */
  readonly part: RowRange
  readonly reader: KeyValueReader
}

/** Some keys, and what each query sees of them: of each of `runs` a run of places. */
export interface KeyRun {
  /** Good until the next block. */
  readonly block: KeysAndValues
  /** The place in `runs` of the block's first key. */
  readonly first: number
  readonly runs: readonly Runs[]
  /** [count], 0 = seen by no query. */
  readonly mask?: Uint8Array | undefined
  /** [count]: row ids; absent where they are first, first + 1 ... */
  readonly ids?: Float64Array | undefined
}

/** Takes kernel scratch, which the caller releases. `scaling`: of the keys. */
export function keyRunsOf(shard: ShardRows, terms: AttendTerms, scaling: number): KeyRuns {
  const part = partOfShard(shard, terms.visibility).range
  const reader = new KeyValueReader(shard, terms.values, terms.visibility, scaling, rowsIn(part))
  return { shard, terms, scope: scopeOf(terms), part, reader }
}

/** The keys of S_i in their one order: all of them, or the kept ones and then those of each window. No key twice for a query. */
export function forEachKeyRun(keys: KeyRuns, visit: (run: KeyRun) => void): void {
  if (keys.terms.kept === undefined) visitAll(keys, visit)
  else visitKept(keys, keys.terms.kept, visit)
  visitWindows(keys, visit)
}

/** Every key. */
function visitAll({ shard, terms, scope, part, reader }: KeyRuns, visit: (run: KeyRun) => void): void {
  const { keyMask } = terms.visibility
  const hidden = keyMask && shard.kernels.u8(reader.capacity)
  forEachPart(part, reader.capacity, (rowStart, rowEnd) => {
    const mask = hidden?.subarray(0, rowEnd - rowStart)
    if (keyMask) mask?.set(keyMask.subarray(rowStart, rowEnd))
    visit({ block: reader.range(rowStart, rowEnd), first: rowStart, runs: [scope.seen], mask })
  })
}

/** The kept keys, side by side: what a query sees of them is a run of them. */
function visitKept({ scope, part, reader }: KeyRuns, kept: Float64Array, visit: (run: KeyRun) => void): void {
  const runs = scope.kept
  if (!runs) return
  const places = { rowStart: firstAtLeast(kept, part.rowStart), rowEnd: firstAtLeast(kept, part.rowEnd) }
  forEachPart(places, reader.capacity, (from, to) => {
    const ids = kept.subarray(from, to)
    visit({ block: reader.gather(ids), first: from, runs: [runs], ids })
  })
}

function visitWindows({ shard, scope, part, reader }: KeyRuns, visit: (run: KeyRun) => void): void {
  const { windows, span, free } = scope
  const mask = shard.kernels.u8(reader.capacity)
  const rowStart = Math.max(part.rowStart, span.rowStart)
  const rowEnd = Math.min(part.rowEnd, span.rowEnd)
  forEachPart({ rowStart, rowEnd }, reader.capacity, (from, to) => {
    const own = free.mask.subarray(from - free.range.rowStart, to - free.range.rowStart)
    mask.set(own)
    const block = reader.range(from, to)
    visit({ block, first: from, runs: windows, mask: mask.subarray(0, own.length) })
  })
}

function forEachPart(range: RowRange, rows: number, visit: (from: number, to: number) => void): void {
  for (let row = range.rowStart; row < range.rowEnd; row += rows)
    visit(row, Math.min(range.rowEnd, row + rows))
}
