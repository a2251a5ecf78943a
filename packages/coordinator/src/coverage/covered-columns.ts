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

/** Of `select` among `all`, one for each of `keeps`: extras that no entry names join all. `heldOut`: rules read other queries than the judged ones. */
export function columnsOf(
  select: CoveredSelect,
  all: readonly CoveredSelect[],
  keeps: readonly number[],
  heldOut: boolean,
  { local, sinkTokens, restClusters }: Extras,
): CoveredColumn[] {
  const joins = (extra: 'local' | 'sinks' | 'rest') =>
    select.extras.includes(extra) || !all.some(({ extras }) => extras.includes(extra))
  return (select.rule === undefined ? [null] : keeps).map((keep) => ({
    select,
    keep,
    fit: fitOf(select.rule, heldOut),
    hasLocal: local !== undefined && joins('local'),
    hasSinks: sinkTokens !== undefined && joins('sinks'),
    // What is left of a row's own choice is another in each row.
    hasRest: restClusters !== undefined && joins('rest') && select.rule !== BEST,
  }))
}

function fitOf(rule: CoveredSelect['rule'], heldOut: boolean): Fit {
  if (rule === BEST) return 'oracle'
  if (rule !== 'query-moments' && rule !== 'sampled-queries' && rule !== 'accumulated') return 'keys'
  if (heldOut) return 'held-out'
  return rule === 'accumulated' ? 'oracle' : 'in-sample'
}
