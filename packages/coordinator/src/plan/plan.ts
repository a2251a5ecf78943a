import {
  CHUNK_ROWS,
  cutRows,
  usesProducts,
  isEpsilon,
  LEAST_EPSILON,
  LevError,
  MOST_GRAM_PASSES,
  MOST_WEIGHT_PASSES,
  type RowRange,
  type SketchTerms,
  optionText,
  type OptionName,
  type Attention,
  attentionOf,
  isQuadratic,
  type OfPower,
} from '@levattention/core/internal'
import {
  plannedSketch,
  requireNoSketch,
  SKETCH,
  type SketchOptions,
  type WithScores,
} from './sketch-options.ts'

/** Below this many rows one shard is read once into memory and needs no second read. */
export const SINGLE_SHARD_ROWS = 8192
const MIN_SHARD_ROWS = 65_536
/** A thread keeps numbers of each row of its shard. */
const MAX_SHARD_ROWS = 2 ** 20
const MANY_SHARDS = 8
/** Operations of a shard: some 30 ms of a thread, beside the few that its factor, messages and merges take whatever its size. */
const SHARD_WORK = 2 ** 30
/** Columns whose products take as long as a number that is read. */
const READ_COLUMNS = 8
export const DEFAULT_FAN_IN = 16
const DEFAULT_BATCH_ROWS = 1024
const MOST_PREFIXES = 256
const PREFIX_BYTES = 2 ** 26

/** What a user may fix of a plan; they may change rounding, where workers never do. */
export interface PlanOptions extends SketchOptions, WithScores {
  /** Number of shards, in place of `shardRows`. A cut may change rounding; workers never do. */
  readonly shards?: number | undefined
  /** Rows of a shard, a multiple of 4096. Default: from n, d and epsilon. */
  readonly shardRows?: number | undefined
  /** How many summaries are merged at a time, at least 2; default 16. */
  readonly fanIn?: number | undefined
  /** Number of query batches. */
  readonly queryBatches?: number | undefined
  /** Attention exponent of f(x) = |x|^p, any above 0; default 2. */
  readonly p?: number | undefined
  /**
   * Passes that weigh the keys at most, p other than 2; default 16. They end before where another gains little. 1: a universal
   * set comes from one reading in all, its keys weighed as a stream's.
   */
  readonly passes?: number | undefined
}

export interface KeyPlanOptions extends PlanOptions {
  /** Query i sees only keys up to its own position. */
  readonly causal?: boolean | undefined
}

/** One map over shards and the reduce of its summaries in the merge tree; what it finds is broadcast to the next. */
export interface PlannedPass {
  /**
   * summarize: the Gram and each shard's keys (fused); gram: the Gram alone; sketch: sketches in its place;
   * refine: the Gram in better coordinates; weigh: the weighted Gram, each by weights that the one before gives;
   * ratio: how well weights fit, p < 2; products: the Gram of all products of two columns, p = 4;
   * selectPrefix: causal, each shard's keys by the rows before them; absorb: p other than 2, each shard's whole summary.
   */
  readonly kind:
    | 'summarize'
    | 'gram'
    | 'sketch'
    | 'refine'
    | 'weigh'
    | 'products'
    | 'ratio'
    | 'select'
    | 'selectPrefix'
    | 'absorb'
  /** open: those whose keys no earlier pass could choose. */
  readonly shards: 'all' | 'open'
  /** How often at most; once where it is not said. */
  readonly most?: number
  /** needed: the slack of the factor so far decides, a function of the data alone. */
  readonly when: 'always' | 'needed'
}

/**
 * How a job is cut: a pure function of the inputs' shapes and the options. Neither workers nor memory, engine or time
 * are in it, so equal plans give equal bytes anywhere.
 */
export interface Plan {
  readonly rowCount: number // n
  readonly dim: number // d
  readonly epsilon: number
  readonly attention: Attention
  readonly shardRows: number
  readonly shards: readonly RowRange[]
  /** Fused where shards are many and tall: keys are then chosen in the Gram's own pass, else after the factor is known. */
  readonly passes: readonly PlannedPass[]
  /** Children of a node of the merge tree. */
  readonly fanIn: number
  /** Method sketch: what the sketches of all shards share. */
  readonly sketch?: SketchTerms | undefined
}

