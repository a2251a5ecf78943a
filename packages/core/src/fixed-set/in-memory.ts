import type { Visibility } from '../attention/visibility.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { MemoryMatrix } from '../matrix/memory-matrix.ts'
import type { NamedSet } from '../selection/fixed-set.ts'
import { followHere } from './ask.ts'
import { fixedSetOf } from './fixed-set-of.ts'
import { type RestClusters, restClustersOf } from './rest-clusters.ts'
import type { KeyHead } from './terms.ts'

/** A row-major matrix [rows, cols], read where it lies. */
export interface DenseRows {
  readonly rows: number
  readonly cols: number
  readonly data: Floats
}

export interface HeadInMemory {
  readonly keys: DenseRows
  /** All query heads of the group, or the one that there is. */
  readonly queries: DenseRows | readonly DenseRows[]
}

type Others = Pick<KeyHead, 'evenQueries' | 'draw'> & { readonly kernels?: Kernels }

/** Row ids, ascending, of the fixed set of one key head; `scale`: default 1/sqrt(d). Throws Option, Content. */
export function fixedSet(
  { keys, queries }: HeadInMemory,
  visibility: Visibility,
  scale: number | undefined,
  set: NamedSet,
  { kernels = scalarKernels(), ...others }: Others = {},
): Float64Array {
  const group = 'data' in queries ? [queries] : queries
  const head = { keys: sourceOf(keys), queries: group.map(sourceOf), visibility, scale, ...others }
  return followHere(fixedSetOf(head, set), kernels)
}

/** As `restClustersOf`, of keys in memory. Throws Content. */
export function restClusters(
  keys: DenseRows,
  visibility: Visibility,
  kept: Float64Array,
  count: number,
  options: { readonly sinkTokens?: number; readonly seed?: number } = {},
  kernels: Kernels = scalarKernels(),
): RestClusters {
  return followHere(restClustersOf({ keys: sourceOf(keys), visibility }, kept, count, options), kernels)
}

function sourceOf({ rows, cols, data }: DenseRows): MatrixSource {
  return new MemoryMatrix({ kind: 'memory', rows, cols, data })
}
