import { isQuadratic } from '../attention/attention.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { CausalSearch, UncertifiedSearch } from './causal-search.ts'
import { EstimateSearch } from './estimate-search.ts'
import type { ExactPrecision } from './exact-pass.ts'
import { GramSearch } from './gram-search.ts'
import { PowerSearch } from './power-search.ts'
import type { ScoresMode, Search, SearchTerms } from './search.ts'
import { SketchSearch } from './sketch-search.ts'

/** Every search, and which sets are its own; the first that serves a set is taken. */
const SEARCHES: readonly {
  readonly serves: (universal: UniversalSet, scores?: ScoresMode) => boolean
  readonly Search: new (kernels: Kernels, universal: UniversalSet, terms: SearchTerms) => Search
  /** With which the exact pass begins on queries that it leaves: those that a Gram leaves are hard ones. */
  readonly exactFrom: ExactPrecision
}[] = [
  {
    serves: ({ prefixes, p }) => prefixes !== undefined && !isQuadratic({ p }),
    Search: UncertifiedSearch,
    exactFrom: 'float64',
  },
  { serves: ({ prefixes }) => prefixes !== undefined, Search: CausalSearch, exactFrom: 'compensated' },
  { serves: ({ factor }) => factor.sketch !== undefined, Search: SketchSearch, exactFrom: 'float64' },
  {
    serves: ({ gramFactor }, scores) => gramFactor !== undefined && scores === 'estimate',
    Search: EstimateSearch,
    exactFrom: 'float64',
  },
  { serves: ({ gramFactor }) => gramFactor !== undefined, Search: PowerSearch, exactFrom: 'float64' },
  { serves: () => true, Search: GramSearch, exactFrom: 'compensated' },
]

/** The search that `universal` needs. It holds kernel scratch for as long as it lives: give it kernels of its own. */
export function searchOf(kernels: Kernels, universal: UniversalSet, terms: SearchTerms): Search {
  const { Search } = rowOf(universal, terms.scores)
  return new Search(kernels, universal, terms)
}

/** The precision in which queries are tried first that the search of `universal` leaves undecided. */
export function firstPrecision(universal: UniversalSet): ExactPrecision {
  return rowOf(universal).exactFrom
}

function rowOf(universal: UniversalSet, scores?: ScoresMode) {
  const row = SEARCHES.find(({ serves }) => serves(universal, scores))
  if (row) return row
  throw new LevError('Internal', 'no search serves this universal set')
}
