import type {
  MatrixSource,
  Pass,
  RowContent,
  RowRange,
  RowTask,
  ShardRequest,
  TaskSource,
} from '@levattention/core/internal'
import type { Progress, Stage } from './progress.ts'

/** One question about the rows of a matrix, asked range by range. */
export interface RowWork<Question, Answer> {
  readonly task: RowTask<Question, Answer>
  readonly source: MatrixSource
  readonly ranges: readonly RowRange[]
  readonly question: Question
  /** What a range is asked in place of what all are. */
  readonly own?: (index: number) => Partial<Question>
}

/** A pass over rows, whose sums are merged in the plan's tree. */
export interface PassWork<Question, Sum, Packed> extends RowWork<Question, Packed> {
  readonly task: Pass<Question, Sum, Packed>
  readonly fanIn: number
  /** Whose seconds it counts as, and what is told unless `told` is. */
  readonly stage: Stage
  readonly told?: Stage
  /** Told with the progress. */
  readonly pass?: Progress['pass']
  readonly mostPasses?: Progress['mostPasses']
  /** The rows that the task reads of its ranges, and that progress and bytes count; absent: all. */
  readonly within?: RowRange | undefined
}

/** A pass of which several sums are wanted, each over all ranges and with a question of its own. */
export interface SumsWork<Question, Sum, Packed> extends Omit<PassWork<Question, Sum, Packed>, 'own'> {
  /** Of each sum: what it is asked in place of what all are. How parts are merged must not depend on it. */
  readonly groups: readonly Partial<Question>[]
}

/** Sum `group` of `work` alone. */
export function oneOfSums<Question, Sum, Packed>(
  { groups, ...work }: SumsWork<Question, Sum, Packed>,
  group: number,
): PassWork<Question, Sum, Packed> {
  return { ...work, own: () => groups[group] }
}

/** All ranges of all sums, sum by sum. */
export function allOfSums<Question, Sum, Packed>({
  groups,
  ranges,
  ...work
}: SumsWork<Question, Sum, Packed>): PassWork<Question, Sum, Packed> {
  return {
    ...work,
    ranges: groups.flatMap(() => ranges),
    own: (index) => groups[Math.floor(index / ranges.length)],
  }
}

/** What range `index` is asked. */
export function questionOf<Question>(
  { question, own }: Pick<RowWork<Question, never>, 'question' | 'own'>,
  index: number,
): Question {
  return own ? { ...question, ...own(index) } : question
}

/** The request of range `index`; `content` as in `taskSource`. */
export function requestOf<Question, Answer>(
  work: RowWork<Question, Answer>,
  index: number,
  content?: readonly RowContent[],
): ShardRequest & Question {
  const source = taskSource(work.source, content)
  return { source, range: work.ranges[index], ...questionOf(work, index) }
}

/** `matrix` as a task opens it; `content`: what the rows that it reads have to hold, where that is known. */
export function taskSource({ spec }: MatrixSource, content: readonly RowContent[] | undefined): TaskSource {
  return content ? { ...spec, content } : spec
}
