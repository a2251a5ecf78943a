// Matrix inputs.
export { type FilePart, type MatrixSource, MAX_COLS, type SourceSpec } from './matrix-source.ts'
export { blockRowsOf } from './row-blocks.ts'
export { concatMatrices } from './concat-matrices.ts'
export { lookOf } from './foreign/look.ts'
export {
  describeFile,
  describesItself,
  resolveArray,
  type ArrayDescription,
  type OpenOptions,
} from './describe-file.ts'
export { loadingCode } from './element-advice.ts'
export { isBfloat16Bits } from './input-advice.ts'
export { fileWord, shellWord } from './typed-code.ts'
export { nearFiles, openRegular, withInputFile } from './input-file.ts'
export { makeFolders } from './make-folders.ts'
export { readFileIfThere, readWholeFile } from './whole-file.ts'
export { parseAddress } from './address.ts'
export { widenBfloat16, widenFloat16 } from './half.ts'
export { inflateInput } from './inflate-input.ts'
export { matrix } from './memory-matrix.ts'
export { keyHeadOf, openHeads, type Heads } from './open-heads.ts'
export { inputParts, openMatrix, reopenMatrix } from './open-matrix.ts'
export * from './non-finite.ts'
export { addressOf, matrixName, matrixPlace } from './part-place.ts'
export { repeatedKey } from './repeated-key.ts'
export { requireMatrix } from './require-matrix.ts'
export * from './row-content.ts'
export { rowView } from './row-view.ts'
export { openRowStream, type RowStream } from './row-stream.ts'
// Outputs.
export * from './dead-temporaries.ts'
export { bytesSource, openFileSource } from './byte-source.ts'
export * from './canonical.ts'
export type { ElementArray, ElementType } from './elements.ts'
export { HEAVY_FORMAT_VERSION } from './heavy-meta.ts'
export { type HeavyNpzLimits, openHeavyNpz } from './heavy-npz.ts'
export type { HeavyPairSink, SinkBatch } from './heavy-pairs.ts'
export * from './heavy-reader.ts'
export { heavyFormat, openHeavySink } from './heavy-sink.ts'
export { openHeavyStream, openHeavyText } from './heavy-text.ts'
export * from './lev-reader.ts'
export * from './lev-writer.ts'
export * from './msgpack-scan.ts'
export { npyHeader, type NpySink, openNpySink } from './npy-writer.ts'
export * from './npz-reader.ts'
export * from './npz-writer.ts'
export { checkOutput, folderFailure } from './output-check.ts'
export { createOutput, isClosedPipe, type OutputFile } from './output-file.ts'
export { type PairBatch } from './pair-collector.ts'
export * from './place-files.ts'
export {
  encodePreamble,
  hasLevMagic,
  LEV_FORMAT_VERSION,
  LEV_KINDS,
  LEV_MAGIC,
  type LevKind,
  PREAMBLE_BYTES,
} from './preamble.ts'
export * from './sample-npz.ts'
export * from './system-error.ts'
export { registerTemporary, removeOpenTemporaries, removeTemporary, temporaryPath } from './temporaries.ts'
export * from './temporary-name.ts'
export { ZipWriter } from './zip-writer.ts'
