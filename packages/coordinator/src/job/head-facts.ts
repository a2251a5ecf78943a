import { counted, type Heads, type OfPower, type UniversalSet } from '@levattention/core/internal'
import type { RunStats } from '../tasks/run-context.ts'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import { CERTAIN } from '../problem/guarantee.ts'
import { type HeadAxes } from './head-axes.ts'
import type { HeadPair } from './head-pairs.ts'
import type { DotSigns, HeadFacts, JobSummary, SearchCounts } from './job-summary.ts'
import { warnOfSearch } from './summarize.ts'

export function headFile(head: number): string {
  return `head-${String(head).padStart(4, '0')}.npz`
}

/** True for the name of a file that `headFile` may have named, of this run or of an earlier one. */
export function isHeadFile(name: string): boolean {
  return /^head-\d{4,}\.npz$/.test(name)
}

export function summaryOfHead(
  { head, keyHead }: HeadPair,
  axes: HeadAxes,
  file: string,
  { rowIds, bounds, rowCount, epsilon, factor, prefixes }: UniversalSet,
  { pairs, undefinedRows, uncertifiedQueries, scoreSlack, negativeDots }: SearchCounts & DotSigns,
): HeadFacts {
  return {
    head,
    ...axes,
    keyHead,
    file,
    epsilon,
    universalSize: rowIds.length,
    universalFraction: rowCount === 0 ? 0 : rowIds.length / rowCount,
    maxBound: bounds.at(0) ?? 0,
    pairs,
    undefinedRows,
    uncertifiedQueries,
    scoreSlack,
    // Causal bounds hold with their slack.
    thresholdSlack: prefixes ? 0 : factor.thresholdSlack,
    rank: factor.rank,
    condition: factor.condition,
    negativeDotShare: pairs === 0 ? 0 : negativeDots / pairs,
  }
}

/** One line a head, under a line of names. */
export function headsCsv(heads: readonly HeadFacts[]): string {
  const names = Object.keys(heads.at(0) ?? { head: 0, keyHead: 0 })
  const lines = heads.map((head) => Object.values(head).join(','))
  return [names.join(','), ...lines, ''].join('\n')
}

/** The summary of all heads: what differs between them is largest or summed, their |U| only in `heads`. */
export function summaryOfHeads(
  heads: readonly HeadFacts[],
  problem: AttentionProblem<Heads, Heads>,
): Partial<JobSummary> {
  const most = (of: (head: HeadFacts) => number) => heads.reduce((max, head) => Math.max(max, of(head)), 0)
  const sum = (of: (head: HeadFacts) => number) => heads.reduce((total, head) => total + of(head), 0)
  const { attention, n, d, p, causal, queryStart } = problem.facts()
  return {
    attention,
    n,
    d,
    m: problem.queryCount,
    p,
    epsilon: most((head) => head.epsilon),
    causal,
    method: CERTAIN.method,
    maxBound: most((head) => head.maxBound),
    condition: most((head) => head.condition),
    thresholdSlack: most((head) => head.thresholdSlack),
    scoreSlack: most((head) => head.scoreSlack),
    guarantee: CERTAIN.guarantee,
    pairs: sum((head) => head.pairs),
    undefinedRows: sum((head) => head.undefinedRows),
    uncertifiedQueries: sum((head) => head.uncertifiedQueries),
    ...(queryStart === undefined ? {} : { queryStart }),
  }
}

export function warnOfHeads(heads: readonly HeadFacts[], stats: RunStats, attention: OfPower): void {
  const large = heads.filter((head) => head.universalFraction > 0.5)
  if (large.length > 0) {
    const message = `in ${large.length} of ${counted(heads.length, 'head')} the universal set holds more than half of the keys: little is gained there below n = 10 d/epsilon keys`
    stats.warn('universal-set-large', message)
  }
  for (const head of heads) warnOfSearch(head, stats, attention, { out: head.file })
}
