import type {
  Coordinates,
  DualSums,
  DrawnRows,
  ExactPart,
  ExactTerms,
  Factor,
  GramParts,
  ImportanceSurvey,
  KernelSource,
  PlantedModel,
  PowerSums,
  RowContent,
  RowRange,
  SearchAnswer,
  SearchTerms,
  SketchTerms,
  SourceSpec,
  Standing,
  UniversalSet,
  WeightedColumns,
  WeightedSum,
} from '@levattention/core/internal'

/** A matrix that a task opens for itself. */
export type TaskSource = SourceSpec & {
  /** What some of its rows have to hold; the task fails with InputChanged where it reads such rows and they do not. */
  readonly content?: readonly RowContent[] | undefined
}

/** Rows of a matrix that a task reads for itself. */
export interface ShardRequest {
  readonly source: TaskSource
  readonly range: RowRange
}

/** A value that many tasks share: the worker keeps what it prepares from it under `id`. Its arrays are shared memory. */
export interface Broadcast<T> {
  readonly id: string
  readonly value: T
}

/**
 * Every task: what it is asked and what it answers. All of it is plain data. `Uint8Array` answers are the bytes of a
 * KeySummary (core), the one representation of a summary between threads, files and steps.
 */
export interface TaskTypes {
  /** Is the worker alive? Asked once before anything else. */
  ping: { request: object; result: { kernels: string } }
  /** The shard's Gram; its keys stay open. */
  gram: { request: ShardRequest; result: Uint8Array }
  /** The shard's Gram and the keys that it does not exclude: the fused pass. */
  summarize: { request: ShardRequest & { readonly epsilon: number }; result: Uint8Array }
  /** The shard's sketches, and the squares of its columns; its keys stay open. Row ids count from `rowOffset`. */
  sketch: {
    request: ShardRequest & {
      readonly terms: SketchTerms
      readonly epsilon: number
      readonly rowOffset: number
    }
    result: Uint8Array
  }
  /** The shard's Gram in better coordinates. */
  refine: {
    request: ShardRequest & {
      readonly coordinates: Pick<Coordinates, 'forward' | 'compensated'>
      readonly exponents: Int32Array
    }
    result: Uint8Array
  }
  /** The shard's whole summary, p other than 2, its rows weighed as they come: one pass. Row ids begin at `rowOffset`. */
  absorb: {
    request: ShardRequest & { readonly epsilon: number; readonly p: number; readonly rowOffset: number }
    result: Uint8Array
  }
  /** The shard's weighted Gram, p other than 2: weights are a function of `coordinates`. */
  weigh: {
    request: ShardRequest & {
      readonly coordinates: Pick<Coordinates, 'forward'>
      readonly exponents: Int32Array
      readonly p: number
      readonly columns: WeightedColumns
    }
    result: WeightedPart
  }
  /** The Gram of the shard's lifted keys, p = 4. */
  lift: { request: ShardRequest & { readonly exponents: Int32Array }; result: LiftedPart }
  /** The largest t_j / w_j^(2/p) of the shard's keys: C of theory.md section 2. */
  ratio: { request: ShardRequest & { readonly factor: Factor }; result: number }
  /** Sums over the shard's keys for trials [count, dim], one for each key whose bound is to be lowered; p >= 1. */
  tighten: {
    request: ShardRequest & {
      readonly exponents: Int32Array
      readonly trials: Float64Array
      readonly p: number
    }
    result: DualSums
  }
  /** The shard's keys that the last filter keeps by `factor`; no Gram. */
  select: {
    request: ShardRequest & { readonly factor: Factor; readonly epsilon: number }
    result: Uint8Array
  }
  /** Causal: the shard's keys that neither the rows before it, whose sum is `prefix`, nor its own earlier ones exclude. */
  selectPrefix: {
    request: ShardRequest & { readonly prefix: GramParts; readonly epsilon: number; readonly p: number }
    result: Uint8Array
  }
  /** tau of every row [rows]: the leverage score, or the ridge score where the factor is not regular; p other than 2: its bound. */
  scores: { request: ShardRequest & { readonly factor: Factor }; result: Float64Array }
  /** How many keys the last filter keeps at each epsilon, and the largest bounds. */
  survey: {
    request: ShardRequest & {
      readonly factor: Factor
      readonly epsilons: readonly number[]
      readonly topCount: number
    }
    result: Survey
  }
  /** What the scale of a sample of `rows` rows needs to know of the shard's. */
  importances: {
    request: ShardRequest & { readonly factor: Factor; readonly rows: number }
    result: ImportanceSurvey
  }
  /** Draws each of the shard's rows by itself, with probability min(1, scale x importance). */
  draw: {
    request: ShardRequest & { readonly factor: Factor; readonly scale: number; readonly seed: number }
    result: DrawnRows
  }
  /** Heavy pairs of the shard's queries inside U. */
  search: { request: SearchRequest; result: SearchAnswer }
  /** The shard's keys against a few queries. */
  exact: { request: ShardRequest & ExactTerms; result: ExactPart }
  /** The largest size of an entry in each of the shard's columns [dim]. Throws Content at a NaN or infinity. */
  columns: { request: ShardRequest; result: Float64Array }
  /** Digests of `ranges` of the source's rows, which tile `range`. */
  content: { request: ShardRequest & { readonly ranges: readonly RowRange[] }; result: string[] }
  /** The shard's keys against a few queries by brute force: neither U nor a factor plays a part. */
  verify: { request: VerifyRequest; result: VerifyPart }
  /** Rows [range) of the planted test keys or queries, [rows, dim]. */
  generate: {
    request: { readonly model: PlantedModel; readonly part: 'keys' | 'queries'; readonly range: RowRange }
    result: Float32Array
  }
}

