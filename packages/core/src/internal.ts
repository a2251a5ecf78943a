// For our own packages of exactly this version, and their tests; no promise to anyone else.
export { requireBytes, requireFloats } from './arguments/floats.ts'
export { kindOf, shown } from './arguments/kind-of.ts'
export {
  ANY,
  CALLBACK,
  countFrom,
  FLAG,
  NUMBER,
  oneOf,
  type OptionKind,
  type OptionKinds,
  SIGNAL,
} from './arguments/option-kinds.ts'
export { type OptionName, optionText } from './arguments/option-text.ts'
export { requireOptions } from './arguments/require-options.ts'
export {
  certifiedThreshold,
  epsilonOfRank,
  filterByRank,
  filterKeys,
  finalThreshold,
  type KeyThreshold,
} from './bounds/filter-keys.ts'
export { counted, nounFor } from './counted.ts'
export {
  type ErrorPlace,
  type ErrorTag,
  type InputName,
  isLevError,
  LevError,
  type Remedy,
} from './errors.ts'
export { kernelsNameOf, kernelsOf, kernelSource, type KernelSource } from './kernels/kernels-of.ts'
export { CHUNK_ROWS, type Kernels, PANEL_ROWS } from './kernels/kernels.ts'
export { hasRelaxedSimd } from './kernels/relaxed-simd.ts'
export { scalarKernels } from './kernels/scalar.ts'
export { tierUp } from './kernels/tier-up.ts'
export { compileKernels, wasmKernels } from './kernels/wasm.ts'
export type { KernelModule } from './kernels/webassembly.ts'
export { withScratch } from './kernels/with-scratch.ts'
export { cholesky } from './linalg/cholesky.ts'
export { denseBy, equilibrateInto, plainDense } from './linalg/dense.ts'
export { multiplySquare } from './linalg/multiply-square.ts'
export { orthogonalityDefect } from './linalg/orthogonality.ts'
export { qrColumnError } from './linalg/qr-error.ts'
export { qrUpdate, qrUpper } from './linalg/qr.ts'
export { smallestEigenvalueBound } from './linalg/smallest-eigenvalue.ts'
export { smallestSingularValueBound } from './linalg/smallest-singular.ts'
export { symmetricEigen, symmetricEigenvalues } from './linalg/symmetric-eigen.ts'
export { transpose } from './linalg/transpose.ts'
export { invertLower, solveLower, solveLowerTranspose } from './linalg/triangular.ts'
export { locateFile } from './locate-file.ts'
export { gamma, LEAST_EPSILON, UNIT_ROUNDOFF_F32, UNIT_ROUNDOFF_F64 } from './numeric.ts'
export { absorbPass } from './passes/absorb.ts'
export { columnsPass } from './passes/columns.ts'
export { contentTask } from './passes/content.ts'
export { drawTask } from './passes/draw.ts'
export { exactPass } from './passes/exact.ts'
export { gramPass } from './passes/gram.ts'
export { importancesPass } from './passes/importances.ts'
export { liftPass } from './passes/lift.ts'
export {
  arrayOf,
  ascendingIds,
  each,
  fault,
  finite,
  PartFault,
  recordOf,
  wholeNumber,
  within,
} from './passes/part-checks.ts'
export type { Pass, RowTask } from './passes/pass.ts'
export { ratioPass } from './passes/ratio.ts'
export { refinePass } from './passes/refine.ts'
export { scoresTask } from './passes/scores.ts'
export { selectPrefixPass } from './passes/select-prefix.ts'
export { selectPass } from './passes/select.ts'
export { shardGramsPass } from './passes/shard-grams.ts'
export { sketchPass } from './passes/sketch.ts'
export { summarizePass } from './passes/summarize.ts'
export { mergeBounded, type SummarySum, traceOf } from './passes/summary-pass.ts'
export { surveyPass } from './passes/survey.ts'
export { PASSES, ROW_TASKS } from './passes/table.ts'
export type { ShardRequest, Task, TaskSource } from './passes/task.ts'
export { tightenPass } from './passes/tighten.ts'
export { mergeVerifySums, verifyPass } from './passes/verify.ts'
export { weighPass } from './passes/weigh.ts'
export { normalOfWord } from './planted/normal-quantile.ts'
export { plantedModel, type PlantedModel } from './planted/planted-model.ts'
export { plantedKeys, plantedQueries } from './planted/planted-rows.ts'
export { predictedLeverage } from './planted/relevant-shape.ts'
export { MAX_SAMPLE, philox4x32, type Purpose, RandomStream, sampleSorted } from './random.ts'
export { drawRows, isDrawn, rowStream } from './sample/draw.ts'
export { ExactSum } from './sample/exact-sum.ts'
export { LargestValues } from './sample/largest-values.ts'
export {
  expansionOf,
  mergeSamples,
  noSample,
  offerRows,
  type PrioritySample,
  sampleDeviation,
} from './sample/priority-sample.ts'
export { ALL_ROWS, probabilityOf, scaleOf } from './sample/scale.ts'
export { type ImportanceSurvey, SurveySum } from './sample/survey.ts'
export { answerRows, joinAnswers } from './search/answers.ts'
export { CausalBlock } from './search/causal-block.ts'
export { EXACT_QUERY_LIFT, type ExactAnswer, exactAnswer } from './search/exact-answer.ts'
export {
  EXACT_QUERIES_A_PASS,
  type ExactPart,
  type ExactPrecision,
  exactShard,
  type ExactTerms,
  mergeExactParts,
} from './search/exact-pass.ts'
export { GramSearch } from './search/gram-search.ts'
export { heavyPairsOf, searchBatch } from './search/heavy-pairs.ts'
export { Normaliser, NORMALISER_TRUSTED_BELOW } from './search/normaliser.ts'
export { scaleQueries } from './search/scaled-queries.ts'
export { searchOf } from './search/search-of.ts'
export {
  QUERY_BLOCK_ROWS,
  type QueryBlock,
  type ScoresMode,
  type Search,
  type SearchAnswer,
  type SearchTerms,
  type Standing,
} from './search/search.ts'
export { SketchSearch } from './search/sketch-search.ts'
export { sketchFactor } from './sketch/sketch-factor.ts'
export { sketchRows } from './sketch/sketch-rows.ts'
export { SketchSum } from './sketch/sketch-sum.ts'
export { missProbability, sketchTerms, type SketchTerms, stretchProbability } from './sketch/sketch-terms.ts'
export { parseAddress } from './storage/address.ts'
export { bytesSource, openFileSource } from './storage/byte-source.ts'
export {
  canonicalJson,
  canonicalMsgpack,
  type HeaderRecord,
  type HeaderValue,
  parseMsgpack,
} from './storage/canonical.ts'
export { concatMatrices } from './storage/concat-matrices.ts'
export { removeDeadTemporaries } from './storage/dead-temporaries.ts'
export {
  type ArrayDescription,
  describeFile,
  describesItself,
  type OpenOptions,
  resolveArray,
} from './storage/describe-file.ts'
export { loadingCode } from './storage/element-advice.ts'
export type { ElementArray, ElementType } from './storage/elements.ts'
export { lookOf } from './storage/foreign/look.ts'
export { widenBfloat16, widenFloat16 } from './storage/half.ts'
export { HEAVY_FORMAT_VERSION } from './storage/heavy-meta.ts'
export { type HeavyNpzLimits, openHeavyNpz } from './storage/heavy-npz.ts'
export type { HeavyPairSink, SinkBatch } from './storage/heavy-pairs.ts'
export { type HeavyPairReader, readHeavyPairs } from './storage/heavy-reader.ts'
export { heavyFormat, openHeavySink } from './storage/heavy-sink.ts'
export { openHeavyStream, openHeavyText } from './storage/heavy-text.ts'
export { inflateInput } from './storage/inflate-input.ts'
export { isBfloat16Bits } from './storage/input-advice.ts'
export { nearFiles, openRegular, withInputFile } from './storage/input-file.ts'
export { LevFile, levFromBytes, openLev } from './storage/lev-reader.ts'
export { type LevBlock, type LevContent, type LevDType, levToBytes, writeLev } from './storage/lev-writer.ts'
export { makeFolders } from './storage/make-folders.ts'
export { type FilePart, type MatrixSource, MAX_COLS, type SourceSpec } from './storage/matrix-source.ts'
export { matrix } from './storage/memory-matrix.ts'
export { msgpackFault } from './storage/msgpack-scan.ts'
export {
  firstNonFinite,
  isNonFinite,
  noLongerThere,
  NonFiniteCount,
  nonFiniteError,
  nonFiniteIn,
  throwNonFinite,
} from './storage/non-finite.ts'
export { npyHeader, type NpySink, openNpySink } from './storage/npy-writer.ts'
export { NpzReader } from './storage/npz-reader.ts'
export { addNpzArray, type NpzArray, writeNpz } from './storage/npz-writer.ts'
export { type Heads, keyHeadOf, openHeads } from './storage/open-heads.ts'
export { inputParts, openMatrix, reopenMatrix } from './storage/open-matrix.ts'
export { checkOutput, folderFailure } from './storage/output-check.ts'
export { createOutput, isClosedPipe, type OutputFile } from './storage/output-file.ts'
export type { PairBatch } from './storage/pair-collector.ts'
export { addressOf, matrixName, matrixPlace } from './storage/part-place.ts'
export { placeFiles, type SealedFile } from './storage/place-files.ts'
export {
  encodePreamble,
  hasLevMagic,
  LEV_FORMAT_VERSION,
  LEV_KINDS,
  LEV_MAGIC,
  type LevKind,
  PREAMBLE_BYTES,
} from './storage/preamble.ts'
export { repeatedKey } from './storage/repeated-key.ts'
export { requireMatrix } from './storage/require-matrix.ts'
export { blockRowsOf } from './storage/row-blocks.ts'
export {
  checkedMatrix,
  CONTENT_DIGEST_CHARS,
  ContentSweep,
  otherContent,
  type RowContent,
} from './storage/row-content.ts'
export { openRowStream, type RowStream } from './storage/row-stream.ts'
export { rowView } from './storage/row-view.ts'
export { type SampleBatch, SampleNpz, weightsOf } from './storage/sample-npz.ts'
export { causeText, errorCode } from './storage/system-error.ts'
export {
  registerTemporary,
  removeOpenTemporaries,
  removeTemporary,
  temporaryPath,
} from './storage/temporaries.ts'
export { isNameOfDead, isTemporaryName, temporaryName } from './storage/temporary-name.ts'
export { fileWord, shellWord } from './storage/typed-code.ts'
export { readFileIfThere, readWholeFile } from './storage/whole-file.ts'
export { ZipWriter } from './storage/zip-writer.ts'
export { KeySummary } from './stream/key-summary.ts'
export { requireEach, requireRowIds, requireTriangle } from './summary/block-checks.ts'
export { weighBlock } from './summary/block-weights.ts'
export { Candidates } from './summary/candidates.ts'
export {
  columnMaxima,
  exponentOf,
  losesBits,
  NO_EXPONENT,
  scaleColumns,
  scalePowerOfTwo,
} from './summary/column-exponents.ts'
export { GramAccumulator } from './summary/gram-accumulator.ts'
export { rootOfGram } from './summary/gram-root.ts'
export { type GramParts, GramSum, raiseExponents } from './summary/gram-sum.ts'
export { liftedGram } from './summary/lifted-gram.ts'
export { mergeStates } from './summary/merge-states.ts'
export { partScales, scaledPart } from './summary/part-scale.ts'
export { prefixBlocks, selectByEarlier } from './summary/prefix-blocks.ts'
export { dropByEarlier } from './summary/prefix-drop.ts'
export {
  cutRows,
  firstRangeFrom,
  joinRanges,
  rowCountOf,
  type RowRange,
  type RowRanges,
} from './summary/row-ranges.ts'
export { arrivalsOf } from './summary/row-weights.ts'
export {
  gramInCoordinates,
  gramOfRows,
  selectRows,
  summarizeShard,
  type WeightedColumns,
  weightedGram,
} from './summary/shard-sweeps.ts'
export { dropBelow, factorOfState } from './summary/state-factor.ts'
export { originOf, universalSetOfState } from './summary/summary-answer.ts'
export { summaryContent, summaryFrom } from './summary/summary-file.ts'
export type { SummaryState } from './summary/summary-state.ts'
export { TriangularSum } from './summary/triangular-sum.ts'
export { unusable } from './summary/unusable.ts'
export type { WeightedForm } from './summary/weighted-form.ts'
export type { WeightedSum } from './summary/weighted-sum.ts'
export { plainFactorOf, weightedUniversalSet } from './summary/weighted-summary.ts'
export { boundOrder } from './universal/bound-order.ts'
export {
  firstStep,
  type GramStep,
  MOST_GRAM_PASSES,
  REFINE_ABOVE_SLACK,
  refinedStep,
  REGULAR_BELOW_SLACK,
  regularStep,
  wantedCoordinates,
} from './universal/certificate.ts'
export type { Coordinates } from './universal/coordinates.ts'
export { DotFilter, LARGEST_PAIR_SLACK } from './universal/dot-filter.ts'
export type { DualSums } from './universal/dual-sums.ts'
export { EarlyNorms } from './universal/early-norms.ts'
export { productError, sumError } from './universal/error-free.ts'
export { exactDot } from './universal/exact-dot.ts'
export {
  boundOf,
  coverRidgeOf,
  type Factor,
  factorOf,
  RIDGE_SHARE,
  ridgeInflation,
} from './universal/factor.ts'
export { type HeavyBatch, heavyBatchOf } from './universal/heavy-batch.ts'
export {
  firstWeightCoordinates,
  lewisStep,
  type LewisStep,
  MOST_WEIGHT_PASSES,
  wantsAnother,
  type WeightCoordinates,
} from './universal/lewis-step.ts'
export { isLifted, liftedColumns, liftOf, liftRow } from './universal/lift.ts'
export { type AttentionMask, NO_MASK, visibleKeys } from './universal/mask.ts'
export { NormFilter } from './universal/norm-filter.ts'
export {
  type HeavyPair,
  joinColumns,
  NO_PAIRS,
  PairCollector,
  type PairColumns,
  pairsOf,
  withoutQueries,
} from './universal/pair-columns.ts'
export { powerInterval } from './universal/power-interval.ts'
export { type PowerSums, shareOfPowers, termOfShareOfPowers } from './universal/power-sums.ts'
export { POWER_ROUNDINGS, powerBound, powerFunction, scoreOfBound } from './universal/power.ts'
export { joinRankedPairs, noRankedPairs, rankedPairs, type RankedPairs } from './universal/ranked-pairs.ts'
export { requireUniversal } from './universal/require-universal.ts'
export { RowMap } from './universal/row-map.ts'
export { Scorer } from './universal/scorer.ts'
export { boundsOf, Selector, tausOf } from './universal/select.ts'
export { addSquares, joinSquares, noSquares, shareOfSquares } from './universal/square-sums.ts'
export { dualBounds, firstTrials, nextTrials, type Tightening, tighteningOf } from './universal/tighten.ts'
export { TopBounds } from './universal/top-bounds.ts'
export { triangularFactor } from './universal/triangular-factor.ts'
export { mergeableState, summaryOf, universalContent, universalFrom } from './universal/universal-file.ts'
export type { UniversalFile, UniversalOrigin } from './universal/universal-origin.ts'
export {
  causalSetOf,
  type PrefixTable,
  type UniversalSet,
  universalSetOf,
  withBounds,
} from './universal/universal-set.ts'
export { requireEpsilon, scoreRoom, validateBounds } from './universal/validate-bounds.ts'
export { MOST_MEASURED, requireCondition } from './universal/validate-rank.ts'
export { dropWeighted, measureKeys } from './universal/weighted-drop.ts'
export { weightedFactorOf } from './universal/weighted-factor.ts'
export type { DotPrecision } from './verify/dot-block.ts'
export type { VerifyPairs } from './verify/pair-list.ts'
export type { VerifySum } from './verify/sweep.ts'
