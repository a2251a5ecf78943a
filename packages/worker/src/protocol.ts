import type {
  GramParts,
  KernelSource,
  PairColumns,
  PlantedModel,
  RowRange,
  ScoresMode,
  ShardRequest,
  Task,
  TaskSource,
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

/** Causal: heavy pairs of queries that stand in one shard of the keys. */
export const SEARCH_PREFIX: Task<PrefixSearchRequest, SearchAnswer> = { kind: 'searchPrefix' }

/** Rows [range) of the planted test keys or queries, [rows, dim]. */
export const GENERATE: Task<
  { readonly model: PlantedModel; readonly part: 'keys' | 'queries'; readonly range: RowRange },
  Float32Array
> = { kind: 'generate' }

export interface SearchRequest extends ShardRequest {
  readonly universal: Broadcast<UniversalSet>
  readonly epsilon: number
  /** Of p other than 2: whether certified intervals are answers. */
  readonly scores: ScoresMode
  /** Only tell which queries the certificate does not cover. */
  readonly settleOnly: boolean
}

/** Queries [range) of `source`, the first of which stands at row `position` of the keys. */
export interface PrefixSearchRequest extends ShardRequest {
  readonly keys: TaskSource
  /** The shard of the keys that the queries stand in, and the sum of the rows before it. */
  readonly shard: RowRange
  readonly prefix: GramParts
  readonly position: number
  /** The causal U. */
  readonly universal: Broadcast<UniversalSet>
  readonly epsilon: number
  readonly settleOnly: boolean
}

/** A batch's pairs, by query then key, and what else is known of its queries, which count from the batch's start. */
export interface SearchAnswer {
  readonly pairs: PairColumns
  readonly mass: Float64Array // [queryCount]; NaN where undefined or unsettled
  readonly zero: Uint32Array
  readonly unsettled: Uint32Array
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
