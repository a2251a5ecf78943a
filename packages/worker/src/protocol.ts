import type {
  CountedLines,
  KernelSource,
  LineRange,
  PlainTable,
  PlantedModel,
  RowRange,
  SearchAnswer,
  SearchTerms,
  ShardRequest,
  Standing,
  Task,
  TaskSource,
  TurnLines,
  UniversalSet,
} from '@levattention/core/internal'

/** A value that many tasks share: the worker keeps what it prepares from it under `id`. Its arrays are shared memory. */
export interface Broadcast<T> {
  readonly id: string
  readonly value: T
}

/** Is the worker alive, and with which kernels? Asked once before anything else. */
export const PING: Task<object, { kernels: string }> = { kind: 'ping' }

/** Heavy pairs of queries inside U. */
export const SEARCH: Task<SearchRequest, SearchAnswer> = { kind: 'search' }

/** Rows [range) of the planted test keys or queries, [rows, dim]. */
export const GENERATE: Task<
  { readonly model: PlantedModel; readonly part: 'keys' | 'queries'; readonly range: RowRange },
  Float32Array
> = { kind: 'generate' }

/** What lies in a range of a table's lines. */
export const COUNT_LINES: Task<{ readonly table: PlainTable; readonly range: LineRange }, CountedLines> = {
  kind: 'count-lines',
}

/** Turns a range of a table's lines into rows of a file. */
export const TURN_LINES: Task<TurnLines, undefined> = { kind: 'turn-lines' }

export interface SearchRequest extends ShardRequest, SearchTerms {
  readonly universal: Broadcast<UniversalSet>
  /** Only tell the outcomes. */
  readonly settleOnly: boolean
  /** Causal: where the first query stands; all of them stand in one shard of the keys. */
  readonly standing?: (Omit<Standing, 'keys'> & { readonly keys: TaskSource }) | undefined
}

/** What goes over the wire to a worker: the kind of a task, and its request. */
export interface TaskMessage {
  readonly kind: string
  readonly request: unknown
  /** Where the worker counts its signs of life [1], in shared memory; 0 until it begins. */
  readonly pulse: Int32Array
}

/** What a pool gives each of its workers at birth. */
export type WorkerSettings = KernelSource
