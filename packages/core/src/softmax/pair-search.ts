import { LEAST_HITS, type Floats, type SoftmaxBlock, type SoftmaxHits } from '../kernels/softmax-kernels.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { mergeSoftmaxRows } from '../kernels/merge-softmax-rows.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { forEachKeyBlock, type KeyBlock } from './key-blocks.ts'
import { type DotColumns, filterPairs, GrowingPairs, joinPairs } from './pair-columns.ts'
import {
  errorOf,
  isFloat32Row,
  type QueryBatch,
  queryBatch,
  type QueryGroup,
  type SoftmaxTerms,
} from './query-groups.ts'
import { TopKeys, topPairs } from './top-keys.ts'

/** Which pairs of a row are wanted; both: those that both want. */
export interface PairLimits {
  /** A_ij >= epsilon. */
  readonly epsilon?: number | undefined
  /** The keys of the largest A_ij, so many a row; ties by row id. */
  readonly top?: number | undefined
}

export type PairTerms = SoftmaxTerms & PairLimits

/** Softmax rows of a batch over some keys, and the pairs that may be wanted: a superset, by query, keys ascending. */
export interface PairSum extends DotColumns {
  /** [queries of the batch]; see SoftmaxRows. */
  readonly shifts: Float64Array
  readonly totals: Float64Array
  /** scale |q| max|k| of each query, rounded up. */
  readonly reaches: Float64Array
}

/**
 * Rows of which float32 knows a pair's place above or below epsilon no better than 4e-4 go to float64: 2 mu + 8e-6 is what their
 * thresholds are lowered by (docs/theory.md section 7).
 */
export const MOST_PAIR_ERROR = (4e-4 - 8e-6) / 2

const HITS = 64 * LEAST_HITS
/** Candidates that are looked through again: so many, and twice what was left the last time. */
const PRUNE_FROM = 2 ** 20
/** Of `top` alone: the first keys, all of which are candidates. */
const FIRST_KEYS = 256

/** The rows and pairs of the batch of `terms` over the keys of `shard`. Throws Content as `queryBatch`, and where a key is not finite. */
export function searchPairs(shard: ShardRows, terms: PairTerms): PairSum {
  const { kernels } = shard
  return withScratch(kernels, () => {
    const batch = queryBatch(shard, terms, MOST_PAIR_ERROR)
    const searches = batch.groups.map((group) => new GroupSearch(kernels, group, batch, terms))
    forEachKeyBlock(shard, terms.visibility, batch.keyScaling, (keys) => {
      for (const search of searches) search.add(keys)
    })
    const sum = {
      shifts: new Float64Array(batch.count).fill(-Infinity),
      totals: new Float64Array(batch.count),
      reaches: batch.reaches,
    }
    let pairs: DotColumns = new GrowingPairs().sorted(batch.count)
    searches.forEach((search, s) => {
      const { places, rows } = batch.groups[s]
      places.forEach((place, g) => {
        sum.shifts[place] = rows.shifts[g]
        sum.totals[place] = rows.totals[g]
      })
      pairs = joinPairs(pairs, search.finish(), batch.count)
    })
    return { ...sum, ...pairs }
  })
}

/** The pairs of one precision. */
class GroupSearch {
  readonly #group: QueryGroup
  readonly #batch: QueryBatch
  readonly #terms: PairTerms
  readonly #hits: SoftmaxHits<Floats>
  readonly #thresholds: Float64Array
  /** Octaves by which a threshold of each query is lowered. */
  readonly #margins: Float64Array
  /** What a hit's logit must be at least by now, in octaves. */
  readonly #limits: Float64Array
  readonly #top: TopKeys | undefined
  readonly #found = new GrowingPairs()
  #pruneFrom = PRUNE_FROM
  #keysSeen = 0

