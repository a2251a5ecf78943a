import { requireBytes, requireFloats } from '../arguments/floats.ts'
import { CALLBACK } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { LevError } from '../errors/errors.ts'
import { CHUNK_ROWS, type Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { levFromBytes } from '../lev/lev-reader.ts'
import { levToBytes } from '../lev/lev-writer.ts'
import { qrColumnError } from '../linalg/qr-error.ts'
import { coverRidgeOf } from '../bounds/factor/factor.ts'
import type { HeavyBatch } from '../pairs/heavy-batch.ts'
import { heavyPairsOf } from '../search/heavy-pairs-of.ts'
import type { MergeRecord } from '../summary/merge-record.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { Candidates } from '../sums/candidates.ts'
import { GramAccumulator } from '../sums/gram-accumulator.ts'
import { rootOfGram } from '../bounds/factor/gram-root.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { mergeByPolicy } from '../summary/merge-states.ts'
import { dropByEarlier } from '../bounds/causal/prefix-drop.ts'
import { PendingRows } from '../sums/pending-rows.ts'
import { TriangularSum } from '../sums/triangular-sum.ts'
import { joinRanges } from '../matrix/row-ranges.ts'
import { ToldRows } from './told-rows.ts'
import { dropBelow, factorOfState } from '../summary/state-factor.ts'
import { requireKernels, requireServed, requireSummary, requireTerms } from '../summary/summary-arguments.ts'
import { requireExact, requireExactIds, requireFinite } from '../summary/summary-checks.ts'
import { summaryContent, summaryFrom } from '../stored/summary-file.ts'
import { mergeRecordOf, universalSetOfState } from '../summary/summary-answer.ts'
import type { KeySummaryTerms, SummaryState } from '../summary/summary-state.ts'
import { absorbWeighted } from '../bounds/power/weighted-chunk.ts'
import { noWeightedForm, type WeightedForm, weightsOf } from '../sums/weighted-form.ts'
import { unusable } from '../validation/block-checks.ts'
import { dropByWeights } from '../summary/weighted-summary.ts'

/**
 * The summary as our own packages use it, on kernels of theirs and with its state; `public-key-summary.ts` says what its
 * users are promised.
 *
 * It is a commutative monoid over disjoint sets of rows (test/laws): merging is associative and commutative up to rounding; a
 * summary of no rows is the identity; `fromBytes(toBytes(s))` equals s. Merging is **not** idempotent: a row that is counted
 * twice halves its score, so a summary carries its row ranges and `merge` refuses an overlap. Floating addition is not
 * associative: equal bytes need one fixed order, the plan's tree.
 */
export class KeySummary {
  readonly #kernels: Kernels
  #state: SummaryState
  #pending: PendingRows
  #filteredCount = 0
  /** The last answer, and the state whose candidates are its keys, until rows come. */
  #universal: { universal: UniversalSet; state: SummaryState } | undefined

  /** `kernels`: scalar by default. Throws Option. */
  constructor(terms: KeySummaryTerms, kernels: Kernels = scalarKernels()) {
    requireTerms(terms)
    requireKernels(kernels)
    const { dim, epsilon, p = 2, rowStart = 0, form = 'gram', policy = 'whole', seed = 1 } = terms
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
      weighted: noWeightedForm({ p }, dim, form, seed),
    }
  }

  /** A summary around a state that was computed elsewhere: a shard's. `rowStart`: the row id of the next row. */
  static of(
    state: SummaryState,
    kernels: Kernels = scalarKernels(),
    rowStart: number = state.ranges.at(-1)?.rowEnd ?? 0,
  ): KeySummary {
    const { dim, epsilon, p, policy } = state
    const summary = new KeySummary({ dim, epsilon, p, policy, rowStart }, kernels)
    summary.#state = state
    summary.#filteredCount = state.candidates.count
    return summary
  }

  get rowCount(): number {
    return this.#state.gram.rowCount + this.#pending.rowCount
  }
  /** The state with all pushed rows in it. */
  get state(): SummaryState {
    return this.#pending.rowCount === 0 ? this.#state : this.#withPending()
  }

  update(rows: Float32Array | Float64Array, onProgress?: (rowCount: number) => void): this {
    const numbers = requireFloats('update: rows', rows)
    requireOptions('update', { onProgress: CALLBACK }, { onProgress })
    requireExact(this.#state)
    requireFinite(numbers, this.#state.dim, 'keys', this.#pending.nextRow)
    requireExactIds(this.#pending.nextRow + numbers.length / this.#state.dim)
    if (numbers.length > 0) this.#universal = undefined
    const told = new ToldRows(onProgress)
    let rest = numbers
    while (rest.length > 0) {
      rest = this.#pending.take(rest)
      if (this.#pending.rowCount === CHUNK_ROWS) this.#flush()
      told.tell((numbers.length - rest.length) / this.#state.dim)
    }
    told.throwIfFailed()
    return this
  }

  merge(other: KeySummary): this {
    requireSummary(other, (value) => #pending in value)
    this.#state = mergeByPolicy(this.#kernels, this.state, other.state)
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
  origin(): Omit<MergeRecord, 'shardRows' | 'shardSquaredNorms'> {
    return mergeRecordOf(this.#answer().state)
  }

  #answer(): { universal: UniversalSet; state: SummaryState } {
    const { openRanges } = this.#state
    if (openRanges.length > 0) {
      const message = `rows from ${openRanges[0].rowStart} on must be selected from their source first`
      throw new LevError('Internal', message)
    }
    this.#universal ??= universalSetOfState(this.#kernels, this.state)
    return this.#universal
  }

  /** Throws as `universalSet` beside what it promises. */
  heavyPairs(queries: Float32Array | Float64Array, epsilon = this.#state.epsilon): HeavyBatch {
    const numbers = requireFloats('heavyPairs: queries', queries)
    requireServed(epsilon, this.#state.epsilon)
    requireFinite(numbers, this.#state.dim, 'queries')
    return heavyPairsOf(this.#kernels, this.universalSet(), numbers, epsilon)
  }

  toBytes(): Uint8Array {
    return levToBytes(summaryContent(this.state))
  }

  static fromBytes(bytes: Uint8Array, kernels?: Kernels): KeySummary {
    const file = levFromBytes(requireBytes('fromBytes: bytes', bytes))
    const state = summaryFrom(file)
    const { openRanges } = state
    if (openRanges.length > 0)
      throw unusable(
        file.name,
        'openRanges',
        'empty',
        openRanges.map((range) => Object.values(range)),
      )
    return KeySummary.of(state, kernels)
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
    const chunk = withScratch(kernels, () => {
      const accumulator = new GramAccumulator(kernels, dim)
      accumulator.add(this.#pending.copyInto(kernels), rowCount)
      return accumulator.finish()
    })
    const gram = this.#state.gram.clone().merge(chunk)
    const triangular = this.#state.triangular?.clone()
    if (triangular) {
      const columnError = qrColumnError(rowCount, dim)
      const upper = rootOfGram(chunk, columnError)
      if (upper) triangular.absorbRoot({ upper, columnError }, chunk.exponents, gram.exponents)
      else triangular.absorb(this.#pending.toFloat64(), rowCount, gram.exponents)
    }
    const { form, entryScores } = this.#weighedPending(gram)
    const { candidates, dropRidge } = this.#withPendingKeys(entryScores)
    return {
      ...this.#state,
      ranges: joinRanges(this.#state.ranges, [{ rowStart, rowEnd: rowStart + rowCount }]),
      gram,
      triangular,
      candidates,
      dropRidge,
      weighted: form,
    }
  }

  /** p other than 2: the weights' sums with the pending rows in them, and these rows' v; `gram` is G with them. */
  #weighedPending(gram: GramSum): { form?: WeightedForm; entryScores?: Float64Array } {
    const form = weightsOf(this.#state)
    if (!form) return {}
    const { p } = this.#state
    const kernels = this.#kernels
    return withScratch(kernels, () => {
      const rows = this.#pending.copyInto(kernels)
      return absorbWeighted(kernels, p, form, gram, rows, this.#pending.rowCount)
    })
  }

  /** The keys with the pending ones: with policy 'prefix' those that the rows before the chunk do not exclude. */
  #withPendingKeys(entryScores?: Float64Array): Pick<SummaryState, 'candidates' | 'dropRidge'> {
    const { policy, gram, candidates, dropRidge, epsilon, dim } = this.#state
    if (policy === 'whole') return { candidates: this.#pending.appendTo(candidates, entryScores), dropRidge }
    const rows = this.#pending.appendTo(new Candidates(dim, 'f32'))
    const { kept, ridge } = dropByEarlier(this.#kernels, gram, rows, epsilon)
    return { candidates: candidates.union(kept), dropRidge: Math.max(dropRidge, ridge) }
  }

  /** Drops keys once their number has doubled since the last time: amortised, and a function of the rows alone. */
  #filterWhenLarge(): void {
    const { candidates, policy, sketch } = this.#state
    // Each filter by a sketch adds to what may fail: only the last one is made.
    if (policy === 'prefix' || sketch) return
    if (candidates.count < 2 * this.#filteredCount + CHUNK_ROWS) return
    const form = weightsOf(this.#state)
    if (form) {
      this.#state = dropByWeights(this.#kernels, this.#state, form)
      this.#filteredCount = this.#state.candidates.count
      return
    }
    const factor = factorOfState(this.#state, this.#kernels)
    const kept = dropBelow(this.#kernels, factor, candidates, this.#state.epsilon)
    this.#filteredCount = kept.count
    this.#state = { ...this.#state, candidates: kept, dropRidge: coverRidgeOf(factor) }
  }
}
