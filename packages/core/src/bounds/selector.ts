import { keepsKey, type KeyThreshold } from './filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { Candidates } from '../sums/candidates.ts'
import { boundOf, type Factor } from './factor/factor.ts'
import { NormFilter } from './norm-filter.ts'
import { Scorer, type ScoringFactor } from './scorer.ts'

/** Collects the rows whose bound by one factor reaches a threshold. */
export class Selector {
  readonly candidates: Candidates
  readonly #scorer: Scorer
  readonly #filter: NormFilter
  readonly #factor: Factor
  readonly #threshold: KeyThreshold
  readonly #tau: Float64Array
  readonly #original: Float64Array | undefined

  /** At most `maxRows` rows a call. Takes kernel scratch, which the caller releases. */
  constructor(
    kernels: Kernels,
    factor: Factor,
    threshold: KeyThreshold,
    element: 'f32' | 'f64',
    maxRows: number,
  ) {
    this.candidates = new Candidates(factor.dim, element)
    this.#factor = factor
    this.#threshold = threshold
    this.#scorer = new Scorer(kernels, factor, maxRows)
    this.#filter = new NormFilter(kernels, factor, threshold, element, maxRows)
    this.#tau = kernels.f64(maxRows)
    if (element === 'f64') this.#original = new Float64Array(maxRows * factor.dim)
  }

  /** Looks at rows [rowCount, dim] (kernels' memory, overwritten) that start at `rowStart` of the whole matrix. */
  add(rows: Float32Array | Float64Array, rowCount: number, rowStart: number): void {
    this.addScattered(rows, rowCount, (local) => rowStart + local)
  }

  /** As `add`, for rows from anywhere: `rowIdOf` tells their ids, ascending. */
  addScattered(
    rows: Float32Array | Float64Array,
    rowCount: number,
    rowIdOf: (local: number) => number,
  ): void {
    const { dim } = this.#factor
    this.#original?.set(rows.subarray(0, rowCount * dim))
    this.#scorer.scale(rows, rowCount)
    const localRows = this.#filter.compact(rows, rowCount)
    this.#scorer.score(this.#tau, rows, localRows.length)
    for (let r = 0; r < localRows.length; r++) {
      const bound = boundOf(this.#factor, this.#tau[r])
      if (!keepsKey(bound, this.#threshold)) continue
      const local = localRows[r]
      const key = this.#original
        ? this.#original.subarray(local * dim, (local + 1) * dim)
        : rows.subarray(r * dim, (r + 1) * dim)
      this.candidates.push(rowIdOf(local), bound, key)
    }
  }
}

/** Bounds of all `candidates` by `factor`, in their order; the rows are not changed. */
export function boundsOf(kernels: Kernels, factor: Factor, candidates: Candidates): Float64Array {
  return tausOf(kernels, factor, candidates).map((tau) => boundOf(factor, tau))
}

/** Scores of all `candidates` by `factor`, in their order; entries in columns that are not live are taken for zero. */
export function tausOf(kernels: Kernels, factor: ScoringFactor, candidates: Candidates): Float64Array {
  const taus = new Float64Array(candidates.count)
  const blockRows = Math.max(1, Math.min(candidates.count, 1024))
  return withScratch(kernels, () => {
    const scorer = new Scorer(kernels, factor, blockRows)
    const { dim } = factor
    const rows = scratchRows(kernels, candidates.element, blockRows * dim)
    const tau = kernels.f64(blockRows)
    for (let start = 0; start < candidates.count; start += blockRows) {
      const count = Math.min(blockRows, candidates.count - start)
      rows.set(candidates.keys.subarray(start * dim, (start + count) * dim))
      scorer.scale(rows, count)
      scorer.score(tau, rows, count)
      taus.set(tau.subarray(0, count), start)
    }
    return taus
  })
}
