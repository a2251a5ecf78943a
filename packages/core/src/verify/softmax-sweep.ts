import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, type ShardRows } from '../matrix/row-blocks.ts'
import { type CandidatePairs, Candidates, type PairClaims } from './candidates.ts'
import { LogitBlock, type LogitTerms } from './logit-block.ts'
import { PairList, type VerifyPairs } from './pair-list.ts'
import { addLogits, joinLogSums, type LogSums, noLogSums } from './row-sums.ts'
import { takesPart } from './sees.ts'
import { firstAtLeast } from './sweep.ts'

/** What brute force is asked of the softmax rows of a few queries. Plain data. */
export interface SoftmaxVerifyQuestion extends LogitTerms, PairClaims {
  /** Pairs whose dots are wanted whatever they are, by key; `listedQueries` are local. */
  readonly listedQueries: Uint32Array
  readonly listedKeys: Float64Array
}

export interface SoftmaxVerifySum {
  readonly rows: LogSums
  /** At least max |k| of the keys that take part, and above it by rounding alone. */
  readonly largestNorm: number
  readonly candidates: CandidatePairs
  /** The listed pairs of the rows, in the question's order. */
  readonly listed: VerifyPairs
}

/**
 * One shard's keys against the question's queries: dots in plain float64, each row's log-sum-exp, and the pairs that may be wanted.
 * Nothing of softmax/ or of its kernels plays a part.
 *
 * Errors, u = 2^-53, reach = scale |q| max|k|. A dot is off by gamma_d |q||k|, its product with the scale, its distance from the row's
 * maximum and all raises of that maximum by 5 u reach more: a logit is off by mu = gamma_{d+10} reach at most, so log Σ by mu, and by
 * gamma of the additions on one way (rows of a block, 4 roundings a block and a merge) besides.
 */
export class SoftmaxSweep {
  readonly #question: SoftmaxVerifyQuestion
  readonly #shard: ShardRows
  readonly #logits: LogitBlock
  readonly #rows: LogSums
  readonly #candidates: Candidates
  readonly #listed: PairList
  #nextListed: number
  #largestNorm = 0

  /** Takes kernel scratch, which the caller releases. */
  constructor(question: SoftmaxVerifyQuestion, shard: ShardRows) {
    const { source, range, kernels } = shard
    this.#question = question
    this.#shard = shard
    this.#logits = new LogitBlock(kernels, question, source.cols, blockRowsOf(source))
    this.#rows = noLogSums(this.#logits.queryCount)
    this.#candidates = new Candidates(question, this.#logits.queryCount)
    this.#listed = new PairList(question.queries, source.cols)
    this.#nextListed = firstAtLeast(question.listedKeys, range)
  }

  /** `rows` [rowCount, dim], in the kernels' memory. Throws Content where a key that takes part is not finite. */
  add(rows: Float32Array | Float64Array, rowCount: number, rowStart: number): void {
    this.#measure(rows, rowCount, rowStart)
    const logits = this.#logits.compute(rows, rowCount, rowStart)
    addLogits(this.#rows, logits)
    this.#candidates.add(logits, rowStart, this.#rows)
    const { listedKeys, listedQueries } = this.#question
    for (; listedKeys[this.#nextListed] < rowStart + rowCount; this.#nextListed++) {
      const keyId = listedKeys[this.#nextListed]
      this.#listed.push(listedQueries[this.#nextListed], keyId, rows, keyId - rowStart)
    }
  }

  finish(): SoftmaxVerifySum {
    return {
      rows: this.#rows,
      largestNorm: this.#largestNorm,
      candidates: this.#candidates.pairs(this.#rows),
      listed: this.#listed.pairs(),
    }
  }

  /** Zeros where nobody looks. */
  #measure(rows: Float32Array | Float64Array, rowCount: number, rowStart: number): void {
    const dim = rows.length / rowCount
    for (let row = 0; row < rowCount; row++) {
      const key = rows.subarray(row * dim, (row + 1) * dim)
      if (!takesPart(this.#question.visibility, rowStart + row)) key.fill(0)
      if (!key.every(Number.isFinite)) throwNonFinite(this.#shard.source, rowStart + row, 1)
      this.#largestNorm = Math.max(this.#largestNorm, normOf(key))
    }
  }
}

export function noSoftmaxSum({ queryIds }: SoftmaxVerifyQuestion): SoftmaxVerifySum {
  const noPairs = { queries: new Uint32Array(0), keyIds: new Float64Array(0) }
  return {
    rows: noLogSums(queryIds.length),
    largestNorm: 0,
    candidates: { ...noPairs, logits: new Float64Array(0) },
    listed: { ...noPairs, dots: new Float64Array(0), absolutes: new Float64Array(0) },
  }
}

/** Without `listed`, which the pass joins as all passes of verify do. */
export function mergeSoftmaxRows(
  a: SoftmaxVerifySum,
  b: SoftmaxVerifySum,
  question: SoftmaxVerifyQuestion,
): Omit<SoftmaxVerifySum, 'listed'> {
  const rows = joinLogSums(a.rows, b.rows)
  const candidates = new Candidates(question, question.queryIds.length).join(a.candidates).join(b.candidates)
  return {
    rows,
    largestNorm: Math.max(a.largestNorm, b.largestNorm),
    candidates: candidates.pairs(rows),
  }
}

/** |values|, or above it by rounding alone. */
export function normOf(values: Float32Array | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value * value
  // Squares that over- or underflow.
  const norm = sum > 1e-280 && sum < 1e300 ? Math.sqrt(sum) : Math.hypot(...values)
  return norm * (1 + 1e-12)
}
