import { setImmediate as turn } from 'node:timers/promises'
import { type MatrixSource, type Pass, rowBytes, type RowRange, sumsOf } from '@levattention/core/internal'
import { runInOrder, stoppable, windowOf } from './map-in-order.ts'
import { allOfSums, type PassWork, requestOf, type RowWork, type SumsWork } from './row-work.ts'
import type { Maker } from './answer-store.ts'
import type { Plan } from '../plan/plan.ts'
import type { Stage } from './progress.ts'
import type { RunContext } from './run-context.ts'
import { toSharedMemory } from './shared-memory.ts'
import { requireMemory } from './require-memory.ts'
import { inSharedMemory, isLargeFor, plainTerms, sharedWindow, sumByThreads } from './shared-sums.ts'
import { TreeReducer } from './tree-reducer.ts'

/**
 * The sum of a pass over all its ranges, merged in the plan's tree; by the run folder where there is one. Progress and
 * bytes are counted once a range is in.
 */
export async function reducePass<Question, Sum, Packed>(
  given: PassWork<Question, Sum, Packed>,
  context: RunContext,
): Promise<Sum> {
  const work = { ...given, question: toSharedMemory(given.question) }
  const { task: pass, source, ranges, question, stage, fanIn } = work
  const { kernels, stats, onProgress } = context
  const rowsTotal = ranges.reduce((sum, range) => sum + rowsRead(range, work), 0)
  let rowsDone = 0
  if (pass.hasMatrices) requireMemory(source.cols, context.engine)
  const tell = (done: number): void =>
    onProgress?.({
      stage: work.told ?? stage,
      done,
      total: ranges.length,
      rowsDone,
      rowsTotal,
      ...(work.pass ? { pass: work.pass } : {}),
      ...(work.mostPasses ? { mostPasses: work.mostPasses } : {}),
    })
  const onDone = (done: number): void => {
    const rows = rowsRead(ranges[done - 1], work)
    stats.bytesRead += rowBytes(source) * rows
    rowsDone += rows
    tell(done)
  }
  const terms = { question, dim: source.cols, element: source.element }
  const merge = (a: Sum, b: Sum): Sum => pass.merge(a, b, terms, kernels)
  return await stats.time(stage, async () => {
    const count = ranges.length
    if (count === 0) return pass.zero(terms)
    const store = pass.isTransient ? undefined : context.answers
    const reducer = new TreeReducer(fanIn, merge)
    if (store) return (await store.sum(work, makerOf(work, context), merge, onDone)) ?? pass.zero(terms)
    tell(0)
    if (!pass.hasMatrices)
      return (await sumInOrder(makerOf(work, context), count, reducer, pass, onDone)) ?? pass.zero(terms)
    const maker = sharedMaker(work, context)
    const sum = isLargeFor(context, source.cols)
      ? await sumByThreads<Sum>(pass, plainTerms(terms), count, fanIn, maker, context, onDone)
      : await sumInOrder(maker, count, reducer, { unpack: (plain) => sumsOf(plain) as Sum }, onDone)
    return sum ?? pass.zero(terms)
  })
}

function rowsRead(
  { rowStart, rowEnd }: RowRange,
  { within }: { readonly within?: RowRange | undefined },
): number {
  if (within === undefined) return rowEnd - rowStart
  return Math.max(0, Math.min(rowEnd, within.rowEnd) - Math.max(rowStart, within.rowStart))
}

async function sumInOrder<Sum, Packed>(
  maker: Maker<Packed>,
  count: number,
  reducer: TreeReducer<Sum>,
  pass: Pick<Pass<never, Sum, Packed>, 'unpack'>,
  onDone: (done: number) => void,
): Promise<Sum | undefined> {
  let done = 0
  for await (const packed of inOrder(count, maker)) {
    // Parts that are there already would be merged without a turn of the event loop between them.
    if (done > 0) await turn()
    reducer.push(pass.unpack(packed))
    onDone(++done)
  }
  return reducer.finish()
}

/**
 * Several sums of one pass at once, in the order of their groups, each merged in the plan's tree; by the run folder where there is
 * one. Tasks of later sums are under way while an earlier one is waited for. Progress and bytes are counted as by `reducePass`, the
 * seconds are the caller's.
 */
