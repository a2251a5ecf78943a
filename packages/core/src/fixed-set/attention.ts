import { cutRows, type RowRange } from '../matrix/row-ranges.ts'
import { columnSumsTask } from '../passes/column-sums.ts'
import { logSumsTask } from '../passes/log-sums.ts'
import { mergeLogSums, noLogSums } from '../selection/log-sums.ts'
import type { ReadRows } from '../selection/read-queries.ts'
import { askOf, type Recipe } from './ask.ts'
import { factorOfEntries, keysOf, type KeyHead } from './terms.ts'

/** Keys of one task: few, as each of them meets all queries; more where a normaliser of every query would come from too many. */
const [TASK_KEYS, MOST_TASKS] = [1024, 256] as const

/** Σ A_ij [n] over the queries i of `rows`, of the keys j in `range`; 0 elsewhere. Throws Content. */
export function* attentionSums(head: KeyHead, rows: ReadRows, range: RowRange): Recipe<Float64Array> {
  const { queries, visibility, scale = 1 / Math.sqrt(head.keys.cols) } = head
  const keys = keysOf(head)
  const keyFactor = yield* factorOfEntries(keys, range)
  const terms = {
    queries: queries.map(({ spec }) => spec),
    rows,
    visibility,
    keyCount: keys.rows,
    keyFactor,
    queryFactor: scale / keyFactor,
  }
  const ranges = keyRanges(range)
  const sums = noLogSums(rows.reduce((count, { length }) => count + length, 0))
  yield askOf({
    task: logSumsTask,
    source: keys,
    ranges,
    question: terms,
    take: (part) => mergeLogSums(sums, part),
  })
  const columns = new Float64Array(keys.rows)
  yield askOf({
    task: columnSumsTask,
    source: keys,
    ranges,
    question: { ...terms, ...sums },
    take: (part, { rowStart }) => columns.set(part, rowStart),
  })
  return columns
}

function keyRanges({ rowStart, rowEnd }: RowRange): RowRange[] {
  const tasks = Math.ceil((rowEnd - rowStart) / TASK_KEYS)
  return cutRows(rowEnd - rowStart, TASK_KEYS * Math.ceil(tasks / MOST_TASKS)).map((range) => ({
    rowStart: rowStart + range.rowStart,
    rowEnd: rowStart + range.rowEnd,
  }))
}
