import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import type { RowTask } from '../passes/pass.ts'

/** A question to rows of a matrix. Who drives the recipe asks it of every range, and hands the answers over in their order. */
export interface Ask {
  readonly task: RowTask<unknown, unknown>
  readonly source: MatrixSource
  readonly ranges: readonly RowRange[]
  readonly question: unknown
  readonly take: (answer: unknown, range: RowRange) => void
}

/** Says what is to be asked, step by step, so that threads and a loop in this one come to the same bits. */
export type Recipe<Result> = Generator<Ask, Result, void>

export function askOf<Question, Answer>(ask: {
  readonly task: RowTask<Question, Answer>
  readonly source: MatrixSource
  readonly ranges: readonly RowRange[]
  readonly question: Question
  readonly take: (answer: Answer, range: RowRange) => void
}): Ask {
  return ask as unknown as Ask
}

/** The recipe's result, every question answered in this thread. */
export function followHere<Result>(recipe: Recipe<Result>, kernels: Kernels): Result {
  for (;;) {
    const { done, value } = recipe.next()
    if (done) return value
    const { task, source, ranges, question, take } = value
    for (const range of ranges)
      take(
        withScratch(kernels, () => task.answer({ source, range, kernels }, question)),
        range,
      )
  }
}
