import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { type GramParts, GramSum } from '../sums/gram-sum.ts'
import { passOf, TRANSIENT } from './pass.ts'
import { gramInCoordinates, gramOfRows } from './shard-sweeps.ts'

interface KeyGramQuestion {
  /** Of the columns that `exponents` scale; absent: the columns as they are. */
  readonly coordinates?: Pick<Preconditioner, 'forward' | 'compensated'> | undefined
  readonly exponents?: Int32Array | undefined // [dim]
}

/** The Gram of keys that are chosen from, as it is or in coordinates. */
export const keyGramPass = passOf<KeyGramQuestion, GramSum, GramParts>({
  kind: 'keyGram',
  ...TRANSIENT,
  map: (shard, { coordinates, exponents }) =>
    coordinates && exponents ? gramInCoordinates(shard, coordinates, exponents) : gramOfRows(shard),
  zero: ({ dim }) => new GramSum(dim),
  merge: (a, b) => a.clone().merge(b),
  pack: (sum) => sum.parts,
  unpack: (parts) => new GramSum(parts.gram.length ** 0.5, parts),
})
