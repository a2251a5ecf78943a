import { runInOrder, stoppable } from './map-in-order.ts'
import { type RunContext, RunStats } from './run-context.ts'

/**
 * What `work` makes of each of `heads`, in their order. As many are under way at a time as there are threads: one by itself has too
 * few tasks for all of them, and what waits in memory is bounded by their number. After a failure the others are given up and
 * waited for, then it throws. Each has stats of its own, which are added in order: no summary depends on the threads but for its times.
 */
export async function eachHead<Head, Found>(
  heads: readonly Head[],
  context: RunContext,
  work: (head: Head, context: RunContext) => Promise<Found>,
): Promise<Found[]> {
  const { stopped, giveUp } = stoppable(context.signal)
  const one = async (head: Head) => {
    const stats = new RunStats()
    // Heads are short: progress counts them, not their stages.
    const found = await work(head, { ...context, stats, signal: stopped, onProgress: undefined })
    return { found, stats }
  }
  const all: Found[] = []
  for await (const { found, stats } of runInOrder(
    heads,
    Math.max(1, context.engine.workerCount),
    one,
    giveUp,
  )) {
    all.push(found)
    context.stats.add(stats)
    context.onProgress?.({ stage: 'head', done: all.length, total: heads.length })
  }
  return all
}
