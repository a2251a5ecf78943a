import type { AttendTerms } from '../attend/attend-terms.ts'
import { keptKeys } from '../attend/kept-keys.ts'
import type { RestTerms } from '../attend/rest-rows.ts'
import type { RestClusters } from '../fixed-set/rest-clusters.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import type { KeyReach } from '../softmax/key-reach.ts'
import type { AttendProblem } from './attend-problem.ts'

/** Queries [m, d], keys [n, d] and values [n, dv] of one head. */
export interface HeadSources {
  readonly queries: MatrixSource
  readonly keys: MatrixSource
  readonly values: MatrixSource
}

/** Of keys and values that take part. */
export interface HeadReaches {
  readonly keys: KeyReach
  readonly values: KeyReach
}

/** Float32 sums of values whose largest entry is of a magnitude from 2^-EASY to 2^EASY; other values take float64. */
const EASY = 60

/** What every batch of queries is asked. `keyIds`: the fixed set. */
export function attendTermsOf(
  { visibility, scale, p, set, sinkTokens, local }: AttendProblem,
  { queries, keys, values }: HeadSources,
  reach: HeadReaches,
  keyIds: Float64Array,
): Omit<AttendTerms, 'batch'> {
  const isSmall = elementOf({ queries, keys, values }) === 'f32' && p === undefined && isEasy(reach.values)
  return {
    queries: queries.spec,
    values: values.spec,
    visibility,
    scale,
    keyCount: keys.rows,
    reach: reach.keys,
    precision: isSmall ? 'f32' : 'f64',
    p,
    kept: 'full' in set ? undefined : keptKeys(keyIds, sinkTokens, visibility, keys.rows),
    local,
  }
}

/** The same of what stands for the keys left out. */
export function restTermsOf(
  { visibility, scale, kept, local, values }: Omit<AttendTerms, 'batch'>,
  { keys }: HeadSources,
  clusters: RestClusters,
): RestTerms {
  return { keys: keys.spec, values, visibility, scale, kept, local, ...clusters }
}

/** Of the output: f64 where an input is. */
export function elementOf(sources: HeadSources): 'f32' | 'f64' {
  return Object.values(sources).some(({ element }: MatrixSource) => element === 'f64') ? 'f64' : 'f32'
}

function isEasy({ largestEntry }: KeyReach): boolean {
  return largestEntry === 0 || (largestEntry >= 2 ** -EASY && largestEntry <= 2 ** EASY)
}
