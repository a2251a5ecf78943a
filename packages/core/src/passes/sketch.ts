import { sketchRows } from '../sums/sketch-rows.ts'
import { SketchSum } from '../sums/sketch-sum.ts'
import type { SketchTerms } from '../sums/sketch-terms.ts'
import { shardState, summaryPassOf } from './summary-pass.ts'

interface SketchQuestion {
  readonly terms: SketchTerms
  readonly epsilon: number
  /** Row ids, by which a row's place in a sketch is drawn, count from here; ranges do not. */
  readonly rowOffset: number
}

/** Sketches of the keys, and the squares of their columns (theory.md section 9); the keys stay open. */
export const sketchPass = summaryPassOf<SketchQuestion>({
  kind: 'sketch',
  map(shard, { terms, epsilon, rowOffset }) {
    const { gram, sketch } = sketchRows(shard, terms, rowOffset)
    return shardState(shard, epsilon, gram, undefined, { sketch })
  },
  terms: ({ epsilon }) => ({ epsilon }),
  zero: ({ terms }, nothing) => ({
    ...nothing,
    sketch: new SketchSum(nothing.dim, terms, nothing.gram.exponents),
  }),
})
