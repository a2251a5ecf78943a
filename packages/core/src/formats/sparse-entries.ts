import { counted } from '../errors/counted.ts'
import type { LevError } from '../errors/errors.ts'
import { badContent } from '../files/refusal.ts'
import { numbersIn, part, type Part, type Parts, type SparseLayout, wholeIn } from './sparse-parts.ts'
import { arrayLabel, elementCount } from './stored-array.ts'

/** Entries that are held at a time. */
const BLOCK_COUNT = 2 ** 16

/** Entries, and where they stand. */
export interface Entries {
  readonly rows: Float64Array
  readonly cols: Float64Array
  readonly values: Float64Array
}

/** Is a column-major file written from one end to the other? Of coo the first entries tell. */
export function isByColumns(path: string, parts: Parts, { format }: SparseLayout): boolean {
  if (format !== 'coo') return format === 'csc'
  const row = part(path, parts, 'row')
  const count = Math.min(BLOCK_COUNT, elementCount(row.array.shape))
  const rows = wholeIn(row, 0, count)
  const cols = wholeIn(part(path, parts, 'col'), 0, count)
  const rises = (values: Float64Array) => values.every((value, i) => i === 0 || value >= values[i - 1])
  return !rises(rows) && rises(cols)
}

/** All entries, some at a time. Throws Content where the parts do not fit. */
export function entriesOf(path: string, parts: Parts, layout: SparseLayout): Generator<Entries, void, void> {
  return layout.format === 'coo' ? cooEntries(path, parts) : compressedEntries(path, parts, layout)
}

function* cooEntries(path: string, parts: Parts): Generator<Entries, void, void> {
  const [row, col, data] = ['row', 'col', 'data'].map((name) => part(path, parts, name))
  const count = elementCount(data.array.shape)
  for (const other of [row, col])
    if (elementCount(other.array.shape) !== count) throw otherLength(other, count)
  for (let start = 0; start < count; start += BLOCK_COUNT) {
    const end = Math.min(count, start + BLOCK_COUNT)
    yield {
      rows: wholeIn(row, start, end),
      cols: wholeIn(col, start, end),
      values: numbersIn(data, start, end),
    }
  }
}

function* compressedEntries(
  path: string,
  parts: Parts,
  layout: SparseLayout,
): Generator<Entries, void, void> {
  const [indices, indptr, data] = ['indices', 'indptr', 'data'].map((name) => part(path, parts, name))
  const isRows = layout.format === 'csr'
  const majorCount = isRows ? layout.rows : layout.cols
  const count = elementCount(data.array.shape)
  if (elementCount(indices.array.shape) !== count) throw otherLength(indices, count)
  if (elementCount(indptr.array.shape) !== majorCount + 1) throw otherLength(indptr, majorCount + 1)
  let major = 0
  let pointers = wholeIn(indptr, 0, Math.min(majorCount + 1, BLOCK_COUNT))
  let pointersStart = 0
  const pointerAt = (index: number): number => {
    if (index >= pointersStart + pointers.length) {
      pointersStart = index
      pointers = wholeIn(indptr, index, Math.min(majorCount + 1, index + BLOCK_COUNT))
    }
    return pointers[index - pointersStart]
  }
  const fault = () =>
    badContent(
      arrayLabel(indptr.array),
      `damaged: it does not rise from 0 to the ${counted(count, 'entry')} that there are`,
    )
  if (pointers[0] !== 0) throw fault()
  let majorEnd = majorCount === 0 ? count : pointerAt(1)
  for (let start = 0; start < count; start += BLOCK_COUNT) {
    const end = Math.min(count, start + BLOCK_COUNT)
    const majors = new Float64Array(end - start)
    for (let entry = start; entry < end; entry++) {
      while (entry >= majorEnd) {
        if (++major >= majorCount) throw fault()
        const next = pointerAt(major + 1)
        if (next < majorEnd) throw fault()
        majorEnd = next
      }
      majors[entry - start] = major
    }
    const minors = wholeIn(indices, start, end)
    const values = numbersIn(data, start, end)
    yield isRows ? { rows: majors, cols: minors, values } : { rows: minors, cols: majors, values }
  }
  // Rows without entries may follow.
  while (++major < majorCount) {
    const next = pointerAt(major + 1)
    if (next < majorEnd) throw fault()
    majorEnd = next
  }
  if (majorEnd !== count) throw fault()
}

function otherLength({ array }: Part, wanted: number): LevError {
  return badContent(
    arrayLabel(array),
    `damaged: ${counted(elementCount(array.shape), 'element')}, and ${wanted} belong there`,
  )
}
