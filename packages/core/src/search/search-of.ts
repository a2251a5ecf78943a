import { isQuadratic } from '../attention/attention.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { CausalSearch, UncertifiedSearch } from './causal-search.ts'
import { GramSearch } from './gram-search.ts'
import { PowerSearch } from './power-search.ts'
import type { Search, SearchTerms } from './search.ts'
import { SketchSearch } from './sketch-search.ts'

/** Every search, and which sets are its own; the first that serves a set is taken. */
const SEARCHES: readonly {
  readonly serves: (universal: UniversalSet) => boolean
  readonly Search: new (kernels: Kernels, universal: UniversalSet, terms: SearchTerms) => Search
}[] = [
  { serves: ({ prefixes, p }) => prefixes !== undefined && !isQuadratic({ p }), Search: UncertifiedSearch },
  { serves: ({ prefixes }) => prefixes !== undefined, Search: CausalSearch },
  { serves: ({ factor }) => factor.sketch !== undefined, Search: SketchSearch },
  { serves: ({ gramFactor }) => gramFactor !== undefined, Search: PowerSearch },
  { serves: () => true, Search: GramSearch },
]

/** The search that `universal` needs. It holds kernel scratch for as long as it lives: give it kernels of its own. */
export function searchOf(kernels: Kernels, universal: UniversalSet, terms: SearchTerms): Search {
  for (const { serves, Search } of SEARCHES)
    if (serves(universal)) return new Search(kernels, universal, terms)
  throw new LevError('Internal', 'no search serves this universal set')
}
