import {
  type CountedLines,
  createTurned,
  cutLines,
  type InflatedMember,
  type LineRange,
  type PlainTable,
  requireSameFile,
  type StoredArray,
  turnedBytes,
  type TurnLines,
} from '@levattention/core/internal'
import { COUNT_LINES, TURN_LINES } from '@levattention/worker/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { mapInOrder } from '../tasks/map-in-order.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** Bytes of a table's lines that one task reads. */
const RANGE_BYTES = 2 ** 23

/** Tables of fewer bytes are read by this thread: it is done before others would begin. */
export const SHARED_BYTES = 2 ** 22

/** Bytes of text that one core turns into numbers in a second, about. */
export const BYTES_PER_SECOND = 5e7

/**
 * Turns the lines of a table into a temporary file, on all threads: the same bytes as `inflateInput`. Its lines are counted first, so that
 * each range of them knows its place. Undefined where a field is quoted: one thread has to read such a table in order. Leaves nothing
 * where it fails. Throws Content naming the first bad line, InputChanged, CannotWrite, Aborted.
 */
export async function turnTable(
  array: StoredArray,
  table: PlainTable,
  folder: string,
  context: RunContext,
  rangeBytes = RANGE_BYTES,
): Promise<InflatedMember | undefined> {
  const { engine, signal, onProgress } = context
  const ranges = cutLines(table, rangeBytes)
  const tell = (done: number) => onProgress?.({ stage: 'turn', done, total: 2 * ranges.length })
  const counts: CountedLines[] = []
  const counting = ranges.map((range) => ({ table, range }))
  for await (const count of mapInOrder(engine, COUNT_LINES, counting, signal)) {
    if (count.isQuoted) return undefined
    counts.push(count)
    tell(counts.length)
  }
  const rows = counts.reduce((sum, count) => sum + count.rows, 0)
  const file = createTurned(table.path, folder, rows, table.cols)
  try {
    let done = ranges.length
    const turning = requestsOf(table, ranges, counts, { path: file.path, folder })
    for await (const _ of mapInOrder(engine, TURN_LINES, turning, signal)) tell(++done)
    // Given up while the last answers came together.
    throwIfAborted(signal)
    requireSameFile(array)
    const byteLength = turnedBytes(rows, table.cols)
    return {
      archivePath: array.path,
      name: array.name,
      path: file.path,
      byteLength,
      what: array.turning?.what,
    }
  } catch (error) {
    file.remove()
    throw (await array.turning?.explain?.(error, signal)) ?? error
  }
}

function requestsOf(
  table: PlainTable,
  ranges: readonly LineRange[],
  counts: readonly CountedLines[],
  place: Pick<TurnLines, 'path' | 'folder'>,
): TurnLines[] {
  let [rows, lines] = [0, table.linesBefore]
  return ranges.map((range, i) => {
    const request = { table, range, before: { rows, lines }, ...place }
    rows += counts[i].rows
    lines += counts[i].lines
    return request
  })
}
