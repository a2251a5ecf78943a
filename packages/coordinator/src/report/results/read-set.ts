import { boundSlackOf, type Factor, type UniversalSet } from '@levattention/core/internal'
import { guaranteeOf } from '../../problem/guarantee.ts'
import type { MissChance } from '../facts/report-facts.ts'
import { ROW_ID_TYPES, withResult } from '../../outputs/result-arrays.ts'

/** What a file of a universal set says, as far as a report shows it. */
export interface ReadSet extends Pick<UniversalSet, 'rowIds' | 'bounds' | 'rowCount' | 'epsilon' | 'p'> {
  readonly path: string
  readonly dim?: number
  readonly isCausal: boolean
  readonly rank?: number
  readonly condition?: number
  readonly thresholdSlack?: number
  /** As of a head. */
  readonly chance?: MissChance
}

/** What a .lev holds; `set` as core's `openUniversalSet` gives it. */
export function setOf(
  path: string,
  set: Omit<UniversalSet, 'factor'> & { readonly factor: object },
): ReadSet {
  const { rank, condition, thresholdSlack, sketch } = set.factor as Partial<Factor>
  const { rowIds, bounds, rowCount, epsilon, p, dim } = set
  return {
    path,
    rowIds,
    bounds,
    rowCount,
    epsilon,
    p,
    dim,
    isCausal: 'prefixes' in set && set.prefixes !== undefined,
    ...(rank !== undefined && { rank }),
    ...(condition !== undefined && { condition }),
    ...(thresholdSlack !== undefined && { thresholdSlack: boundSlackOf(set.factor as Factor) }),
    ...(sketch && chanceOf(guaranteeOf({ dim, sketch }, epsilon).guarantee.delta)),
  }
}

function chanceOf(delta = 1): Pick<ReadSet, 'chance'> {
  return { chance: { by: 'sketches', delta } }
}

/** The same of a u.npz. Throws Content, naming the array, where a number of it is wrong. */
export function readSetNpz(path: string): ReadSet {
  return withResult(path, (arrays) => {
    const meta = arrays.meta()
    const [count] = arrays.shape('bounds', 1)
    return {
      path,
      rowIds: arrays.all('rowIds', ROW_ID_TYPES, count),
      bounds: arrays.all('bounds', ['f64'], count),
      rowCount: meta.integer('n', 0),
      epsilon: meta.number('epsilon', 0, 1),
      p: meta.number('p', 0, Number.MAX_VALUE),
      isCausal: meta.truth('causal'),
      ...(meta.has('delta') && chanceOf(meta.number('delta', 0, 1))),
    }
  })
}
