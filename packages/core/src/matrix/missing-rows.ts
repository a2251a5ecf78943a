import { CALLBACK, type OptionKinds, SIGNAL } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { throwIfStopped } from '../errors/stopped.ts'
import { type ReadWatch, tellingOf } from '../files/part-told.ts'
import { type MatrixSource, newRows } from './matrix-source.ts'
import { requireMatrix } from './require-matrix.ts'

/** Numbers that are read at a time. */
const BLOCK_COUNT = 2 ** 18

/** The rows of a matrix that have a NaN: a missing value. */
export interface MissingRows {
  /** [rows], in shared memory: 0 of a row that has one, 1 of the others. */
  readonly whole: Uint8Array
  /** Rows that have one. */
  readonly rowCount: number
  /** In which columns, ascending. */
  readonly columns: readonly number[]
}

const KINDS: OptionKinds<ReadWatch> = { signal: SIGNAL, onProgress: CALLBACK }

/**
 * Which rows of `source` [rows, cols] have a NaN, as a table has one for a missing value that was opened with `missing: 'nan'`: `whole` is
 * a `keyMask` that leaves them out. Reads all rows once, giving way to others between. Infinity is no missing value. Throws Option,
 * ShapeMismatch (no matrix), and as reading does, Aborted.
 */
export async function missingRows(source: MatrixSource, options: ReadWatch = {}): Promise<MissingRows> {
  requireMatrix('missingRows: source', source)
  requireOptions('missingRows', KINDS, options)
  const tell = tellingOf(options.onProgress)
  const { rows, cols, element } = source
  const whole = new Uint8Array(new SharedArrayBuffer(rows)).fill(1)
  const hasMissing = new Uint8Array(cols)
  const blockRows = Math.max(1, Math.floor(BLOCK_COUNT / cols))
  const block = newRows(element, Math.min(rows, blockRows) * cols)
  let rowCount = 0
  for (let start = 0; start < rows; start += blockRows) {
    throwIfStopped(options.signal, 'missingRows')
    const end = Math.min(rows, start + blockRows)
    const values = block.subarray(0, (end - start) * cols)
    source.readRows(start, end, values)
    for (let at = 0; at < values.length; at++) {
      // A number is itself.
      if (values[at] === values[at]) continue
      const row = start + Math.floor(at / cols)
      hasMissing[at % cols] = 1
      rowCount += whole[row]
      whole[row] = 0
    }
    await tell?.({ done: end, total: rows })
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    whole,
    rowCount,
    columns: Array.from(hasMissing.keys()).filter((column) => hasMissing[column] === 1),
  }
}
