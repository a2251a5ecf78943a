import { PartFault } from './part-checks.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import type { TaskSource } from '../matrix/task-source.ts'

/** What an answer from a file must be an answer to. */
export interface Asked<Question> {
  readonly question: Question
  /** All rows that it is about. */
  readonly range: RowRange
  readonly dim: number
}

/** What all rows of a pass are asked, and of which matrices [n, dim]. */
export interface PassTerms<Question> {
  readonly question: Question
  readonly dim: number
  readonly element: 'f32' | 'f64'
}

/** A question about rows [range) of a matrix [n, dim] that a worker reads; answers are plain data. */
export interface RowTask<Question, Answer> extends Task<ShardRequest & Question, Answer> {
  /** Throws Content at a NaN or infinity. Kernel scratch is the caller's to free. */
  answer(shard: ShardRows, question: Question): Answer
  /** What of a question answers in a run folder go by: without other inputs, whose content its plan tells. Default: all. */
  key?(question: Question): unknown
  /** No run folder keeps answers: what they lead to is kept there by other means. */
  readonly isTransient?: boolean
  /** Throws PartFault unless `answer`, found in a file, can be the one to what was asked: every number of it. */
  check(answer: unknown, asked: Asked<Question>): void
}

/**
 * A pass over rows: each worker maps its rows to a sum, and sums of disjoint rows merge into the sum of all. This is all
 * that there is to say of a pass: workers, threads, the reduce and run folders read it from here.
 *
 * Laws: `merge(zero, a)` and `merge(a, zero)` give a; `merge` is associative up to rounding, so that equal bytes need one
 * order (the plan's tree); however rows are cut, the sum is the same up to rounding; `unpack(pack(a))` gives a.
 */
export interface Pass<Question, Sum, Packed> extends RowTask<Question, Packed> {
  map(shard: ShardRows, question: Question): Sum
  /** The sum of no rows. */
  zero(terms: PassTerms<Question>): Sum
  /** Of rows and those behind them; neither is changed. */
  merge(a: Sum, b: Sum, terms: PassTerms<Question>, kernels: Kernels): Sum
  /** Plain data, for threads and run folders. */
  pack(sum: Sum): Packed
  unpack(packed: Packed): Sum
  /**
   * Sums hold matrices [dim, dim]: between threads they lie in shared memory as they are, in place of `pack`, and where dim is large
   * a thread merges them (algebra's `pass-sums.ts`).
   */
  readonly hasMatrices?: boolean
}

export function passOf<Question, Sum, Packed>(
  pass: Omit<Pass<Question, Sum, Packed>, 'answer' | 'types'>,
): Pass<Question, Sum, Packed> {
  return { ...pass, answer: (shard, question) => pass.pack(pass.map(shard, question)) }
}

/** As `passOf`, where sums are plain data. */
export function plainPassOf<Question, Sum>(
  pass: Omit<Pass<Question, Sum, Sum>, 'answer' | 'types' | 'pack' | 'unpack'>,
): Pass<Question, Sum, Sum> {
  return passOf({ ...pass, pack: (sum) => sum, unpack: (packed) => packed })
}

/** What a worker can be asked: its name, and the types of request and answer, all of it plain data. */
export interface Task<Request, Answer> {
  readonly kind: string
  /** Never there: it carries the types. */
  types?(request: Request): Answer
}

/** Rows of a matrix that a task reads for itself. */
export interface ShardRequest {
  readonly source: TaskSource
  readonly range: RowRange
  /** Of a pass that has matrices: the sum is wanted in shared memory. */
  readonly inSharedMemory?: boolean
}

/** The check of answers that no run folder keeps. */
export const TRANSIENT = {
  isTransient: true,
  check: (): never => {
    throw new PartFault('no run folder keeps such answers')
  },
} as const