/** The plan for keys [n, d]. Throws Option where the options cannot be met. */
export function planKeys(
  shape: { rows: number; cols: number },
  epsilon: number,
  options: KeyPlanOptions = {},
): Plan {
  const { rows: rowCount, cols: dim } = shape
  const { p, passes: mostWeighings, causal = false } = options
  const shardRows = shardRowsOf(shape, epsilon, options)
  const shards = cutRows(rowCount, shardRows)
  const attention = attentionOf(p)
  const quadratic = isQuadratic(attention)
  if (mostWeighings !== undefined && (quadratic || causal)) {
    const why = quadratic
      ? ' for p other than 2; with p = 2 their rounding errors decide'
      : ', and causal bounds weigh all alike'
    const message = `${optionText('passes')} weighs the keys${why}; leave it out`
    throw new LevError('Option', message, { option: 'passes' })
  }
  // A sketch of all keys says nothing of those before one, and one of each prefix would be a new chance to fail.
  if (causal) requireNoSketch(options.method, optionText('causal'))
  if (options.method === 'sketch' && !quadratic) {
    const message = `${SKETCH} is for p = 2, and ${optionText('p')} is ${p}; leave one of them out`
    throw new LevError('Option', message, { option: 'method' })
  }
  const sketch = plannedSketch(dim, epsilon, options)
  const fused = !causal && fusesPasses(shape, epsilon, attention, shards.length, shardRows)
  const fanIn = fanInOf(options)
  const own = causal ? CAUSAL_PASSES : sketch ? SKETCH_PASSES : undefined
  return {
    rowCount,
    dim,
    epsilon,
    attention,
    shardRows,
    shards,
    passes: own ?? passesOf(fused, attention, mostWeighings, usesProducts(attention.p, rowCount, dim)),
    fanIn,
    ...(sketch ? { sketch } : {}),
  }
}

/**
 * Whether each shard chooses its keys by its own Gram, in the pass that sums it. Its own weights, p other than 2, say nothing of
 * the others' keys: these are chosen at the end.
 */
export function fusesPasses(
  shape: { rows: number; cols: number },
  epsilon: number,
  attention: OfPower,
  shardCount: number,
  shardRows: number,
): boolean {
  return isQuadratic(attention) && shardCount >= MANY_SHARDS && shardRows >= wideRows(shape, epsilon)
}

/** Method sketch: the sketches, then a selection by them. */
const SKETCH_PASSES: readonly PlannedPass[] = [
  { kind: 'sketch', shards: 'all', when: 'always' },
  { kind: 'select', shards: 'open', when: 'always' },
]

/** The sum of each shard, of which a scan makes those of the rows before it; then each shard goes on from its own prefix. */
const CAUSAL_PASSES: readonly PlannedPass[] = [
  { kind: 'gram', shards: 'all', when: 'always' },
  { kind: 'selectPrefix', shards: 'all', when: 'always' },
]

/** What finds the factor, what mends it, what weighs the keys (p other than 2), what chooses them. */
export function passesOf(
  fused: boolean,
  attention = attentionOf(),
  mostWeighings = MOST_WEIGHT_PASSES,
  lifted = false,
): readonly PlannedPass[] {
  requireCount('passes', mostWeighings)
  const weighing: readonly PlannedPass[] = [
    { kind: 'weigh', shards: 'all', when: 'needed', most: mostWeighings },
    ...(attention.p < 2 ? [{ kind: 'ratio', shards: 'all', when: 'needed' } as const] : []),
    ...(lifted ? [{ kind: 'products', shards: 'all', when: 'always' } as const] : []),
  ]
  return [
    { kind: fused ? 'summarize' : 'gram', shards: 'all', when: 'always' },
    { kind: 'refine', shards: 'all', when: 'needed', most: MOST_GRAM_PASSES - 1 },
    ...(isQuadratic(attention) ? [] : weighing),
    { kind: 'select', shards: 'open', when: 'needed' },
  ]
}

