import type { SourceSpec } from '../matrix/matrix-source.ts'
import type { RowContent } from '../matrix/row-content.ts'
import type { RowRange } from '../matrix/row-ranges.ts'

/** What a worker can be asked: its name, and the types of request and answer, all of it plain data. */
export interface Task<Request, Answer> {
  readonly kind: string
  /** Never there: it carries the types. */
  types?(request: Request): Answer
}

/** A matrix that a task opens for itself. */
export type TaskSource = SourceSpec & {
  /** What some of its rows have to hold; the task fails with InputChanged where it reads such rows and they do not. */
  readonly content?: readonly RowContent[] | undefined
}

/** Rows of a matrix that a task reads for itself. */
export interface ShardRequest {
  readonly source: TaskSource
  readonly range: RowRange
}
