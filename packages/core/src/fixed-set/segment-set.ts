import type { MatrixSource } from '../matrix/matrix-source.ts'
import { rowView } from '../matrix/row-view.ts'
import { chooseLargest } from '../selection/choose.ts'
import { DEFAULT_SEED, type NamedSet } from '../selection/fixed-set.ts'
import type { KeySegment } from '../selection/segments.ts'
import type { Recipe } from './ask.ts'
import { representativesOf } from './kmeans.ts'
import { leverageOf } from './leverage.ts'

/** By a rule that looks at the keys of one segment alone. */
export type SegmentSet = Extract<NamedSet, { readonly rule: unknown }>

/** A leverage that is exactly epsilon is in, whatever its rounding. */
const AT_EPSILON = 1 - 1e-9

export function isOfSegments(set: NamedSet): set is SegmentSet {
  return 'rule' in set && (set.rule === 'leverage' || set.rule === 'kmeans')
}

/** Row ids, ascending, of the keys chosen in one segment of `keys`, whose masked rows are zeros. Throws Content. */
export function* chosenIn(
  keys: MatrixSource,
  { ids, keyRows }: Pick<KeySegment, 'ids' | 'keyRows'>,
  set: SegmentSet,
): Recipe<Float64Array> {
  const rows = ids.map((id) => id - keyRows.rowStart)
  const chosen = yield* rowsChosen(rowView(keys, keyRows), rows, set)
  return chosen.map((row) => row + keyRows.rowStart)
}

function* rowsChosen(keys: MatrixSource, rows: Float64Array, set: SegmentSet): Recipe<Float64Array> {
  if ('keep' in set && set.rule === 'kmeans')
    return yield* representativesOf(keys, rows, set.keep, set.seed ?? DEFAULT_SEED)
  const tau = yield* leverageOf(keys)
  if ('keep' in set) return chooseLargest(tau.map(nineDecimals), rows, set.keep)
  return rows.filter((row) => tau[row] >= set.epsilon * AT_EPSILON)
}

/** As leverage is ranked: keys alike to 9 decimals go by their row ids. */
export function nineDecimals(tau: number): number {
  return Math.round(tau * 1e9)
}
