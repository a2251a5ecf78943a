import { BEST, type CoveredSelect } from '../problem/covered-select.ts'

/** A selection of the problem, at one number of keys. */
export interface CoveredColumn {
  readonly select: CoveredSelect
  /** Null where nothing is kept: local keys and sinks alone. */
  readonly keep: number | null
  readonly fit: Fit
  /** What joins it. */
  readonly hasLocal: boolean
  readonly hasSinks: boolean
  readonly hasRest: boolean
}

/** What a choice of keys has seen: keys alone, the judged queries, others, or the answer itself. */
export type Fit = 'keys' | 'in-sample' | 'held-out' | 'oracle'

/** Sizes of what may join. */
interface Extras {
  readonly local?: number | undefined
  readonly sinkTokens?: number | undefined
  readonly restClusters?: number | undefined
}

/** What a rule has to do with the judged queries. */
interface Judging {
  /** Rules read other queries than the judged ones. */
  readonly heldOut: boolean
  /** All queries see the same keys. */
  readonly seeAlike: boolean
}

/** Of `select` among `all`, one for each of `keeps`: extras that no entry names join all. */
export function columnsOf(
  select: CoveredSelect,
  all: readonly CoveredSelect[],
  keeps: readonly number[],
  judging: Judging,
  { local, sinkTokens, restClusters }: Extras,
): CoveredColumn[] {
  const joins = (extra: 'local' | 'sinks' | 'rest') =>
    select.extras.includes(extra) || !all.some(({ extras }) => extras.includes(extra))
  const hasLocal = local !== undefined && joins('local')
  const hasSinks = sinkTokens !== undefined && joins('sinks')
  // A query that sees none of the set keeps its own key, and one that has keys beside it gains less by it: no sum tells the best set.
  const isBest = judging.seeAlike && !hasLocal && !hasSinks
  return (select.rule === undefined ? [null] : keeps).map((keep) => ({
    select,
    keep,
    fit: fitOf(select.rule, judging.heldOut, isBest),
    hasLocal,
    hasSinks,
    // What is left of a row's own choice is another in each row.
    hasRest: restClusters !== undefined && joins('rest') && select.rule !== BEST,
  }))
}

/** `isBest`: no fixed set holds more of the judged queries' attention than the keys that have most of it in sum. */
function fitOf(rule: CoveredSelect['rule'], heldOut: boolean, isBest: boolean): Fit {
  if (rule === BEST) return 'oracle'
  if (rule !== 'query-moments' && rule !== 'sampled-queries' && rule !== 'accumulated') return 'keys'
  if (heldOut) return 'held-out'
  return rule === 'accumulated' && isBest ? 'oracle' : 'in-sample'
}
