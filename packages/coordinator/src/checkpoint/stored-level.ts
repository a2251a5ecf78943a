import { fileWord, isLevError, LevError, type Pass, type RowRange, rowsIn } from '@levattention/core/internal'
import type { Maker } from '../tasks/answer-store.ts'
import { runInOrder } from '../tasks/map-in-order.ts'
import { type PassWork, questionOf, type RowWork } from '../tasks/row-work.ts'
import { TreeReducer } from '../tasks/tree-reducer.ts'
import { digestOf } from './digest.ts'
import { allNodes, childrenOf, coverOf, type TreeNode } from './merge-tree.ts'
import { partState, type PartState, type RunFolder, type StoredPart } from './run-folder.ts'

/** One map over rows, as it was met. */
export interface Level {
  readonly kind: string
  readonly tasks: readonly LevelTask[]
  /** Sums that merge steps may leave; none where the level is not summed. */
  readonly nodes: readonly LevelNode[]
}

interface LevelTask extends RowRange {
  readonly path: string
  readonly state: PartState
}

/** A node of a level's merge tree, as it was met. */
interface LevelNode extends TreeNode {
  readonly path: string
  readonly state: PartState
}

/** The parts of one map over rows in a run folder: one a range. */
export class StoredLevel<Question, Answer> {
  readonly #folder: RunFolder
  readonly #work: RowWork<Question, Answer>
  readonly #level: number
  readonly #keys: (string | undefined)[] = []

  constructor(folder: RunFolder, work: RowWork<Question, Answer>, level: number) {
    this.#folder = folder
    this.#work = work
    this.#level = level
  }

  get count(): number {
    return this.#work.ranges.length
  }

  get rowStarts(): number[] {
    return this.#work.ranges.map(({ rowStart }) => rowStart)
  }

  /** Digest of what range `index` is asked, beside its rows' content, which the run's id tells. */
  keyOf(index: number): string {
    const { task, ranges } = this.#work
    const asked = questionOf(this.#work, index)
    const question = task.key ? task.key(asked) : asked
    return (this.#keys[index] ??= digestOf({ kind: task.kind, range: ranges[index], question }))
  }

  /** The answers of the ranges `indices`: those that stand, the others by `maker`, which are then kept. A broken one is made again. */
  answers(
    indices: Iterable<number>,
    { window, make, giveUp }: Maker<Answer>,
  ): AsyncGenerator<Answer, void, void> {
    const answer = async (index: number): Promise<Answer> => {
      const stored = this.#whole(index)
      if (stored !== undefined) return stored
      const made = await make(index)
      await this.#folder.save(this.#part(index), made)
      return made
    }
    return runInOrder(indices, window, answer, giveUp)
  }

  /** The answer of range `index`. Throws NotReady where there is none, Content where it is broken. */
  stored(index: number): Answer {
    const part = this.#part(index)
    const answer = this.#load(index)
    if (answer !== undefined) return answer
    const { rowStart, rowEnd } = part.range
    const message =
      `level ${this.#level} has no part of rows ${rowStart} to ${rowEnd - 1} (${rowsIn(part.range)} rows) yet: ` +
      `\`levattention status --run ${fileWord(this.#folder.path)}\` lists the steps to do`
    throw new LevError('NotReady', message, { file: this.#folder.partPath(part), row: rowStart })
  }

  tasks(): LevelTask[] {
    return this.#work.ranges.map((range, index) => ({
      ...range,
      path: this.#folder.partPath(this.#part(index)),
      state: partState(() => this.#load(index)),
    }))
  }

  /** Checks what a file holds for rows [range) against what the first of them is asked; they differ in their rows. */
  check(answer: unknown, range: RowRange, index: number): void {
    const { task, source } = this.#work
    task.check(answer, { question: questionOf(this.#work, index), range, dim: source.cols })
  }

  #part(index: number): StoredPart {
    return { kind: this.#work.task.kind, range: this.#work.ranges[index], key: this.keyOf(index) }
  }

  #load(index: number): Answer | undefined {
    const part = this.#part(index)
    return this.#folder.load(part, (answer) => this.check(answer, part.range, index)) as Answer | undefined
  }

  #whole(index: number): Answer | undefined {
    return unlessBroken(() => this.#load(index))
  }
}

/** Sums of one pass in a run folder: those of whole nodes of the merge tree, where they stand, else from what is below. */
export class StoredSum<Question, Sum, Packed> {
  readonly #folder: RunFolder
  readonly #work: PassWork<Question, Sum, Packed>
  readonly #parts: StoredLevel<Question, Packed>
  readonly #merge: (a: Sum, b: Sum) => Sum

  constructor(
    folder: RunFolder,
    work: PassWork<Question, Sum, Packed>,
    parts: StoredLevel<Question, Packed>,
    merge: (a: Sum, b: Sum) => Sum,
  ) {
    this.#folder = folder
    this.#work = work
    this.#parts = parts
    this.#merge = merge
  }

  /** The sum of all parts; undefined where there are none. Throws as `StoredLevel.stored`. */
  sum(): Sum | undefined {
    const { fanIn } = this.#work
    const reducer = new TreeReducer<Sum>(fanIn, this.#merge)
    for (const node of coverOf(this.#parts.count, fanIn)) reducer.push(this.#sumOf(node), node.height)
    return reducer.finish()
  }

  /** Makes the sum of `node` stand. */
  async make(node: TreeNode): Promise<void> {
    if (this.#whole(node) !== undefined) return
    await this.#folder.saveNode(this.#keyOf(node), this.#pass.pack(this.#fold(node)))
  }

  /** Every whole node of the tree, and what stands of it. */
  nodes(): LevelNode[] {
    return allNodes(this.#parts.count, this.#work.fanIn).map((node) => {
      const path = this.#folder.nodePath(this.#keyOf(node))
      return { ...node, path, state: partState(() => this.#load(node)) }
    })
  }

  get #pass(): Pass<Question, Sum, Packed> {
    return this.#work.task
  }

  #sumOf(node: TreeNode): Sum {
    if (node.height === 0) return this.#pass.unpack(this.#parts.stored(node.index))
    const stored = this.#whole(node)
    return stored === undefined ? this.#fold(node) : this.#pass.unpack(stored)
  }

  #fold(node: TreeNode): Sum {
    const [first, ...others] = childrenOf(node, this.#work.fanIn)
    let sum = this.#sumOf(first)
    for (const child of others) sum = this.#merge(sum, this.#sumOf(child))
    return sum
  }

  /** A node that is broken is summed from below. */
  #whole(node: TreeNode): Packed | undefined {
    return unlessBroken(() => this.#load(node))
  }

  #load(node: TreeNode): Packed | undefined {
    const width = this.#work.fanIn ** node.height
    const first = node.index * width
    const { rowStart } = this.#work.ranges[first]
    const { rowEnd } = this.#work.ranges[first + width - 1]
    const check = (sum: unknown) => this.#parts.check(sum, { rowStart, rowEnd }, first)
    return this.#folder.loadNode(this.#keyOf(node), check) as Packed | undefined
  }

  /** Of what is below: the sum of other parts has another key. */
  #keyOf(node: TreeNode): string {
    if (node.height === 0) return this.#parts.keyOf(node.index)
    return digestOf(childrenOf(node, this.#work.fanIn).map((child) => this.#keyOf(child)))
  }
}

/** What `load` finds; undefined where it is broken. */
export function unlessBroken<T>(load: () => T | undefined): T | undefined {
  try {
    return load()
  } catch (error) {
    if (isLevError(error, 'Content')) return undefined
    throw error
  }
}
