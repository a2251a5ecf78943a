import { fileWord, LevError, type RowContent, type RowRange } from '@levattention/core/internal'
import type { AnswerStore, Maker, SearchedBatch } from '../tasks/answer-store.ts'
import { foldEach } from '../tasks/reduce-pass.ts'
import { allOfSums, oneOfSums, type PassWork, type RowWork, type SumsWork } from '../tasks/row-work.ts'
import { TreeReducer } from '../tasks/tree-reducer.ts'
import { isNode, treeHeight, type TreeNode, wholeNodes } from './merge-tree.ts'
import type { RunPlan } from './plan-fields.ts'
import type { RunFolder } from './run-folder.ts'
import { type Level, StoredLevel, StoredSum, unlessBroken } from './stored-level.ts'

/** What is done with the maps over the keys, which are levels 0, 1, … in the order in which the job comes to them. */
export type KeyWork =
  /** All that is missing is made. */
  | { readonly do: 'everything' }
  /** At `level` the missing parts of the rows that are mine are made, and there it ends; earlier levels must stand. */
  | { readonly do: 'level'; readonly level: number; readonly isMine: (rowStart: number) => boolean }
  /** At `level` one node of the merge tree is made, if the level has it, and there it ends: all below it must stand. */
  | { readonly do: 'merge'; readonly level: number; readonly node: TreeNode }
  /** Nothing is made: all must stand. */
  | { readonly do: 'nothing' }
  /** Nothing is made: levels are looked at up to the first that is not whole. */
  | { readonly do: 'inspect'; readonly see: (level: Level) => void }

/** Thrown where a step has done its part of the job, to end the job there. */
export class EndOfStep extends Error {}

/** Answers that are kept in a run folder, and are taken from there where they stand. */
export class FolderAnswers implements AnswerStore {
  readonly #folder: RunFolder
  readonly #work: KeyWork
  readonly #makesBatches: boolean
  #level = 0

  /** Without `makesBatches` all answers to queries must stand. */
  constructor(folder: RunFolder, work: KeyWork, makesBatches: boolean) {
    this.#folder = folder
    this.#work = work
    this.#makesBatches = makesBatches
  }

