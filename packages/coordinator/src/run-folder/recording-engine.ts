import { isLevError, LevError, rowCountOf, fileWord } from '@levattention/core/internal'
import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker/internal'
import type { Engine } from '../engines/engine.ts'
import { runInOrder } from '../pipeline/map-in-order.ts'
import type { RowPass, RowTaskKind } from '../pipeline/reduce-pass.ts'
import { TreeReducer } from '../pipeline/tree-reducer.ts'
import { knownRows } from './known-rows.ts'
import { KeptReduce, type LevelNode } from './kept-reduce.ts'
import { isNode, treeHeight, type TreeNode, wholeNodes } from './merge-tree.ts'
import { isKept, type KeptKind } from './kept-kinds.ts'
import { partState, type PartState, type RunFolder } from './run-folder.ts'
import type { RunPlan } from './plan-fields.ts'

/** One map over the keys, as it was met. */
export interface Level {
  readonly kind: KeptKind
  readonly tasks: readonly LevelTask[]
  /** Sums that merge steps may leave; none where the level is not summed. */
  readonly nodes: readonly LevelNode[]
}

export interface LevelTask {
  readonly rowStart: number
  readonly rowEnd: number
  readonly path: string
  readonly state: PartState
}

/** What is to be done with the maps over the keys, which are levels 0, 1, … in the order in which the job comes to them. */
export type Recording =
  /** All that is missing is made. */
  | { readonly do: 'everything' }
  /** At `level` the missing parts of the rows that are mine are made, and there it ends; earlier levels must stand. */
  | { readonly do: 'level'; readonly level: number; readonly isMine: (rowStart: number) => boolean }
  /** At `level` one node of the merge tree is made, if the level has it, and there it ends: all below it must stand. */
  | { readonly do: 'merge'; readonly level: number; readonly node: TreeNode }
  /** Nothing is made: all must stand. */
  | { readonly do: 'nothing' }
  /** Nothing is made: levels are looked at up to the first that is not whole. */
  | { readonly do: 'look'; readonly see: (level: Level) => void }

/** Thrown where a step has done its part of the job, to end the job there. */
export class StepEnd extends Error {}

/** Another engine whose answers are kept in a run folder, and are taken from there where they stand. */
export class RecordingEngine implements Engine {
  readonly #inner: Engine
  readonly #folder: RunFolder
  readonly #recording: Recording
  #level = 0

  constructor(inner: Engine, folder: RunFolder, recording: Recording) {
    this.#inner = inner
    this.#folder = folder
    this.#recording = recording
  }

  get workerCount(): number {
    return this.#inner.workerCount
  }

  get startedCount(): number {
    return this.#inner.startedCount
  }

  get concurrency(): number {
    return this.#inner.concurrency
  }

  get kernelsName(): string {
    return this.#inner.kernelsName
  }

  async run<K extends TaskKind>(
    kind: K,
    request: TaskRequest<K>,
    signal?: AbortSignal,
  ): Promise<TaskResult<K>> {
    return await this.#inner.run(kind, knownRows(this.#folder, kind, request), signal)
  }

  /** A map whose answers are kept; undefined for others, which the engine just runs. */
  mapKept<K extends TaskKind>(
    kind: K,
    requests: readonly TaskRequest<K>[],
    signal?: AbortSignal,
  ): AsyncGenerator<TaskResult<K>, void, void> | undefined {
    if (!isKept(kind)) return undefined
    const kept: KeptKind = kind
    return this.#map(kept, requests as never, signal) as AsyncGenerator<TaskResult<K>, void, void>
  }

