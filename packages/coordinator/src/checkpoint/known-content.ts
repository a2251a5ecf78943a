import {
  CHUNK_ROWS,
  CONTENT_DIGEST_CHARS,
  contentTask,
  cutRows,
  firstRangeFrom,
  type MatrixSource,
  rowBytes,
  type RowContent,
  rowCountOf,
  type RowRange,
  rowsIn,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import type { ContentText, PlannedInput, RunPlan } from './plan-fields.ts'
import { answersOf } from '../tasks/reduce-pass.ts'

/** Bytes that one task reads. */
const TASK_BYTES = 2 ** 26

type Cut = Pick<RunPlan, 'inputs' | 'rowCount' | 'queryBatches'>

/** Ranges by which the content of keys is told: CHUNK_ROWS rows, at which all tasks over keys are cut, and of one file. */
export function keyGrains({ inputs, rowCount }: Cut): RowRange[] {
  return cutAtFiles(cutRows(rowCount, CHUNK_ROWS), inputs, 'keys')
}

/** The same of queries: batches, cut where a file begins. */
export function queryGrains({ inputs, queryBatches }: Cut): RowRange[] {
  return cutAtFiles(queryBatches, inputs, inputs.some(({ of }) => of === 'queries') ? 'queries' : 'keys')
}

function cutAtFiles(
  ranges: readonly RowRange[],
  inputs: readonly PlannedInput[],
  matrix: PlannedInput['of'],
): RowRange[] {
  const starts = inputs.filter(({ of }) => of === matrix).map(({ firstRow }) => firstRow)
  let next = 0
  return ranges.flatMap(({ rowStart, rowEnd }) => {
    while (starts[next] <= rowStart) next++
    const cuts = [rowStart]
    for (; starts[next] < rowEnd; next++) if (starts[next] > cuts[cuts.length - 1]) cuts.push(starts[next])
    return cuts.map((start, i) => ({ rowStart: start, rowEnd: cuts[i + 1] ?? rowEnd }))
  })
}

/** Reads what `ranges`, which tile the rows of `source`, hold. Throws as its `readRows`. */
export async function readContent(
  source: MatrixSource,
  ranges: readonly RowRange[],
  context: RunContext,
): Promise<ContentText> {
  const { stats, onProgress } = context
  const tasks = tasksOf(ranges, rowBytes(source))
  const wholes = tasks.map((some) => ({ rowStart: some[0].rowStart, rowEnd: some[some.length - 1].rowEnd }))
  const own = (index: number) => ({ ranges: tasks[index] })
  const work = { task: contentTask, source, ranges: wholes, question: { ranges }, own }
  let content = ''
  let done = 0
  for await (const digests of answersOf(work, context)) {
    content += digests.join('')
    onProgress?.({ stage: 'content', done: ++done, total: tasks.length })
  }
  stats.bytesRead += rowBytes(source) * rowCountOf(ranges)
  return content
}

/** What the ranges of a matrix have to hold. */
export class KnownContent {
  readonly #ranges: readonly RowRange[]
  readonly #text: ContentText

  constructor(ranges: readonly RowRange[], text: ContentText) {
    this.#ranges = ranges
    this.#text = text
  }

  /** Of the ranges that lie in rows [rowStart, rowEnd). */
  within({ rowStart, rowEnd }: RowRange): RowContent[] {
    const found: RowContent[] = []
    for (let index = firstRangeFrom(this.#ranges, rowStart); index < this.#ranges.length; index++) {
      const range = this.#ranges[index]
      if (range.rowEnd > rowEnd) break
      found.push({ ...range, digest: digestAt(this.#text, index) })
    }
    return found
  }

  /** The first range that holds something else by `text`, if any. */
  firstOther(text: ContentText): RowRange | undefined {
    return this.#ranges.find((_, index) => digestAt(text, index) !== digestAt(this.#text, index))
  }
}

/** Neighbouring ranges together, as many as hold TASK_BYTES. */
function tasksOf(ranges: readonly RowRange[], bytesOfRow: number): RowRange[][] {
  const tasks: RowRange[][] = []
  let bytes = Infinity
  for (const range of ranges) {
    if (bytes >= TASK_BYTES) {
      tasks.push([])
      bytes = 0
    }
    tasks[tasks.length - 1].push(range)
    bytes += bytesOfRow * rowsIn(range)
  }
  return tasks
}

function digestAt(text: ContentText, index: number): string {
  return text.slice(index * CONTENT_DIGEST_CHARS, (index + 1) * CONTENT_DIGEST_CHARS)
}