  async *answers<Question, Answer>(
    work: RowWork<Question, Answer>,
    maker: Maker<Answer>,
  ): AsyncGenerator<Answer, void, void> {
    const index = this.#level++
    const level = new StoredLevel(this.#folder, work, index)
    // It is not summed, and has nothing to merge.
    if (this.#work.do === 'merge' && this.#work.level === index) throw this.#endAt(this.#work.node)
    await this.#stepAt(index, level, maker, { kind: work.task.kind, nodes: () => [] })
    if (this.#work.do === 'everything') yield* level.answers(work.ranges.keys(), maker)
    else for (const part of work.ranges.keys()) yield level.stored(part)
  }

  async sum<Question, Sum, Packed>(
    work: PassWork<Question, Sum, Packed>,
    maker: Maker<Packed>,
    merge: (a: Sum, b: Sum) => Sum,
    onDone: (done: number) => void,
  ): Promise<Sum | undefined> {
    const index = this.#level++
    const level = new StoredLevel(this.#folder, work, index)
    if (this.#work.do === 'everything') {
      const reducer = new TreeReducer<Sum>(work.fanIn, merge)
      let done = 0
      for await (const packed of level.answers(work.ranges.keys(), maker)) {
        reducer.push(work.task.unpack(packed))
        onDone(++done)
      }
      return reducer.finish()
    }
    const sum = new StoredSum(this.#folder, work, level, merge)
    if (this.#work.do === 'merge' && this.#work.level === index) {
      const { node } = this.#work
      if (!isNode(node, level.count, work.fanIn)) throw this.#endAt(node)
      await sum.make(node)
      throw new EndOfStep()
    }
    await this.#stepAt(index, level, maker, { kind: work.task.kind, nodes: () => sum.nodes() })
    return sum.sum()
  }

  async *sums<Question, Sum, Packed>(
    work: SumsWork<Question, Sum, Packed>,
    maker: Maker<Packed>,
    merge: (a: Sum, b: Sum) => Sum,
    onDone: (done: number) => void,
  ): AsyncGenerator<Sum, void, void> {
    const index = this.#level++
    const all = new StoredLevel(this.#folder, allOfSums(work), index)
    const { task, ranges, fanIn, groups } = work
    if (this.#work.do === 'everything') {
      yield* foldEach(all.answers(Array(all.count).keys(), maker), ranges.length, fanIn, task, merge, onDone)
      return
    }
    const sums = [...groups.keys()].map((group) => {
      const one = oneOfSums(work, group)
      return new StoredSum(this.#folder, one, new StoredLevel(this.#folder, one, index), merge)
    })
    if (this.#work.do === 'merge' && this.#work.level === index) {
      const { node } = this.#work
      if (!isNode(node, ranges.length, fanIn)) throw this.#endAt(node)
      for (const sum of sums) await sum.make(node)
      throw new EndOfStep()
    }
    const nodes = () => sums.flatMap((sum) => sum.nodes())
    await this.#stepAt(index, all, maker, { kind: task.kind, nodes })
    for (const stored of sums) {
      const sum = stored.sum()
      if (sum !== undefined) yield sum
    }
  }

  batch(range: RowRange): SearchedBatch | undefined {
    const load = () => this.#folder.loadBatch(range)
    // A broken one is made again, where any are made.
    return this.#makesBatches ? unlessBroken(load) : (load() ?? this.#missingBatch(range))
  }

  async keepBatch(range: RowRange, answer: SearchedBatch): Promise<void> {
    await this.#folder.saveBatch(range, answer)
  }

  content(of: 'keys' | 'queries', range: RowRange): readonly RowContent[] {
    return (of === 'keys' ? this.#folder.keyContent : this.#folder.queryContent).within(range)
  }

  /** What a step does at a level that it comes to; throws EndOfStep where that is its last. */
  async #stepAt<Question, Answer>(
    index: number,
    level: StoredLevel<Question, Answer>,
    maker: Maker<Answer>,
    { kind, nodes }: { readonly kind: string; readonly nodes: () => Level['nodes'] },
  ): Promise<void> {
    const work = this.#work
    if (work.do === 'inspect') {
      const tasks = level.tasks()
      work.see({ kind, tasks, nodes: nodes() })
      if (tasks.some(({ state }) => state !== 'done')) throw new EndOfStep()
    } else if (work.do === 'level' && work.level === index) {
      const mine = level.rowStarts.flatMap((rowStart, part) => (work.isMine(rowStart) ? [part] : []))
      for await (const _ of level.answers(mine, maker));
      throw new EndOfStep()
    }
  }

  /** A pass may have fewer nodes than the plan. Throws Option for one that the plan has not either. */
  #endAt(node: TreeNode): EndOfStep {
    requirePlanned(node, this.#folder.plan)
    return new EndOfStep()
  }

  #missingBatch({ rowStart, rowEnd }: RowRange): never {
    const { plan, path } = this.#folder
    const index = plan.queryBatches.findIndex((range) => range.rowStart === rowStart)
    const message =
      `queries ${rowStart} to ${rowEnd - 1} have no answer yet: run ` +
      `\`levattention step query --run ${fileWord(path)} --index ${index}\``
    throw new LevError('NotReady', message, { file: this.#folder.batchPath({ rowStart, rowEnd }) })
  }
}

function requirePlanned(node: TreeNode, { shards, fanIn }: RunPlan): void {
  const { height, index } = node
  const parts = shards.length
  if (isNode(node, parts, fanIn)) return
  const most = treeHeight(parts, fanIn)
  if (height < 1 || height > most) {
    const heights =
      most === 0 ? `no node to make: ${parts} parts are fewer than --fan-in ${fanIn}` : `heights 1 to ${most}`
    throw new LevError('Option', `--height is ${height}; this run has ${heights}`, { option: 'height' })
  }
  const count = wholeNodes(parts, fanIn, height)
  const message = `--index is ${index}; height ${height} has ${count} whole nodes, 0 to ${count - 1}`
  throw new LevError('Option', message, { option: 'index' })
}
