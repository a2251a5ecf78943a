import { throwIfStopped } from '../errors/stopped.ts'
import { type MatrixSource, newRows } from './matrix-source.ts'

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

/** Reads `source` [rows, cols] once, in this thread, giving way between its blocks. Infinity is no missing value. Throws as its reads, Aborted. */
export async function missingRows(
  source: MatrixSource,
  label: string,
  signal: AbortSignal | undefined,
): Promise<MissingRows> {
  const { rows, cols, element } = source
  const whole = new Uint8Array(new SharedArrayBuffer(rows)).fill(1)
  const hasMissing = new Uint8Array(cols)
  const blockRows = Math.max(1, Math.floor(BLOCK_COUNT / cols))
  const block = newRows(element, Math.min(rows, blockRows) * cols)
  let rowCount = 0
  for (let start = 0; start < rows; start += blockRows) {
    throwIfStopped(signal, label, label)
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
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    whole,
    rowCount,
    columns: Array.from(hasMissing.keys()).filter((column) => hasMissing[column] === 1),
  }
}