  /** The reduce of a pass; only steps take sums of several parts from files, and only `merge` leaves them there. */
  async reduceKept<K extends RowTaskKind, S>(
    pass: RowPass<K, S>,
    signal: AbortSignal | undefined,
    onDone: (done: number) => void,
  ): Promise<S | undefined> {
    const { kind, requests } = pass
    const level = this.#level
    const recording = this.#recording
    const isStep =
      recording.do === 'nothing' ||
      ('level' in recording && (level < recording.level || recording.do === 'merge'))
    if (isStep && isKept(kind)) {
      this.#level++
      return await this.#reduceStanding(pass as RowPass<KeptKind, S>, level)
    }
    const reducer = new TreeReducer<S>(pass.fanIn, (a, b) => pass.merge(a, b))
    let done = 0
    const results = isKept(kind)
      ? this.#map(kind, requests as never, signal, pass as unknown as RowPass<KeptKind, S>)
      : this.#runAll(kind, requests, signal)
    for await (const result of results) {
      reducer.push(pass.part(result))
      done++
      // Who only looks has read nothing, and has nothing to show for it.
      if (recording.do !== 'look') onDone(done)
    }
    return reducer.finish()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async #reduceStanding<S>(pass: RowPass<KeptKind, S>, level: number): Promise<S | undefined> {
    const reduce = this.#reduceOf(pass, level)
    const recording = this.#recording
    if (recording.do !== 'merge' || recording.level !== level) return reduce.sum()
    const { node } = recording
    if (isNode(node, pass.requests.length, pass.fanIn)) await reduce.make(node)
    else requirePlanned(node, this.#folder.plan)
    throw new StepEnd()
  }

  #reduceOf<S>(pass: RowPass<KeptKind, S>, level: number): KeptReduce<KeptKind, S> {
    const { kind, requests } = pass
    const keys = requests.map((request) => this.#folder.keyOf(kind, request))
    const load = (index: number) => pass.part(this.#standing(kind, requests[index], level))
    return new KeptReduce(this.#folder, pass, keys, load)
  }

  #runAll<K extends TaskKind>(
    kind: K,
    requests: readonly TaskRequest<K>[],
    signal?: AbortSignal,
  ): AsyncGenerator<TaskResult<K>, void, void> {
    return runInOrder(requests, this.#window, (request) => this.run(kind, request, signal))
  }

  async *#map<K extends KeptKind>(
    kind: K,
    requests: readonly TaskRequest<K>[],
    signal?: AbortSignal,
    summedBy?: RowPass<KeptKind, unknown>,
  ): AsyncGenerator<TaskResult<K>, void, void> {
    const level = this.#level++
    const recording = this.#recording
    if (recording.do === 'look') {
      const tasks = requests.map((request) => this.#taskOf(kind, request))
      recording.see({ kind, tasks, nodes: summedBy ? this.#reduceOf(summedBy, level).nodes() : [] })
      if (tasks.some(({ state }) => state !== 'done')) throw new StepEnd()
    }
    if (recording.do === 'merge' && recording.level === level) {
      // Not summed: it has nothing to merge.
      requirePlanned(recording.node, this.#folder.plan)
      throw new StepEnd()
    }
    if (recording.do === 'level' && recording.level === level) {
      await this.#make(
        kind,
        requests.filter(({ range }) => recording.isMine(range.rowStart)),
        signal,
      )
      throw new StepEnd()
    }
    const answer =
      recording.do === 'everything'
        ? (request: TaskRequest<K>) => this.#loadOrMake(kind, request, signal)
        : (request: TaskRequest<K>) => Promise.resolve(this.#standing(kind, request, level))
    yield* runInOrder(requests, this.#window, answer)
  }

  get #window(): number {
    return Math.max(1, 4 * this.#inner.workerCount)
  }

  async #make<K extends KeptKind>(
    kind: K,
    requests: readonly TaskRequest<K>[],
    signal?: AbortSignal,
  ): Promise<void> {
    const made = runInOrder(requests, this.#window, (request) => this.#loadOrMake(kind, request, signal))
    for await (const _ of made);
  }

  /** A part that is broken is made again. */
  async #loadOrMake<K extends KeptKind>(
    kind: K,
    request: TaskRequest<K>,
    signal?: AbortSignal,
  ): Promise<TaskResult<K>> {
    const standing = this.#whole(kind, request)
    if (standing !== undefined) return standing
    const result = await this.run(kind, request, signal)
    await this.#folder.save(kind, request, result)
    return result
  }

  #whole<K extends KeptKind>(kind: K, request: TaskRequest<K>): TaskResult<K> | undefined {
    try {
      return this.#folder.load(kind, request)
    } catch (error) {
      if (isLevError(error, 'Content')) return undefined
      throw error
    }
  }

  #standing<K extends KeptKind>(kind: K, request: TaskRequest<K>, level: number): TaskResult<K> {
    const part = this.#folder.load(kind, request)
    if (part !== undefined) return part
    const { rowStart, rowEnd } = request.range
    const file = this.#folder.partPath(kind, request)
    const message =
      `level ${level} has no part of rows ${rowStart} to ${rowEnd - 1} (${rowCountOf([request.range])} rows) yet: ` +
      `\`levattention status --run ${fileWord(this.#folder.path)}\` lists the steps to do`
    throw new LevError('NotReady', message, { file, row: rowStart })
  }

  #taskOf<K extends KeptKind>(kind: K, request: TaskRequest<K>): LevelTask {
    const { rowStart, rowEnd } = request.range
    return {
      rowStart,
      rowEnd,
      path: this.#folder.partPath(kind, request),
      state: partState(() => this.#folder.load(kind, request)),
    }
  }
}

/** A pass may have fewer nodes than the plan. Throws Option for one that the plan has not either. */
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
