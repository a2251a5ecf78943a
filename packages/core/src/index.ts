export {
  type ErrorPlace,
  type ErrorTag,
  type InputName,
  isLevError,
  LevError,
  type Remedy,
} from './errors.ts'
export { concatMatrices } from './storage/concat-matrices.ts'
export type { OpenOptions } from './storage/describe-file.ts'
export { inflateInput } from './storage/inflate-input.ts'
export type { InflatedMember } from './storage/inflate-member.ts'
export type { DType, MatrixSource, RowPlace } from './storage/matrix-source.ts'
export { matrix } from './storage/memory-matrix.ts'
export { openHeads, type Heads } from './storage/open-heads.ts'
export { openMatrix } from './storage/open-matrix.ts'
export { KeySummary } from './stream/public-key-summary.ts'
export type { KeySummaryTerms } from './summary/summary-state.ts'
export type { HeavyBatch } from './universal/heavy-batch.ts'
export { openUniversalSet } from './universal/open-universal-set.ts'
export type { UniversalSet } from './universal/public-universal-set.ts'
