import type { HeadPlace, Heads } from '@levattention/core/internal'
import { CERTAIN } from '../problem/guarantee.ts'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import type { HeadPair } from './head-pairs.ts'
import type { JobSummary, SearchCounts } from './job-summary.ts'

/** What is known of the softmax pairs of one head: a line of heads.csv, in this order. */
export interface SoftmaxHeadFacts extends HeadPlace {
  /** Query head, flat over the leading axes. */
  readonly index: number
  readonly keyHead: number
  /** Of heads in files of their own: which one. */
  readonly source?: string
  /** In the output's folder, where there is one. */
  readonly file?: string
  readonly n: number
  readonly m: number
  readonly epsilon?: number
  readonly top?: number
  readonly pairs: number
  /** Absent where every row is empty. */
  readonly heavyMassMean?: number
  readonly emptyRows: number
  readonly scoreSlack: number
  /** 0 without pairs. */
  readonly negativeDotShare: number
  readonly float64Rows: number
}

/** The summary of all of them. */
export interface SoftmaxHeadsSummary extends Omit<JobSummary, 'heads'> {
  readonly heads: readonly SoftmaxHeadFacts[]
}

/** `facts`: those of the answers, once all batches are over. */
export function summaryOfSoftmaxHead(
  { head, keyHead }: HeadPair,
  queries: Heads,
  file: string | undefined,
  facts: Partial<JobSummary>,
  { pairs, scoreSlack }: SearchCounts,
): SoftmaxHeadFacts {
  const { n = 0, epsilon, top, heavyMassMean, emptyRows = 0, negativeDotShare = 0, float64Rows = 0 } = facts
  return {
    index: head,
    ...(queries.areFiles ? { source: queries.addressOf(head) } : queries.placeOf(head)),
    keyHead,
    ...(file === undefined ? {} : { file }),
    n,
    m: queries.rows,
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(top === undefined ? {} : { top }),
    pairs,
    ...(heavyMassMean === undefined ? {} : { heavyMassMean }),
    emptyRows,
    scoreSlack,
    negativeDotShare,
    float64Rows,
  }
}

/** The summary of all heads: what is counted is summed, means are those of the heads' own, slacks the largest. */
export function summaryOfSoftmaxHeads(
  heads: readonly SoftmaxHeadFacts[],
  problem: SoftmaxProblem<Heads, Heads>,
): Partial<JobSummary> {
  const sum = (of: (head: SoftmaxHeadFacts) => number) => heads.reduce((total, head) => total + of(head), 0)
  const masses = heads.flatMap(({ heavyMassMean }) => (heavyMassMean === undefined ? [] : [heavyMassMean]))
  const pairs = sum((head) => head.pairs)
  return {
    ...problem.facts(),
    m: problem.queryCount,
    ...CERTAIN,
    pairs,
    scoreSlack: heads.reduce((most, { scoreSlack }) => Math.max(most, scoreSlack), 0),
    ...(masses.length > 0
      ? { heavyMassMean: masses.reduce((total, mass) => total + mass, 0) / masses.length }
      : {}),
    ...(pairs > 0 ? { negativeDotShare: sum((head) => head.negativeDotShare * head.pairs) / pairs } : {}),
    emptyRows: sum((head) => head.emptyRows),
    float64Rows: sum((head) => head.float64Rows),
  }
}