/** A WeightedSum as plain data. */
export interface WeightedPart extends Omit<WeightedSum, 'gram'> {
  readonly gram: Float64Array // [dim, dim], upper triangle
  readonly rowCount: number
  readonly depth: number
}

/** A LiftedSum as plain data. */
export interface LiftedPart extends Omit<WeightedPart, 'columnSquares' | 'weightSum'> {
  readonly exponents: Int32Array
  readonly lost: boolean
}

export interface SearchRequest extends ShardRequest, SearchTerms {
  readonly universal: Broadcast<UniversalSet>
  /** Only tell the outcomes. */
  readonly settleOnly: boolean
  /** Causal: where the first query stands; all of them stand in one shard of the keys. */
  readonly standing?: (Omit<Standing, 'keys'> & { readonly keys: TaskSource }) | undefined
}

/** How brute force computes the dots of a row sum: in float64, as in twice that precision (Dot2), or rounded once. */
export type DotPrecision = 'plain' | 'compensated' | 'exact'

export interface VerifyRequest extends ShardRequest {
  /** Columns are scaled by 2^-exponents [dim]; zeros for float32 keys. */
  readonly exponents: Int32Array
  readonly queries: Float64Array // [queryCount, dim], scaled
  readonly epsilon: number
  readonly p: number
  readonly precision: DotPrecision
  /** Pairs whose dots are wanted whatever they are, by key; `listedQueries` are local. */
  readonly listedQueries: Uint32Array
  readonly listedKeys: Float64Array
  /** What each query sees of the keys [queryCount]; absent: all. */
  readonly visible?: readonly RowRange[] | undefined
}

/** Pairs as columns, keys ascending; `queries` are local. Dots are exact to a few parts in 10^12. */
export interface VerifyPairs {
  readonly queries: Uint32Array
  readonly keyIds: Float64Array
  readonly dots: Float64Array
  readonly absolutes: Float64Array // Σ|q_a k_a|
}

export interface VerifyPart {
  /** Σ |dot|^p over the shard [queryCount]. */
  readonly rowSums: PowerSums
  /** An entry of the keys lost bits when its column was scaled; not told by plain dots. */
  readonly keysLost: boolean
  readonly columnSquares: Float64Array // [dim]: Σ k_a²
  /** Every pair whose score may reach epsilon. */
  readonly candidates: VerifyPairs
  /** The listed pairs of the shard's keys, in the request's order. */
  readonly listed: VerifyPairs
}

export interface Survey {
  /** [epsilons] */
  readonly counts: Float64Array
  /** The shard's `topCount` largest bounds, descending, ties by row id. */
  readonly topRowIds: Float64Array
  readonly topBounds: Float64Array
}

export type TaskKind = keyof TaskTypes
export type TaskRequest<K extends TaskKind> = TaskTypes[K]['request']
export type TaskResult<K extends TaskKind> = TaskTypes[K]['result']

/** What goes over the wire to a worker. */
export type TaskMessage = {
  [K in TaskKind]: {
    readonly kind: K
    readonly request: TaskRequest<K>
    /** Where the worker counts its signs of life [1], in shared memory; 0 until it begins. */
    readonly pulse: Int32Array
  }
}[TaskKind]

/** What a pool gives each of its workers at birth. */
export type WorkerSettings = KernelSource
