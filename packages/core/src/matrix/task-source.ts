import type { SourceSpec } from './matrix-source.ts'
import type { RowContent } from './row-content.ts'

/** A matrix that a task opens for itself. */
export type TaskSource = SourceSpec & {
  /** What some of its rows have to hold; the task fails with InputChanged where it reads such rows and they do not. */
  readonly content?: readonly RowContent[] | undefined
}
