import { createTemporaryFile, openTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { bytesOf } from '../files/elements.ts'
import { type LineRange, type PlainTable, readLines } from '../tables/line-ranges.ts'
import type { LineCount } from '../tables/line-reader.ts'
import { TURNED_HEADER_BYTES, turnedHeader } from './turned-rows.ts'

/** A range of a table's lines, and where its rows go: plain data, so that any thread can take it. */
export interface TurnLines {
  readonly table: PlainTable
  readonly range: LineRange
  /** Rows and lines before it. */
  readonly before: LineCount
  /** What `createTurned` made. */
  readonly path: string
  readonly folder: string
}

/** A temporary .npy of float64 [rows, cols] that several threads write their rows to. Throws CannotWrite. */
export function createTurned(label: string, folder: string, rows: number, cols: number): TemporaryFile {
  const file = createTemporaryFile(label, folder)
  try {
    file.write(0, turnedHeader(rows, cols))
    file.extend(turnedBytes(rows, cols))
    file.close()
    return file
  } catch (error) {
    file.remove()
    throw error
  }
}

/** Of such a file. */
export function turnedBytes(rows: number, cols: number): number {
  return TURNED_HEADER_BYTES + 8 * rows * cols
}

/** Writes the rows of a range in their place. Throws Content as `LineReader`, NotFound, CannotWrite. */
export function turnLines({ table, range, before, path, folder }: TurnLines): void {
  const file = openTemporaryFile(path, table.path, folder)
  try {
    let position = turnedBytes(before.rows, table.cols)
    readLines(table, range, before, (values) => {
      file.write(position, bytesOf(values))
      position += 8 * values.length
    })
  } finally {
    file.close()
  }
}
