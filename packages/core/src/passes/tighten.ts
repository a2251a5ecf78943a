import { rowsIn } from '../matrix/row-ranges.ts'
import { type DualSums, dualSums, mergeDualSums, noDualSums } from '../bounds/power/dual-sums.ts'
import { arrayOf, finite, recordOf, wholeNumber, within } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

interface TightenQuestion {
  readonly exponents: Int32Array // [dim]
  /** One row for each key whose bound is to be lowered [count, dim]. */
  readonly trials: Float64Array
  readonly p: number
}

/** Sums over the keys for dual certificates, p >= 1 (theory.md section 2). */
export const tightenPass = plainPassOf<TightenQuestion, DualSums>({
  kind: 'tighten',
  map: (shard, { exponents, trials, p }) => dualSums(shard, exponents, trials, p),
  zero: ({ question, dim }) => noDualSums(question.trials.length / dim, dim),
  merge: (a, b, { question }) => mergeDualSums(a, b, question.p),
  check(packed, { question, range, dim }) {
    const sums = recordOf(packed, 'sums')
    const trials = question.trials.length / dim
    for (const name of ['powers', 'squares'])
      within(arrayOf(sums[name], Float64Array, name, trials), name, 0, Number.MAX_VALUE)
    finite(arrayOf(sums.combined, Float64Array, 'combined', trials * dim), 'combined')
    finite(arrayOf(sums.grams, Float64Array, 'grams', trials * dim * dim), 'grams')
    wholeNumber(sums.depth, 'depth', 0, 2 * rowsIn(range) + 1024)
  },
})
