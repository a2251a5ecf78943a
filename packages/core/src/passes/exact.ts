import {
  type ExactPart,
  exactShard,
  type ExactTerms,
  mergeExactParts,
  noExactPart,
} from '../search/exact-pass.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

/** All keys against a few queries: row sums, and the pairs that may be heavy (theory.md section 8, the exact pass). */
export const exactPass = plainPassOf<ExactTerms, ExactPart>({
  kind: 'exact',
  ...TRANSIENT,
  map: exactShard,
  zero: ({ question: { queries, p }, dim }) => noExactPart(p, queries.length / dim),
  merge: (a, b) => mergeExactParts(a, b),
})
