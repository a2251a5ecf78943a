/**
 * Matrices from files and memory, summaries of streams of vectors, attention over selected keys; no threads. Every refusal is a
 * {@link LevError}. `[n, d]` is a matrix of n rows and d columns, row-major; rows are counted from 0, ranges half-open; row ids are
 * numbers, exact below 2^53.
 *
 * @module core
 */

// oxlint-disable-next-line import/no-unassigned-import -- it throws where Node is too old, before anything else
import './errors/supported-node.ts'

export {
  type ArrayIndex,
  type ErrorPlace,
  type ErrorTag,
  type InputName,
  isLevError,
  LevError,
  type Remedy,
} from './errors/errors.ts'
export { concatMatrices } from './matrix/concat-matrices.ts'
export type { OpenOptions } from './inputs/describe-file.ts'
export { inflateInput } from './inputs/inflate-input.ts'
export type { ReadProgress, ReadWatch } from './files/part-told.ts'
export type { InflatedMember } from './files/inflate-member.ts'
export type { DType, MatrixSource, RowPlace } from './matrix/matrix-source.ts'
export type { RowRange } from './matrix/row-ranges.ts'
export { matrix } from './matrix/memory-matrix.ts'
export { type MissingRows, missingRows } from './matrix/missing-rows.ts'
export { openHeads, type HeadPlace, type Heads, type HeadsOptions } from './inputs/open-heads.ts'
export { openMatrix } from './inputs/open-matrix.ts'
export { KeySummary } from './stream/public-key-summary.ts'
export type { KeySummaryTerms } from './summary/summary-state.ts'
export type { HeavyBatch } from './pairs/heavy-batch.ts'
export { openUniversalSet } from './stored/open-universal-set.ts'
export type { UniversalSet } from './universal/public-universal-set.ts'
export { attend } from './operator/attend.ts'
export { attendWithGradient, type AttendedWithGradient } from './operator/attend-with-gradient.ts'
export type { Gradients } from './operator/require-gradients.ts'
export type { Attended } from './operator/attended-head.ts'
export type { AttendOptions, Selection, Visibility, Weights } from './operator/attend-options.ts'
export type { Dense, DenseHead } from './operator/dense-head.ts'
export type { FixedSet, Rule } from './selection/fixed-set.ts'
export type { TokenGrid } from './attend/attend-terms.ts'
export type { Floats } from './kernels/softmax-kernels.ts'
export { type AttentionHeads, openAttentionHeads } from './heads/open-attention-heads.ts'
export type { HeadArrays } from './heads/head-arrays.ts'
export type { HeadsOptions as AttentionHeadsOptions, HeadsShape } from './heads/heads-options.ts'
