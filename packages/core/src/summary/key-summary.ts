import { counted } from '../counted.ts'
import { LevError } from '../errors.ts'
import { CHUNK_ROWS, type Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { LEAST_EPSILON } from '../numeric.ts'
import { levFromBytes } from '../storage/lev-reader.ts'
import { levToBytes } from '../storage/lev-writer.ts'
import { firstStep, isAccurate } from '../universal/certificate.ts'
import { qrColumnError } from '../linalg/index.ts'
import { coverRidgeOf, type Factor, factorOf } from '../universal/factor.ts'
import type { HeavyBatch } from '../universal/heavy-batch.ts'
import { heavyPairsOf } from '../universal/heavy-pairs.ts'
import { boundsOf } from '../universal/select.ts'
import { triangularFactor } from '../universal/triangular-factor.ts'
import { type UniversalSet, universalSetOf } from '../universal/universal-set.ts'
import { Candidates } from './candidates.ts'
import { GramAccumulator } from './gram-accumulator.ts'
import { rootOfGram } from './gram-root.ts'
import { GramSum } from './gram-sum.ts'
import type { Mergeable } from './mergeable.ts'
import { dropByEarlier } from './prefix-drop.ts'
import { PendingRows } from './pending-rows.ts'
import { TriangularSum } from './triangular-sum.ts'
import { joinRanges, type RowRanges } from './row-ranges.ts'
import { summaryContent, summaryFrom } from './summary-file.ts'

/**
 * What may drop a key. `whole`: a bound over any rows that contain it; summaries of disjoint rows merge in any order.
 * `prefix`: a bound over rows up to its own alone, so that the keys left serve queries at any position (causal attention);
 * merging needs a.rowEnd = b.rowStart.
 */
export type DropPolicy = 'whole' | 'prefix'

/** What two summaries must share to be merged. */
export interface SummaryTerms {
  readonly dim: number
  readonly epsilon: number
  /** Attention exponent of f(x) = |x|^p; 2 for now. */
  readonly p: number
  readonly policy: DropPolicy
}

/** The mergeable state: what crosses threads, files and steps. */
export interface SummaryState extends SummaryTerms {
  readonly ranges: RowRanges
  readonly gram: GramSum
  /** Keys that may be in U, of all rows outside `openRanges`. */
  readonly candidates: Candidates
  /** Rows whose keys are not held and must be selected from their source again. */
  readonly openRanges: RowRanges
  /** R of the same rows, where the summary carries the triangular form beside the Gram. */
  readonly triangular: TriangularSum | undefined
  /** The largest ridge that a drop used (theory.md section 8); 0 where every drop was by a regular factor. */
  readonly dropRidge: number
}

/**
 * Everything that the universal set of some rows needs: push rows, merge with the summary of other rows, ask for U at
 * any moment, save, load, go on. Memory: dim² numbers, a chunk of rows, and at most about 2 rank/epsilon keys, whatever
 * the number of rows (theory.md section 3).
 */
export class KeySummary implements Mergeable<KeySummary> {
  readonly #kernels: Kernels
  #state: SummaryState
  #pending: PendingRows
  #filteredCount = 0
  /** The last answer, until rows come. */
  #universal: UniversalSet | undefined

  /**
   * `rowStart`: the row id of the first row to come. `form`: 'triangular' carries R by QR beside the Gram, for
   * ill-conditioned rows that cannot be read twice (slower). `policy`: 'whole' by default. `kernels`: scalar by default.
   * Throws Option.
   */
  constructor(
    terms: {
      dim: number
      epsilon: number
      p?: number
      rowStart?: number
      form?: 'gram' | 'triangular'
      policy?: DropPolicy
    },
    kernels: Kernels = scalarKernels(),
  ) {
    const { dim, epsilon, p = 2, rowStart = 0, form = 'gram', policy = 'whole' } = terms
    requireTerms(dim, epsilon, p, rowStart)
    this.#kernels = kernels
    this.#pending = new PendingRows(dim, rowStart)
    const candidates = new Candidates(dim, 'f32')
    const gram = new GramSum(dim)
    this.#state = {
      dim,
      epsilon,
      p,
      policy,
      ranges: [],
      gram,
      candidates,
      openRanges: [],
      triangular: form === 'triangular' ? new TriangularSum(dim, gram.exponents) : undefined,
      dropRidge: 0,
    }
  }

  /** A summary around a state that was computed elsewhere: a shard's. `rowStart`: the row id of the next row. */
  static of(
    state: SummaryState,
    kernels: Kernels = scalarKernels(),
    rowStart: number = state.ranges.at(-1)?.rowEnd ?? 0,
  ): KeySummary {
    const summary = new KeySummary({ ...state, rowStart }, kernels)
    summary.#state = state
    summary.#filteredCount = state.candidates.count
    return summary
  }

  /** Rows absorbed. */
  get rowCount(): number {
    return this.#state.gram.rowCount + this.#pending.rowCount
  }
  /** The state with all pushed rows in it. */
  get state(): SummaryState {
    return this.#pending.rowCount === 0 ? this.#state : this.#withPending()
  }

  /**
   * Absorbs rows [rows.length / dim, dim], row-major; they are copied. Their row ids follow the last row's. `onProgress` is
   * told after each chunk how many of them are in.
   * Throws ShapeMismatch, Option (row ids above 2^53), and Content naming the row and column of a NaN or infinity; then nothing is absorbed.
   */
  update(rows: Float32Array | Float64Array, onProgress?: (rowCount: number) => void): this {
    requireFinite(rows, this.#state.dim, this.#pending.nextRow)
    requireExactIds(this.#pending.nextRow + rows.length / this.#state.dim)
    if (rows.length > 0) this.#universal = undefined
    let rest = rows
    while (rest.length > 0) {
      rest = this.#pending.take(rest)
      if (this.#pending.rowCount === CHUNK_ROWS) this.#flush()
      onProgress?.((rows.length - rest.length) / this.#state.dim)
    }
    return this
  }

  /** Takes in the summary of other rows, of later ones with policy 'prefix'; `other` is unchanged. Throws IncompatibleSummary. */
  merge(other: KeySummary): this {
    this.#state = mergeByPolicy(this.#kernels, this.state, other.state)
    this.#universal = undefined
    this.#pending.clear()
    this.#pending.skipTo(this.#state.ranges.at(-1)?.rowEnd ?? 0)
    this.#filterWhenLarge()
    return this
  }

  /** U of all rows absorbed. Throws Internal where rows are open: those need their source (the coordinator does that). */
  universalSet(): UniversalSet {
    const state = this.state
    const { candidates, openRanges, epsilon } = state
    if (openRanges.length > 0) {
      throw new LevError(
        'Internal',
        `rows from ${openRanges[0].rowStart} on must be selected from their source first`,
      )
    }
    this.#universal ??= universalSetOf(this.#kernels, factorOfState(state), candidates, epsilon)
    return this.#universal
  }

  /**
   * The heavy pairs of `queries` [queries.length / dim, dim], row-major, among all rows absorbed so far: every pair with
   * A_ij >= epsilon, for every query but those listed in `uncertified`, which these rows alone cannot decide. `epsilon`:
   * at least the summary's, which is the default. Throws Option, ShapeMismatch, Content naming the row and column of a NaN
   * or infinity, and as `universalSet`.
   */
  heavyPairs(queries: Float32Array | Float64Array, epsilon = this.#state.epsilon): HeavyBatch {
    if (!(epsilon >= this.#state.epsilon && epsilon <= 1)) {
      const message = `epsilon is ${epsilon}; this summary serves ${this.#state.epsilon} to 1`
      throw new LevError('Option', message, { option: 'epsilon' })
    }
    requireFinite(queries, this.#state.dim, 0)
    return heavyPairsOf(this.#kernels, this.universalSet(), queries, epsilon)
  }

  toBytes(): Uint8Array {
    return levToBytes(summaryContent(this.state))
  }

  /** The summary in `bytes`. Throws Content where they are damaged or not a summary. */
  static fromBytes(bytes: Uint8Array, kernels?: Kernels): KeySummary {
    return KeySummary.of(summaryFrom(levFromBytes(bytes)), kernels)
  }

  #flush(): void {
    this.#state = this.#withPending()
    this.#pending.clear()
    this.#filterWhenLarge()
  }

  /** The state with the pending rows as its last chunk; nothing is changed, so asking early moves no later bit. */
  #withPending(): SummaryState {
    const { rowCount, rowStart, dim } = this.#pending
    const kernels = this.#kernels
    const mark = kernels.mark()
    const rows = this.#pending.copyInto(kernels)
    const accumulator = new GramAccumulator(kernels, dim)
    accumulator.add(rows, rowCount)
    const chunk = accumulator.finish()
    const gram = this.#state.gram.clone().merge(chunk)
    kernels.release(mark)
    const triangular = this.#state.triangular?.clone()
    if (triangular) {
      const columnError = qrColumnError(rowCount, dim)
      const upper = rootOfGram(chunk, columnError)
      if (upper) triangular.absorbRoot({ upper, columnError }, chunk.exponents, gram.exponents)
      else triangular.absorb(this.#pending.toFloat64(), rowCount, gram.exponents)
    }
    const { candidates, dropRidge } = this.#withPendingKeys()
    return {
      ...this.#state,
      ranges: joinRanges(this.#state.ranges, [{ rowStart, rowEnd: rowStart + rowCount }]),
      gram,
      triangular,
      candidates,
      dropRidge,
    }
  }

  /** The keys with the pending ones: with policy 'prefix' those that the rows before the chunk do not exclude. */
  #withPendingKeys(): Pick<SummaryState, 'candidates' | 'dropRidge'> {
    const { policy, gram, candidates, dropRidge, epsilon, dim } = this.#state
    if (policy === 'whole') return { candidates: this.#pending.appendTo(candidates), dropRidge }
    const rows = this.#pending.appendTo(new Candidates(dim, 'f32'))
    const { kept, ridge } = dropByEarlier(this.#kernels, gram, rows, epsilon)
    return { candidates: candidates.union(kept), dropRidge: Math.max(dropRidge, ridge) }
  }

  /** Drops keys once their number has doubled since the last time: amortised, and a function of the rows alone. */
  #filterWhenLarge(): void {
    const { candidates, policy } = this.#state
    if (policy === 'prefix') return
    if (candidates.count < 2 * this.#filteredCount + CHUNK_ROWS) return
    const factor = factorOfState(this.#state)
    const kept = dropBelow(this.#kernels, factor, candidates, this.#state.epsilon)
    this.#filteredCount = kept.count
    this.#state = { ...this.#state, candidates: kept, dropRidge: coverRidgeOf(factor) }
  }
}

/** The factor of a state whose rows cannot be read again: by the Gram where that is good enough, else by R if there is one. */
export function factorOfState({ gram, triangular, dropRidge }: SummaryState): Factor {
  const step = firstStep(gram)
  if (triangular && !isAccurate(step)) return triangularFactor(triangular, gram, dropRidge)
  return factorOf(step, gram.rowCount, dropRidge)
}

/** Early drop: below epsilon (1 - 3 slack), so that the last filter alone decides U (theory.md section 3). */
export function dropBelow(
  kernels: Kernels,
  factor: Factor,
  candidates: Candidates,
  epsilon: number,
): Candidates {
  const bounds = boundsOf(kernels, factor, candidates)
  const threshold = epsilon * (1 - 3 * factor.thresholdSlack)
  return candidates.filter((slot) =>
    bounds[slot] >= threshold ? Math.min(bounds[slot], candidates.bounds[slot]) : undefined,
  )
}

/** The state of both summaries' rows. Throws IncompatibleSummary naming what differs, before anything is changed. */
export function mergeStates(a: SummaryState, b: SummaryState): SummaryState {
  for (const term of ['dim', 'p', 'epsilon', 'policy'] as const) {
    if (a[term] === b[term]) continue
    const name = term === 'dim' ? 'd' : term
    throw new LevError(
      'IncompatibleSummary',
      `one summary has ${name} = ${a[term]}, the other ${b[term]}; they cannot be merged`,
    )
  }
  const ranges = joinRanges(a.ranges, b.ranges)
  if (a.policy === 'prefix') requireConsecutive(a.ranges, b.ranges)
  return {
    ...a,
    ranges,
    gram: a.gram.clone().merge(b.gram),
    candidates: a.candidates.union(b.candidates),
    openRanges: joinRanges(a.openRanges, b.openRanges),
    triangular: mergeTriangular(a, b),
    dropRidge: Math.max(a.dropRidge, b.dropRidge),
  }
}

/** As `mergeStates`; with policy 'prefix' the rows of `a` may exclude keys of `b`, and never the other way. */
export function mergeByPolicy(kernels: Kernels, a: SummaryState, b: SummaryState): SummaryState {
  const merged = mergeStates(a, b)
  if (a.policy === 'whole' || b.candidates.count === 0) return merged
  const { kept, ridge } = dropByEarlier(kernels, a.gram, b.candidates, a.epsilon, a.p)
  return {
    ...merged,
    candidates: a.candidates.union(kept),
    dropRidge: Math.max(merged.dropRidge, ridge),
  }
}

/** Throws IncompatibleSummary unless the rows of `b` follow those of `a`. */
function requireConsecutive(a: RowRanges, b: RowRanges): void {
  if (a.length === 0 || b.length === 0) return
  const [end, start] = [a[a.length - 1].rowEnd, b[0].rowStart]
  if (a.length === 1 && b.length === 1 && end === start) return
  throw new LevError(
    'IncompatibleSummary',
    `causal summaries are merged in row order without gaps: one ends before row ${end}, the other begins at row ${start}`,
    { row: start },
  )
}

/** R of both, where both have one; a summary of no rows needs none. */
function mergeTriangular(a: SummaryState, b: SummaryState): TriangularSum | undefined {
  if (b.gram.rowCount === 0) return a.triangular?.clone()
  if (a.gram.rowCount === 0) return b.triangular?.clone()
  return a.triangular && b.triangular ? a.triangular.clone().merge(b.triangular) : undefined
}

function requireTerms(dim: number, epsilon: number, p: number, rowStart: number): void {
  const complain = (message: string) => new LevError('Option', message)
  if (!(Number.isInteger(dim) && dim >= 1 && dim <= 1024))
    throw complain(`dim is ${dim}; 1 to 1024 columns are possible`)
  if (!(epsilon > 0 && epsilon <= 1)) throw complain(`epsilon is ${epsilon}; it must be in (0, 1]`)
  if (epsilon < LEAST_EPSILON)
    throw complain(`epsilon is ${epsilon}; it must be at least ${LEAST_EPSILON}, or thresholds underflow`)
  if (p !== 2) throw complain(`p is ${p}; only p = 2 is supported so far`)
  if (!(Number.isSafeInteger(rowStart) && rowStart >= 0))
    throw complain(`rowStart is ${rowStart}; it must be a row id`)
}

function requireExactIds(rowEnd: number): void {
  if (rowEnd <= Number.MAX_SAFE_INTEGER) return
  throw new LevError('Option', `row ids up to ${rowEnd} are above 2^53, where they are no longer exact`, {
    option: 'row-offset',
  })
}

function requireFinite(rows: Float32Array | Float64Array, dim: number, rowStart: number): void {
  if (rows.length % dim !== 0) {
    throw new LevError(
      'ShapeMismatch',
      `${counted(rows.length, 'number')}: not a whole number of rows of ${counted(dim, 'column')}`,
    )
  }
  let at = 0
  while (at < rows.length && Number.isFinite(rows[at])) at++
  if (at === rows.length) return
  const row = rowStart + Math.floor(at / dim)
  const column = at % dim
  throw new LevError(
    'Content',
    `row ${row}, column ${column} is ${rows[at]}; every entry must be a finite number`,
    { row, column },
  )
}