/** Throws Option where epsilon is not in (0, 1], or so small that thresholds underflow. */
export function requireEpsilon(epsilon: number): void {
  if (isEpsilon(epsilon)) return
  const wanted = epsilon > 0 && epsilon < 1 ? `at least ${LEAST_EPSILON}` : 'above 0'
  const found = typeof epsilon === 'number' ? epsilon : `of type ${typeof epsilon}`
  const message = `epsilon is ${found}; it must be ${wanted} and at most 1, for instance 0.01`
  throw new LevError('Option', message, { option: 'epsilon' })
}

/** Whether the keys are weighed as they are read, once in all. */
export function weighsOnce({ p = 2, passes }: PlanOptions): boolean {
  return !isQuadratic({ p }) && passes === 1
}

/** Passes at most; `mergeable`: with the one for what a .lev needs to be merged, where keys are weighed. */
export function mostPasses({ passes, attention }: Plan, mergeable: boolean): number {
  const own = passes.reduce((sum, { most = 1 }) => sum + most, 0)
  return own + (mergeable && !isQuadratic(attention) ? 1 : 0)
}

/** Query batches [rowStart, rowEnd) of m queries, in order. Throws Option. */
export function planQueries(queryCount: number, { queryBatches }: PlanOptions = {}): readonly RowRange[] {
  if (queryBatches === undefined) return cutRows(queryCount, DEFAULT_BATCH_ROWS)
  requireCount('queryBatches', queryBatches)
  return cutRows(queryCount, Math.max(1, Math.ceil(queryCount / queryBatches)))
}

/** How softmax rows are cut: each batch of queries meets each shard of the keys, and their sums are merged in the tree. */
export interface SoftmaxPlan {
  readonly shards: readonly RowRange[]
  readonly fanIn: number
  readonly batches: readonly RowRange[]
}

/** Tasks that share the work of few queries over many keys, or of many queries over few keys. */
const SOFTMAX_TASKS = 32
/** Queries of a batch for which packing a block of keys costs little. */
const LEAST_BATCH_ROWS = 64

/** The plan of softmax rows of m queries over keys [n, d]. Throws Option. */
export function planSoftmax(
  shape: { rows: number; cols: number },
  queryCount: number,
  options: PlanOptions = {},
): SoftmaxPlan {
  const { shardRows, batchRows } = softmaxCut(shape, queryCount, options)
  return {
    shards: cutRows(shape.rows, shardRows),
    fanIn: fanInOf(options),
    batches: cutRows(queryCount, batchRows),
  }
}

/** Rows of a shard of the keys and of a batch of queries in `planSoftmax`. Throws Option. */
export function softmaxCut(
  { rows: keyCount }: { rows: number },
  queryCount: number,
  options: PlanOptions = {},
): { readonly shardRows: number; readonly batchRows: number } {
  const { queryBatches } = options
  if (queryBatches !== undefined) requireCount('queryBatches', queryBatches)
  // A shard's first keys are compared with few: one shard, where the queries are enough for all threads.
  const own = Math.min(DEFAULT_BATCH_ROWS, Math.max(LEAST_BATCH_ROWS, Math.ceil(queryCount / SOFTMAX_TASKS)))
  const batchRows = queryBatches === undefined ? own : Math.max(1, Math.ceil(queryCount / queryBatches))
  const shards = Math.ceil(SOFTMAX_TASKS / Math.max(1, Math.ceil(queryCount / batchRows)))
  const most = Math.max(SINGLE_SHARD_ROWS, keyCount / shards)
  return { shardRows: requestedRows(keyCount, options) ?? roundUp(most), batchRows }
}

/** A batch of causal queries, which stand in one shard of the keys. */
interface PlacedBatch {
  readonly range: RowRange // of the queries
  readonly shardIndex: number
  /** Row of the keys at which the first stands. */
  readonly position: number
}

