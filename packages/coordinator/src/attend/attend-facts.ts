import {
  type AttendProblem,
  attentionName,
  DEFAULT_SEED,
  type NamedSet,
  type TokenGrid,
} from '@levattention/core/internal'
import type { KeptKeys } from './attend-outputs.ts'
import { visibilityFacts } from '../problem/softmax-problem.ts'
import type { AttendedBatch } from './attend-group.ts'
import type { AttendInputs } from './head-groups.ts'
import type { JobSummary } from '../job/job-summary.ts'

/** What a summary says of attention over selected keys. */
export interface AttendFacts {
  /** Columns of V. */
  readonly dv?: number
  /** Keys of a fixed set; of several the mean. */
  readonly keysKept?: number
  /** Mean of the number of keys that a row attends to, over the rows that are not empty. */
  readonly keysPerRow?: number
  /** Rows that attend to their own key alone for want of others. */
  readonly selfRows?: number
  /** The rule, the file of scores, ids, full or none. */
  readonly select?: string
  /** N of the rule. */
  readonly keep?: number
  readonly local?: number
  readonly grid?: TokenGrid
  readonly sinkTokens?: number
  readonly restClusters?: number
  /** Where chance has a part. */
  readonly seed?: number
  /** Query heads that were answered, where there are heads. */
  readonly headCount?: number
}

/** Of what was asked; `scoresFile`: whose scores stand in for a rule. */
export function attendFacts(
  problem: AttendProblem | undefined,
  { queries, keys, values }: AttendInputs,
  headCount: number | undefined,
  scoresFile?: string,
): Partial<JobSummary> & AttendFacts {
  const shapes = { n: keys.rows, d: keys.cols, m: queries.rows, dv: values.cols }
  const heads = headCount === undefined ? {} : { headCount }
  if (problem === undefined) return { ...shapes, ...heads }
  const { visibility, scale, p } = problem
  const weights = p === undefined ? { attention: 'softmax', scale } : { attention: attentionName({ p }), p }
  return {
    ...weights,
    ...shapes,
    ...visibilityFacts(visibility),
    ...selectionFacts(problem, scoresFile),
    ...heads,
  }
}

function selectionFacts(
  { set, local, sinkTokens, restClusters, seed = DEFAULT_SEED }: AttendProblem,
  scoresFile: string | undefined,
): Partial<JobSummary> & AttendFacts {
  const hasChance = restClusters !== undefined || ('rule' in set && DRAWN.includes(set.rule))
  return {
    select: selectOf(set, scoresFile),
    ...('keep' in set && { keep: set.keep }),
    ...('epsilon' in set && { epsilon: set.epsilon }),
    ...(local && { local: local.radius }),
    ...(local?.grid && { grid: local.grid }),
    ...(sinkTokens > 0 && { sinkTokens }),
    ...(restClusters !== undefined && { restClusters }),
    ...(hasChance && { seed }),
  }
}

/** Rules that draw by a seed. */
const DRAWN: readonly string[] = ['random', 'sampled-queries', 'kmeans']

function selectOf(set: NamedSet, scoresFile = 'scores'): string {
  if ('rule' in set) return set.rule
  if ('scores' in set) return scoresFile
  return 'ids' in set ? 'ids' : 'full' in set ? 'full' : 'none'
}

/** What is known of the rows once all batches went by. */
export class AttendCounts {
  #rows = 0
  #emptyRows = 0
  #selfRows = 0
  #keys = 0
  #sets = 0
  #kept = 0

  add({ lse, counts, selfRows }: AttendedBatch): void {
    lse.forEach((value, row) => {
      this.#rows++
      if (value === -Infinity) this.#emptyRows++
      else this.#keys += counts[row]
    })
    this.#selfRows += selfRows
  }

  /** Adds those of other rows. */
  join(other: AttendCounts): void {
    this.#rows += other.#rows
    this.#emptyRows += other.#emptyRows
    this.#selfRows += other.#selfRows
    this.#keys += other.#keys
  }

  keep(sets: readonly KeptKeys[]): void {
    this.#sets = sets.length
    this.#kept = sets.reduce((sum, { keyIds }) => sum + keyIds.length, 0)
  }

  facts(): Partial<JobSummary> & AttendFacts {
    const full = this.#rows - this.#emptyRows
    return {
      ...(this.#sets > 0 ? { keysKept: this.#kept / this.#sets } : {}),
      ...(full > 0 ? { keysPerRow: this.#keys / full } : {}),
      emptyRows: this.#emptyRows,
      selfRows: this.#selfRows,
    }
  }
}
