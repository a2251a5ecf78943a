import type { Heads } from '@levattention/core/internal'
import { CERTAIN } from '../problem/guarantee.ts'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import type { HeadAxes } from './head-axes.ts'
import type { HeadPair } from './head-pairs.ts'
import type { JobSummary, SearchCounts } from './job-summary.ts'

/** What is known of the softmax pairs of one head: a line of heads.csv, in this order. */
export interface SoftmaxHeadFacts extends HeadPair, HeadAxes {
  /** In the output's folder. */
  readonly file: string
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

/** `facts`: those of the answers, once all batches are over. */
export function summaryOfSoftmaxHead(
  { head, keyHead }: HeadPair,
  axes: HeadAxes,
  file: string,
  facts: Partial<JobSummary>,
  { pairs, scoreSlack }: SearchCounts,
  m: number,
): SoftmaxHeadFacts {
  const { n = 0, epsilon, top, heavyMassMean, emptyRows = 0, negativeDotShare = 0, float64Rows = 0 } = facts
  return {
    head,
    ...axes,
    keyHead,
    file,
    n,
    m,
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
