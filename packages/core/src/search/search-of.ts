import type { Kernels } from '../kernels/kernels.ts'
import { SketchSearch } from './sketch-search.ts'
import { HeavySearch } from './gram-search.ts'
import { PowerSearch, type ScoresMode } from './power-search.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

/** What settles queries and finds their pairs: by p and method. */
export type QuerySearch = HeavySearch | PowerSearch | SketchSearch

/** The search that `universal` needs. It holds kernel scratch for as long as it lives: give it kernels of its own. */
export function searchOf(
  kernels: Kernels,
  universal: UniversalSet,
  epsilon: number,
  scores: ScoresMode,
): QuerySearch {
  const { plain, factor } = universal
  if (factor.sketch) return new SketchSearch(kernels, universal, factor.sketch, epsilon)
  if (plain) return new PowerSearch(kernels, universal, plain, epsilon, scores)
  return new HeavySearch(kernels, universal, epsilon)
}
