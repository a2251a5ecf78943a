import {
  cutRows,
  logSumOf,
  type MatrixSource,
  mergeSoftmaxVerifySums,
  normOf,
  rowBytes,
  softmaxVerifyPass,
  type SoftmaxVerifyQuestion,
  type SoftmaxVerifySum,
} from '@levattention/core/internal'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { mapInOrder } from '../tasks/map-in-order.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'
import { type RowBounds, rowBoundsOf } from './softmax-bounds.ts'
import type { SoftmaxGroup } from './softmax-group.ts'

/** Rows of one task. */
const TASK_ROWS = 32_768

/** What brute force found for a group. */
export interface SoftmaxAnswer {
  readonly group: SoftmaxGroup
  /** `listed` in the order of group.listed. */
  readonly sum: SoftmaxVerifySum
  readonly lse: Float64Array // [ids]
  readonly bounds: readonly RowBounds[] // [ids]
}

/** Groups of queries that are made as they are needed. */
export interface SoftmaxGroups {
  readonly count: number
  readonly each: AsyncIterable<SoftmaxGroup>
}

/** Brute force over all keys of `problem` for each group, in order. Throws Content at a NaN or infinity in a key that takes part. */
export async function* softmaxAnswersOf(
  problem: SoftmaxProblem<MatrixSource, MatrixSource>,
  groups: SoftmaxGroups,
  { engine, signal, stats, onProgress }: RunContext,
): AsyncGenerator<SoftmaxAnswer, void, void> {
  const { keys } = problem
  // At least one, so that every group gets an answer.
  const tasks = keys.rows === 0 ? [{ rowStart: 0, rowEnd: 0 }] : cutRows(keys.rows, TASK_ROWS)
  const total = groups.count * tasks.length
  const ask = asking(problem)
  const underWay: { group: SoftmaxGroup; question: SoftmaxVerifyQuestion }[] = []
  const requests = (async function* () {
    for await (const group of groups.each) {
      const question = ask(group)
      underWay.push({ group, question })
      for (const range of tasks) yield { source: keys.spec, range, ...question }
    }
  })()
  let done = 0
  let sum: SoftmaxVerifySum | undefined
  if (total > 0) onProgress?.({ stage: 'verify', done, total })
  for await (const part of mapInOrder(engine, softmaxVerifyPass, requests, signal)) {
    const [{ group, question }] = underWay
    sum = sum === undefined ? part : mergeSoftmaxVerifySums(sum, part, question)
    onProgress?.({ stage: 'verify', done: ++done, total })
    if (done % tasks.length > 0) continue
    stats.bytesRead += rowBytes(keys) * keys.rows
    yield answerOf(problem, group, sum)
    underWay.shift()
    sum = undefined
  }
}

/** Masks go to every task, and are copied once. */
function asking({
  visibility,
  scale,
  epsilon,
  top,
}: SoftmaxProblem): (group: SoftmaxGroup) => SoftmaxVerifyQuestion {
  const common = { visibility: toSharedMemory(visibility), scale, epsilon, top }
  return ({ ids, queries, listedQueries, listedKeys }) => ({
    ...common,
    queries,
    queryIds: Float64Array.from(ids),
    listedQueries,
    listedKeys,
  })
}

function answerOf(
  { keys, scale, precision }: SoftmaxProblem,
  group: SoftmaxGroup,
  sum: SoftmaxVerifySum,
): SoftmaxAnswer {
  const { rows: keyCount, cols: dim } = keys
  const bounds = group.ids.map((_, q) => {
    const norm = normOf(group.queries.subarray(q * dim, (q + 1) * dim))
    return rowBoundsOf({ dim, keyCount, precision, reach: scale * norm * sum.largestNorm })
  })
  const lse = Float64Array.from(bounds, (_, q) => logSumOf(sum.rows, q))
  return { group, sum, lse, bounds }
}
