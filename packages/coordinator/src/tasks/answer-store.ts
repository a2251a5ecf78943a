import type { RowContent, RowRange, HeavyBatch } from '@levattention/core/internal'
import type { PassWork, RowWork, SumsWork } from './row-work.ts'

/** Computes the answer of one range after another. */
export interface Maker<Answer> {
  /** Answers to have under way or waiting. */
  readonly window: number
  readonly make: (index: number) => Promise<Answer>
  /** Stops what is under way. */
  readonly giveUp: () => void
}

/** Keeps answers beyond the process, and gives those that stand in place of computing them. */
export interface AnswerStore {
  /** The answers to all ranges, in order. */
  answers<Question, Answer>(
    work: RowWork<Question, Answer>,
    maker: Maker<Answer>,
  ): AsyncGenerator<Answer, void, void>
  /** The sum of a pass; undefined where there are no rows. `onDone` counts the ranges that are in, in order. */
  sum<Question, Sum, Packed>(
    work: PassWork<Question, Sum, Packed>,
    maker: Maker<Packed>,
    merge: (a: Sum, b: Sum) => Sum,
    onDone: (done: number) => void,
  ): Promise<Sum | undefined>
  /** The sums of a pass, in the order of their groups; `maker` is that of `allOfSums`, whose ranges `onDone` counts. */
  sums<Question, Sum, Packed>(
    work: SumsWork<Question, Sum, Packed>,
    maker: Maker<Packed>,
    merge: (a: Sum, b: Sum) => Sum,
    onDone: (done: number) => void,
  ): AsyncGenerator<Sum, void, void>
  /** The answer to a batch of queries, if it stands. Throws NotReady where none does and none is to be made. */
  batch(range: RowRange): SearchedBatch | undefined
  keepBatch(range: RowRange, answer: SearchedBatch): Promise<void>
  /** What rows of the inputs have to hold, where that is known. */
  content(of: 'keys' | 'queries', range: RowRange): readonly RowContent[]
}

/** A batch's answer, and how its queries were decided. */
export interface SearchedBatch {
  readonly batch: HeavyBatch
  /** By the certificate. */
  readonly queriesSettled: number
  /** By an exact pass over the keys. */
  readonly queriesExactPass: number
}
