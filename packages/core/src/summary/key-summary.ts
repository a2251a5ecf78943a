import { LevError } from '../errors.ts'
import { CHUNK_ROWS, type Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { levFromBytes } from '../storage/lev-reader.ts'
import { levToBytes } from '../storage/lev-writer.ts'
import { firstStep, REFINE_ABOVE_SLACK } from '../universal/certificate.ts'
import { qrColumnError } from '../linalg/index.ts'
import { coverRidgeOf, type Factor, factorOf } from '../universal/factor.ts'
import type { HeavyBatch } from '../universal/heavy-batch.ts'
import { heavyPairsOf } from '../universal/heavy-pairs.ts'
import { boundsOf } from '../universal/select.ts'
import { triangularFactor } from '../universal/triangular-factor.ts'
import type { UniversalOrigin } from '../universal/universal-file.ts'
import { type UniversalSet, universalSetOf } from '../universal/universal-set.ts'
import { Candidates } from './candidates.ts'
import { GramAccumulator } from './gram-accumulator.ts'
import { rootOfGram } from './gram-root.ts'
import { GramSum } from './gram-sum.ts'
import type { Mergeable } from './mergeable.ts'
import { PendingRows } from './pending-rows.ts'
import { TriangularSum } from './triangular-sum.ts'
import { joinRanges, type RowRanges } from './row-ranges.ts'
import { summaryContent, summaryFrom } from './summary-file.ts'
import { absorbWeighted } from './weighted-chunk.ts'
import { noWeightedForm, type WeightedForm } from './weighted-form.ts'
import { mergeWeightedForms, requireWeights } from './weighted-merge.ts'
import { dropByWeights, weightedUniversalSet } from './weighted-summary.ts'

/** What two summaries must share to be merged. */
export interface SummaryTerms {
  readonly dim: number
  readonly epsilon: number
  /** Attention exponent of f(x) = |x|^p, above 0. */
  readonly p: number
  /** What may drop a key: a bound over any rows that contain it ('whole'); causal attention will add 'prefix'. */
  readonly policy: 'whole'
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
  /** The largest ridge that a drop used (theory.md section 8), of M for p other than 2; 0 where every factor was regular. */
  readonly dropRidge: number
  /** p other than 2: the weights' sums. Absent for p = 2, and in files of earlier versions. */
  readonly weighted?: WeightedForm | undefined
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
  #universal: { universal: UniversalSet; state: SummaryState } | undefined

  /**
   * `rowStart`: the row id of the first row to come. `form`: 'triangular' carries R by QR beside the Gram, for
   * ill-conditioned rows that cannot be read twice (slower). `seed`: p other than 2, of the sample of the rows that are
   * not kept. `kernels`: scalar by default. Throws Option.
   */
  constructor(
    terms: {
      dim: number
      epsilon: number
      p?: number
      rowStart?: number
      form?: 'gram' | 'triangular'
      seed?: number
    },
    kernels: Kernels = scalarKernels(),
  ) {
    const { dim, epsilon, p = 2, rowStart = 0, form = 'gram', seed = 1 } = terms
    requireTerms(dim, epsilon, p, rowStart)
    this.#kernels = kernels
    this.#pending = new PendingRows(dim, rowStart)
    const candidates = new Candidates(dim, 'f32')
    const gram = new GramSum(dim)
    this.#state = {
      dim,
      epsilon,
      p,
      policy: 'whole',
      ranges: [],
      gram,
      candidates,
      openRanges: [],
      triangular: form === 'triangular' ? new TriangularSum(dim, gram.exponents) : undefined,
      dropRidge: 0,
      weighted: p === 2 ? undefined : noWeightedForm(dim, form, seed),
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
   * Absorbs rows [rows.length / dim, dim], row-major; they are copied. Their row ids follow the last row's.
   * Throws ShapeMismatch, Option (row ids above 2^53), and Content naming the row and column of a NaN or infinity; then nothing is absorbed.
   */
  update(rows: Float32Array | Float64Array): this {
    requireFinite(rows, this.#state.dim, this.#pending.nextRow)
    requireExactIds(this.#pending.nextRow + rows.length / this.#state.dim)
    if (rows.length > 0) this.#universal = undefined
    let rest = rows
    while (rest.length > 0) {
      rest = this.#pending.take(rest)
      if (this.#pending.rowCount === CHUNK_ROWS) this.#flush()
    }
    return this
  }

  /** Takes in the summary of other rows; `other` is unchanged. Throws IncompatibleSummary. */
  merge(other: KeySummary): this {
    this.#state = mergeStates(this.state, other.state)
    this.#universal = undefined
    this.#pending.clear()
    this.#pending.skipTo(this.#state.ranges.at(-1)?.rowEnd ?? 0)
    this.#filterWhenLarge()
    return this
  }

  /** U of all rows absorbed. Throws Internal where rows are open: those need their source (the coordinator does that). */
  universalSet(): UniversalSet {
    return this.#answer().universal
  }

  /** What a file of `universalSet` keeps beside it. Throws as that does. */
  origin(): Omit<UniversalOrigin, 'shardRows' | 'shardTraces'> {
    return originOf(this.#answer().state)
  }

  #answer(): { universal: UniversalSet; state: SummaryState } {
    const { openRanges } = this.#state
    if (openRanges.length > 0) {
      throw new LevError(
        'Internal',
        `rows from ${openRanges[0].rowStart} on must be selected from their source first`,
      )
    }
    this.#universal ??= universalSetOfState(this.#kernels, this.state)
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
    const { form, arrivals } = this.#weighedPending(gram)
    return {
      ...this.#state,
      ranges: joinRanges(this.#state.ranges, [{ rowStart, rowEnd: rowStart + rowCount }]),
      gram,
      triangular,
      candidates: this.#pending.appendTo(this.#state.candidates, arrivals),
      weighted: form,
    }
  }

  /** p other than 2: the weights' sums with the pending rows in them; `gram` is G with them. */
  #weighedPending(gram: GramSum): { form?: WeightedForm; arrivals?: Float64Array } {
    const { weighted, p } = this.#state
    if (p === 2) return {}
    const kernels = this.#kernels
    const mark = kernels.mark()
    const rows = this.#pending.copyInto(kernels)
    const form = requireWeights(weighted, p)
    const absorbed = absorbWeighted(kernels, p, form, gram, rows, this.#pending.rowCount)
    kernels.release(mark)
    return absorbed
  }

  /** Drops keys once their number has doubled since the last time: amortised, and a function of the rows alone. */
  #filterWhenLarge(): void {
    const { candidates } = this.#state
    if (candidates.count < 2 * this.#filteredCount + CHUNK_ROWS) return
    if (this.#state.p !== 2) {
      this.#state = dropByWeights(this.#kernels, this.#state)
      this.#filteredCount = this.#state.candidates.count
      return
    }
    const factor = factorOfState(this.#state)
    const kept = dropBelow(this.#kernels, factor, candidates, this.#state.epsilon)
    this.#filteredCount = kept.count
    this.#state = { ...this.#state, candidates: kept, dropRidge: coverRidgeOf(factor) }
  }
}

/** The factor of a state whose rows cannot be read again: by the Gram where that is good enough, else by R if there is one. */
export function factorOfState({ gram, triangular, dropRidge }: SummaryState): Factor {
  const step = firstStep(gram)
  if (triangular && !(step.slack <= REFINE_ABOVE_SLACK)) return triangularFactor(triangular, gram, dropRidge)
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
  const { p } = a
  const weighted = (state: SummaryState) => requireWeights(state.weighted, p)
  return {
    ...a,
    ranges,
    gram: a.gram.clone().merge(b.gram),
    candidates: a.candidates.union(b.candidates),
    openRanges: joinRanges(a.openRanges, b.openRanges),
    triangular: mergeTriangular(a, b),
    dropRidge: Math.max(a.dropRidge, b.dropRidge),
    weighted: p === 2 ? undefined : mergeWeightedForms(p, weighted(a), weighted(b)),
  }
}

/** U of a state whose keys are all at hand, and the state whose candidates are U. */
export function universalSetOfState(
  kernels: Kernels,
  state: SummaryState,
): { universal: UniversalSet; state: SummaryState } {
  if (state.p !== 2) return weightedUniversalSet(kernels, state)
  return {
    universal: universalSetOf(kernels, factorOfState(state), state.candidates, state.epsilon),
    state,
  }
}

/** What a file of U keeps of the state that `universalSetOfState` gave with it. */
export function originOf({
  gram,
  ranges,
  triangular,
  weighted,
  candidates,
}: SummaryState): Omit<UniversalOrigin, 'shardRows' | 'shardTraces'> {
  const origin = { gram, ranges, triangular }
  return weighted ? { ...origin, weighted: { form: weighted, arrivals: candidates.arrivals } } : origin
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
  if (!(p > 0 && Number.isFinite(p))) throw complain(`p is ${p}; it must be a number above 0`)
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
      `${rows.length} numbers are not a whole number of rows of ${dim} columns`,
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
