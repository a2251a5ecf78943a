import {
  MERGE_TASK,
  type Pass,
  type PassTerms,
  plainSums,
  type ShardRequest,
  sumsOf,
} from '@levattention/core/internal'
import { runInOrder } from './map-in-order.ts'
import type { Maker } from './answer-store.ts'
import type { RunContext } from './run-context.ts'
import { TreeReducer } from './tree-reducer.ts'

/** Columns from which on a merge, or a summary read from bytes, would be felt in the caller's thread. */
const LARGE_DIM = 128
/** What all sums that are under way or wait may hold. */
const WAITING_BYTES = 2 ** 29

/** Whether algebra of [dim, dim], and what is merged by it, belongs to other threads than the caller's. */
export function isLargeFor(
  { engine, answers }: Pick<RunContext, 'engine' | 'answers'>,
  dim: number,
): boolean {
  return dim >= LARGE_DIM && engine.workerCount > 0 && answers === undefined
}

/** As many sums of [dim, dim] under way at once as memory is meant for, one more than threads at least. */
export function sharedWindow(window: number, workerCount: number, dim: number): number {
  return Math.min(window, Math.max(workerCount + 1, Math.floor(WAITING_BYTES / (8 * dim * dim))))
}

/**
 * The sum of `count` parts, merged in the tree of `fanIn` by the engine's threads: this one sees no matrix. One merge may wait while
 * the next part is taken. Undefined where there are no parts.
 */
export async function sumByThreads<Sum>(
  pass: Pick<Pass<never, Sum, unknown>, 'kind'>,
  terms: PassTerms<unknown>,
  count: number,
  fanIn: number,
  { window, make, giveUp }: Maker<unknown>,
  { engine, signal }: Pick<RunContext, 'engine' | 'signal'>,
  onDone: (done: number) => void,
): Promise<Sum | undefined> {
  let latest: Promise<unknown> = Promise.resolve()
  const merge = (a: Promise<unknown>, b: Promise<unknown>): Promise<unknown> => {
    const merged = Promise.all([a, b]).then((sums) =>
      engine.run(MERGE_TASK, { kind: pass.kind, terms, sums }, signal),
    )
    // It is awaited below, perhaps later than it fails.
    merged.catch(() => undefined)
    latest = merged
    return merged
  }
  const reducer = new TreeReducer(fanIn, merge)
  let done = 0
  for await (const part of runInOrder(Array.from({ length: count }).keys(), window, make, giveUp)) {
    const before = latest
    reducer.push(Promise.resolve(part))
    onDone(++done)
    await before
  }
  const whole = await reducer.finish()
  return whole === undefined ? undefined : (sumsOf(whole) as Sum)
}

/** The terms of a pass for another thread, which merges by them. */
export function plainTerms<Question>(terms: PassTerms<Question>): PassTerms<unknown> {
  return { ...terms, question: plainSums(terms.question) }
}

/** A request for a sum in shared memory. */
export function inSharedMemory<Request extends ShardRequest>(request: Request): Request {
  return { ...request, inSharedMemory: true }
}
