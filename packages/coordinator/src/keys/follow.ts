import { type Recipe, rowBytes, rowsIn } from '@levattention/core/internal'
import type { Stage } from '../tasks/progress.ts'
import { answersOf } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

/**
 * The recipe's result, its questions answered by the engine: the same bits for any number of workers, and as `followHere` in this
 * thread. No run folder keeps the answers. Throws what the tasks throw, WorkerLost, Aborted.
 */
export async function followRecipe<Result>(
  recipe: Recipe<Result>,
  context: RunContext,
  stage: Stage = 'select',
): Promise<Result> {
  const { stats, onProgress } = context
  const kept = { ...context, answers: undefined }
  return await stats.time(stage, async () => {
    for (;;) {
      const { done, value } = recipe.next()
      if (done) return value
      const { take, ...work } = value
      const { source, ranges } = work
      let index = 0
      let rowsDone = 0
      const rowsTotal = ranges.reduce((sum, range) => sum + rowsIn(range), 0)
      const tell = () => onProgress?.({ stage, done: index, total: ranges.length, rowsDone, rowsTotal })
      tell()
      for await (const answer of answersOf(work, kept)) {
        take(answer, ranges[index])
        const rows = rowsIn(ranges[index++])
        stats.bytesRead += rowBytes(source) * rows
        rowsDone += rows
        tell()
      }
    }
  })
}