export async function* reduceEach<Question, Sum, Packed>(
  given: SumsWork<Question, Sum, Packed>,
  context: RunContext,
): AsyncGenerator<Sum, void, void> {
  const work = { ...given, question: toSharedMemory(given.question) }
  const { task: pass, source, ranges, groups, question } = work
  const { kernels, stats, onProgress } = context
  const terms = (group: number) => ({
    question: { ...question, ...groups[group] },
    dim: source.cols,
    element: source.element,
  })
  if (ranges.length === 0) {
    for (const group of groups.keys()) yield pass.zero(terms(group))
    return
  }
  const merge = (a: Sum, b: Sum): Sum => pass.merge(a, b, terms(0), kernels)
  const total = groups.length * ranges.length
  const onDone = (done: number): void => {
    stats.bytesRead += rowBytes(source) * rowsRead(ranges[(done - 1) % ranges.length], work)
    onProgress?.({ stage: work.told ?? work.stage, done, total })
  }
  const maker = makerOf(allOfSums(work), context)
  const store = pass.isTransient ? undefined : context.answers
  yield* store?.sums(work, maker, merge, onDone) ?? sumsInOrder(maker, work, merge, onDone)
}

async function* sumsInOrder<Question, Sum, Packed>(
  maker: Maker<Packed>,
  { task, ranges, groups, fanIn }: SumsWork<Question, Sum, Packed>,
  merge: (a: Sum, b: Sum) => Sum,
  onDone: (done: number) => void,
): AsyncGenerator<Sum, void, void> {
  yield* foldEach(inOrder(groups.length * ranges.length, maker), ranges.length, fanIn, task, merge, onDone)
}

/** Answers one behind the other, `count` to a sum. */
export async function* foldEach<Sum, Packed>(
  answers: AsyncIterable<Packed>,
  count: number,
  fanIn: number,
  { unpack }: Pick<Pass<never, Sum, Packed>, 'unpack'>,
  merge: (a: Sum, b: Sum) => Sum,
  onDone: (done: number) => void,
): AsyncGenerator<Sum, void, void> {
  let done = 0
  let reducer = new TreeReducer<Sum>(fanIn, merge)
  for await (const packed of answers) {
    reducer.push(unpack(packed))
    onDone(++done)
    if (done % count > 0) continue
    const sum = reducer.finish()
    if (sum !== undefined) yield sum
    reducer = new TreeReducer<Sum>(fanIn, merge)
  }
}

/** What the passes of a plan read: all keys [n, d], in its shards. */
export interface PlannedKeys {
  readonly source: MatrixSource
  readonly plan: Plan
  readonly context: RunContext
}

/** As `reducePass`, over all shards of the plan unless `others` says so. */
export async function passOver<Question, Sum, Packed>(
  { source, plan: { shards, fanIn }, context }: PlannedKeys,
  task: PassWork<Question, Sum, Packed>['task'],
  question: Question,
  stage: Stage,
  others: Partial<
    Pick<PassWork<Question, Sum, Packed>, 'ranges' | 'own' | 'told' | 'pass' | 'mostPasses'>
  > = {},
): Promise<Sum> {
  return await reducePass({ source, ranges: shards, fanIn, task, question, stage, ...others }, context)
}

/** The answers to all ranges, in order; by the run folder where there is one. */
export async function* answersOf<Question, Answer>(
  given: RowWork<Question, Answer>,
  context: RunContext,
): AsyncGenerator<Answer, void, void> {
  const work = { ...given, question: toSharedMemory(given.question) }
  const maker = makerOf(work, context)
  const store = work.task.isTransient ? undefined : context.answers
  yield* store?.answers(work, maker) ?? inOrder(work.ranges.length, maker)
}

function inOrder<Answer>(
  count: number,
  { window, make, giveUp }: Maker<Answer>,
): AsyncGenerator<Answer, void, void> {
  return runInOrder(Array.from({ length: count }).keys(), window, make, giveUp)
}

/** As `makerOf`, for sums in shared memory. */
function sharedMaker<Question, Sum, Packed>(
  work: PassWork<Question, Sum, Packed>,
  context: RunContext,
): Maker<unknown> {
  const { engine, signal } = context
  const { stopped, giveUp } = stoppable(signal)
  const make = (index: number) => engine.run(work.task, inSharedMemory(requestOf(work, index)), stopped)
  const window = sharedWindow(windowOf(engine.workerCount), engine.workerCount, work.source.cols)
  return { window, make, giveUp }
}

/** Runs the tasks of `work`. */
function makerOf<Question, Answer>(
  work: RowWork<Question, Answer>,
  { engine, signal, answers }: RunContext,
): Maker<Answer> {
  const { stopped, giveUp } = stoppable(signal)
  const make = (index: number) => {
    const content = answers?.content('keys', work.ranges[index])
    return engine.run(work.task, requestOf(work, index, content), stopped)
  }
  return { window: windowOf(engine.workerCount), make, giveUp }
}
