import type { Visibility } from '../attention/visibility.ts'
import type { InputName } from '../errors/errors.ts'
import { type MatrixSource, rowBytes } from '../matrix/matrix-source.ts'
import { maskedMatrix } from '../matrix/masked-matrix.ts'
import { cutRows, type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { columnsPass } from '../passes/columns.ts'
import { entryFactor } from '../selection/entry-factor.ts'
import { askOf, type Recipe } from './ask.ts'

/** One key head, and what its fixed set may depend on. */
export interface KeyHead {
  readonly keys: MatrixSource // [n, d]
  /** [m, d] each: all query heads of the group, in order; read by rules that look at queries. */
  readonly queries: readonly MatrixSource[]
  readonly visibility: Visibility
  /** Of the logits; default 1/sqrt(d). */
  readonly scale?: number | undefined
  /** Rules that look at queries read those of even number alone. */
  readonly evenQueries?: boolean | undefined
  /** Of 'random': which of its sets; default 0. */
  readonly draw?: number | undefined
}

/** Rows of one task: 4 MiB, but no fewer than a chunk's. */
const [TASK_BYTES, LEAST_ROWS] = [2 ** 22, 4096] as const

/** Rows [range) in pieces that one task answers: a function of the shape alone. */
export function taskRanges(source: MatrixSource, { rowStart, rowEnd }: RowRange): RowRange[] {
  const chunks = Math.max(1, Math.floor(TASK_BYTES / (rowBytes(source) * LEAST_ROWS)))
  return cutRows(rowEnd - rowStart, chunks * LEAST_ROWS).map((range) => ({
    rowStart: rowStart + range.rowStart,
    rowEnd: rowStart + range.rowEnd,
  }))
}

/** The keys as rules read them: zeros in place of those that are masked. */
export function keysOf({
  keys,
  visibility: { keyMask },
}: Pick<KeyHead, 'keys' | 'visibility'>): MatrixSource {
  return keyMask && !keys.spec.seen ? maskedMatrix(keys, inSharedMemory(keyMask)) : keys
}

/** What the entries of rows [range) are multiplied with, so that their products stay in float64's range. Throws Content. */
export function* factorOfEntries(
  source: MatrixSource,
  range: RowRange,
  input: InputName = 'keys',
): Recipe<number> {
  let largest = 0
  if (source.element === 'f32' || rowsIn(range) === 0) return 1
  yield askOf({
    task: columnsPass,
    source,
    ranges: taskRanges(source, range),
    question: { input },
    take: (maxima) => (largest = Math.max(largest, ...maxima)),
  })
  return entryFactor(largest)
}

function inSharedMemory(mask: Uint8Array): Uint8Array {
  if (mask.buffer instanceof SharedArrayBuffer) return mask
  const copy = new Uint8Array(new SharedArrayBuffer(mask.length))
  copy.set(mask)
  return copy
}
