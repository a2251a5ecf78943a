import {
  elementOf,
  type FilePart,
  type MatrixSource,
  type RowPlace,
  type SourceSpec,
} from './matrix-source.ts'
import { partPlace } from './part-place.ts'
import { PartReader } from './part-reader.ts'
import { requireRowId, requireRowRequest } from './row-request.ts'

/** Files of one matrix that are open at once: a matrix may consist of more files than a process may open. */
const MAX_OPEN_FILES = 16

type FilesSpec = Extract<SourceSpec, { kind: 'files' }>

/** A matrix [rows, cols] that lies in one file or several. Opens each file when its rows are first read. */
export class FileMatrix implements MatrixSource {
  readonly spec: FilesSpec
  readonly element: 'f32' | 'f64'
  /** By part index, the least recently used first. */
  readonly #readers = new Map<number, PartReader>()

  constructor(spec: FilesSpec) {
    this.spec = spec
    this.element = spec.parts.some(({ dtype }) => elementOf(dtype) === 'f64') ? 'f64' : 'f32'
  }

  get rows(): number {
    return this.spec.rows
  }

  get cols(): number {
    return this.spec.cols
  }

  readRows(rowStart: number, rowEnd: number, into: Float32Array | Float64Array): void {
    const floats = requireRowRequest(this, rowStart, rowEnd, into)
    for (let row = rowStart; row < rowEnd;) {
      const index = partIndexOf(this.spec.parts, row)
      const part = this.spec.parts[index]
      const end = Math.min(rowEnd, part.firstRow + part.rows)
      const rest = floats.subarray((row - rowStart) * this.cols)
      this.#reader(index).readRows(row - part.firstRow, end - part.firstRow, rest)
      row = end
    }
  }

  locate(rowId: number): RowPlace {
    requireRowId(rowId)
    const { parts } = this.spec
    const part = parts[partIndexOf(parts, rowId)]
    const place = { ...partPlace(part), row: rowId - part.firstRow }
    return parts.length > 1 ? { ...place, rowId } : place
  }

  close(): void {
    const readers = [...this.#readers.values()]
    this.#readers.clear()
    closeAll(readers)
  }

  #reader(index: number): PartReader {
    let reader = this.#readers.get(index)
    this.#readers.delete(index)
    if (reader === undefined) {
      if (this.#readers.size >= MAX_OPEN_FILES) this.#closeOldest()
      reader = new PartReader(this.spec.parts[index], this.cols)
    }
    this.#readers.set(index, reader)
    return reader
  }

  #closeOldest(): void {
    for (const [index, reader] of this.#readers) {
      this.#readers.delete(index)
      reader.close()
      return
    }
  }
}

/** Closes every one, then throws the first failure. */
function closeAll(readers: readonly PartReader[]): void {
  const failures: unknown[] = []
  for (const reader of readers) {
    try {
      reader.close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** The last part with firstRow <= rowId: parts without rows share their firstRow with the next and are passed over. */
function partIndexOf(parts: readonly FilePart[], rowId: number): number {
  let low = 0
  let high = parts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (parts[middle].firstRow <= rowId) low = middle
    else high = middle - 1
  }
  return low
}