/** As `planQueries`, cut at shard boundaries too; query i stands at row queryStart + i. */
export function planCausalQueries(
  queryCount: number,
  queryStart: number,
  shards: readonly RowRange[],
  { queryBatches }: PlanOptions = {},
): readonly PlacedBatch[] {
  if (queryBatches !== undefined) requireCount('queryBatches', queryBatches)
  const rows = queryBatches === undefined ? CHUNK_ROWS : Math.max(1, Math.ceil(queryCount / queryBatches))
  const batches: PlacedBatch[] = []
  shards.forEach((shard, shardIndex) => {
    const end = Math.min(shard.rowEnd - queryStart, queryCount)
    for (let rowStart = Math.max(0, shard.rowStart - queryStart); rowStart < end; rowStart += rows) {
      const range = { rowStart, rowEnd: Math.min(end, rowStart + rows) }
      batches.push({ range, shardIndex, position: queryStart + rowStart })
    }
  })
  return batches
}

function fanInOf({ fanIn = DEFAULT_FAN_IN }: PlanOptions): number {
  if (Number.isInteger(fanIn) && fanIn >= 2) return fanIn
  const message = `${optionText('fanIn')} is ${fanIn}; it must be a whole number of at least 2`
  throw new LevError('Option', message, { option: 'fanIn' })
}

/** Rows of a shard. Throws Option. */
export function shardRowsOf(
  shape: { rows: number; cols: number },
  epsilon: number,
  options: KeyPlanOptions = {},
): number {
  const { rows, cols } = shape
  const requested = requestedRows(rows, options)
  if (requested !== undefined) return requested
  return options.causal ? causalRows(rows, cols) : defaultRows(shape, wideRows(shape, epsilon))
}

/** Rows of a shard that holds many more than U can, so that its own factor leaves few. */
function wideRows({ rows, cols }: { rows: number; cols: number }, epsilon: number): number {
  return roundUp(Math.max(MIN_SHARD_ROWS, Math.min((4 * cols) / epsilon, rows)))
}

function requestedRows(rowCount: number, { shards, shardRows }: PlanOptions): number | undefined {
  if (shards !== undefined && shardRows !== undefined) {
    const message = `${optionText('shards')} and ${optionText('shardRows')} both say how to cut the keys; give one of them`
    throw new LevError('Option', message, { option: 'shards' })
  }
  if (shards !== undefined) {
    requireCount('shards', shards)
    return roundUp(rowCount / shards)
  }
  if (shardRows === undefined) return undefined
  requireCount('shardRows', shardRows)
  if (shardRows % CHUNK_ROWS !== 0) {
    const example = optionText('shardRows', roundUp(shardRows))
    const message = `${optionText('shardRows')} is ${shardRows}; it must be a multiple of ${CHUNK_ROWS}, for instance ${example}`
    throw new LevError('Option', message, { option: 'shardRows' })
  }
  return shardRows
}

function requireCount(option: OptionName, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  const message = `${optionText(option)} is ${value}; it must be a whole number of at least 1`
  throw new LevError('Option', message, { option })
}

/** `wide`: see wideRows. At least MANY_SHARDS, of as much work as a thread should have at a time where that leaves so many. */
function defaultRows({ rows, cols }: { rows: number; cols: number }, wide: number): number {
  if (rows < SINGLE_SHARD_ROWS) return roundUp(rows)
  const ofWork = Math.min(MAX_SHARD_ROWS, SHARD_WORK / (cols * (cols + READ_COLUMNS)))
  return roundUp(Math.min(rows / MANY_SHARDS, Math.max(wide, ofWork)))
}

/** Causal shards start searches, so many are good; each has a Gram of the rows before it, 64 MiB for all where that leaves 8. */
function causalRows(rowCount: number, dim: number): number {
  const most = Math.max(MANY_SHARDS, Math.min(MOST_PREFIXES, Math.floor(PREFIX_BYTES / (8 * dim * dim))))
  return roundUp(rowCount / most)
}

function roundUp(rows: number): number {
  return CHUNK_ROWS * Math.max(1, Math.ceil(rows / CHUNK_ROWS))
}