  constructor(kernels: Kernels, group: QueryGroup, batch: QueryBatch, terms: PairTerms) {
    this.#group = group
    this.#batch = batch
    this.#terms = terms
    const { places, isFloat64 } = group
    const dim = batch.rows.length / batch.count
    const error = errorOf(isFloat64, terms)
    this.#hits = roomForHits(kernels, isFloat64)
    this.#thresholds = kernels.f64(places.length)
    this.#margins = new Float64Array(places.length)
    this.#limits = new Float64Array(places.length).fill(-Infinity)
    const { epsilon = 1, top } = terms
    places.forEach((place, g) => {
      const mu = error.logit(dim, batch.reaches[place])
      this.#thresholds[g] = error.threshold(epsilon, mu)
      this.#margins[g] = error.threshold(1, mu)
    })
    this.#top = terms.epsilon === undefined && top !== undefined ? new TopKeys(places.length, top) : undefined
    if (this.#top) this.#thresholds.fill(-Infinity)
  }

  add(keys: KeyBlock): void {
    if (!this.#top) {
      this.#addPart(keys, 0, keys.count)
      return
    }
    // Thresholds of the keys so far, so that each part finds about `top` more.
    for (let from = 0; from < keys.count;) {
      const to = Math.min(keys.count, from + Math.max(FIRST_KEYS, this.#keysSeen))
      this.#addPart(keys, from, to)
      this.#keysSeen += to - from
      from = to
      this.#raiseToTop(this.#top)
    }
  }

  /** By query, keys ascending. */
  finish(): DotColumns {
    const { places } = this.#group
    if (!this.#top) this.#prune()
    const pairs = this.#top?.pairs() ?? this.#found.sorted(places.length)
    return { ...pairs, queries: pairs.queries.map((g) => places[g]) }
  }

  #addPart(keys: KeyBlock, from: number, to: number): void {
    const block = this.#group.block(keys, from, to)
    if (!block) return
    const { softmax, rows } = this.#group
    const thresholdsOf = this.#top ? 'logits' : 'weights'
    do {
      const count = softmax.softmaxPairs(this.#hits, rows, this.#thresholds, block, thresholdsOf)
      this.#take(count, keys, from, block)
    } while (this.#hits.progress[0] !== 0)
    if (this.#found.count >= this.#pruneFrom) {
      this.#prune()
      this.#pruneFrom = Math.max(PRUNE_FROM, 2 * this.#found.count)
    }
  }

  /** The dots of the hits that are hits still, with what their row has seen by now. */
  #take(count: number, keys: KeyBlock, from: number, { dim }: SoftmaxBlock<Floats>): void {
    const { places } = this.#group
    const { queries, keys: hitKeys, logits } = this.#hits
    const limits = this.#raiseLimits()
    for (let i = 0; i < count; i++) {
      const g = queries[i]
      if (logits[i] < limits[g]) continue
      const key = from + hitKeys[i]
      const dot = dotOf(this.#batch.rows, places[g] * dim, keys.rows, key * dim, dim)
      if (this.#top) this.#top.push(g, keys.rowStart + key, dot)
      else this.#found.push(g, keys.rowStart + key, dot)
    }
  }

  #raiseLimits(): Float64Array {
    const { shifts, totals } = this.#group.rows
    if (this.#top) return this.#limits
    for (let g = 0; g < this.#limits.length; g++)
      this.#limits[g] = shifts[g] + Math.log2(totals[g]) + this.#thresholds[g]
    return this.#limits
  }

  #prune(): void {
    const limits = this.#raiseLimits()
    const octaves = this.#terms.scale * Math.LOG2E
    this.#found.filter((g, dot) => dot * octaves >= limits[g])
  }

  #raiseToTop(top: TopKeys): void {
    top.cut()
    const octaves = this.#terms.scale * Math.LOG2E
    for (let g = 0; g < this.#thresholds.length; g++)
      this.#thresholds[g] = top.least[g] * octaves + this.#margins[g]
  }
}

function roomForHits(kernels: Kernels, isFloat64: boolean): SoftmaxHits<Floats> {
  return {
    queries: kernels.u32(HITS),
    keys: kernels.u32(HITS),
    logits: isFloat64 ? new Float64Array(HITS) : kernels.f32(HITS),
    capacity: HITS,
    progress: kernels.u32(1),
  }
}

/** <q, k> in float64. */
function dotOf(queries: Floats, q: number, keys: Floats, k: number, dim: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = dim - (dim % 4)
  for (let a = 0; a < whole; a += 4) {
    s0 += queries[q + a] * keys[k + a]
    s1 += queries[q + a + 1] * keys[k + a + 1]
    s2 += queries[q + a + 2] * keys[k + a + 2]
    s3 += queries[q + a + 3] * keys[k + a + 3]
  }
  for (let a = whole; a < dim; a++) s0 += queries[q + a] * keys[k + a]
  return s0 + s1 + (s2 + s3)
}

/** No keys: nothing is seen. */
export function noPairSum({ batch }: Pick<PairTerms, 'batch'>): PairSum {
  const count = batch.rowEnd - batch.rowStart
  return {
    shifts: new Float64Array(count).fill(-Infinity),
    totals: new Float64Array(count),
    reaches: new Float64Array(count),
    ...new GrowingPairs().sorted(count),
  }
}

/** Of keys and those behind them; neither is changed. */
export function mergePairSums(a: PairSum, b: PairSum, terms: PairTerms, dim: number): PairSum {
  const count = a.shifts.length
  const rows = { shifts: a.shifts.slice(), totals: a.totals.slice() }
  mergeSoftmaxRows(rows, b)
  const reaches = a.reaches.map((reach, q) => Math.max(reach, b.reaches[q]))
  const pairs = joinPairs(a, b, count)
  const sum = { ...rows, reaches, ...pairs }
  const { epsilon, top } = terms
  if (epsilon === undefined) return { ...sum, ...(top === undefined ? pairs : topPairs(pairs, count, top)) }
  return { ...sum, ...filterPairs(pairs, keepsPair(sum, terms, epsilon, dim)) }
}

/** Whether pair `at` of `sum` may be heavy, by the rows so far. */
function keepsPair(sum: PairSum, terms: PairTerms, epsilon: number, dim: number): (at: number) => boolean {
  const octaves = terms.scale * Math.LOG2E
  const limits = sum.shifts.map((shift, q) => {
    const isFloat64 = !isFloat32Row(terms, dim, sum.reaches[q], MOST_PAIR_ERROR)
    const error = errorOf(isFloat64, terms)
    const mu = error.logit(dim, sum.reaches[q])
    return shift + Math.log2(sum.totals[q]) + error.threshold(epsilon, mu)
  })
  return (at) => sum.dots[at] * octaves >= limits[sum.queries[at]]
}
