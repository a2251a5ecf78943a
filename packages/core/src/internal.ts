// For our own packages of exactly this version, and their tests; no promise to anyone else.
// oxlint-disable-next-line import/no-unassigned-import -- it throws where Node is too old, before anything else
import './errors/supported-node.ts'

export { requireBytes, requireFloats, requireKept } from './arguments/floats.ts'
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
  TEXT,
} from './arguments/option-kinds.ts'
export { type OptionName, optionText, plainNumber } from './arguments/option-text.ts'
export { requireOptions, requireText } from './arguments/require-options.ts'
export {
  certifiedThreshold,
  epsilonOfRank,
  filterByRank,
  filterKeys,
  finalThreshold,
  type KeyThreshold,
} from './bounds/filter-keys.ts'
export {
  FLOAT32_ERROR,
  float64Error,
  MOST_LOGIT_ERROR,
  type SoftmaxError,
} from './attention/softmax-error.ts'
export { softmaxScaling, type SoftmaxScaling } from './attention/softmax-scaling.ts'
export { callbackError, isThenable } from './errors/callback-error.ts'
export { listText } from './errors/list-text.ts'
export { counted, nounFor } from './errors/counted.ts'
export {
  type ArrayIndex,
  type ErrorPlace,
  type ErrorTag,
  type InputName,
  isLevError,
  LevError,
  type Remedy,
} from './errors/errors.ts'
export { nearest } from './errors/near-names.ts'
export {
  findNative,
  type FoundNative,
  type KernelTeam,
  kernelTeam,
  loadAddon,
  type NativeChoice,
} from './kernels/native-addon.ts'
export { exp2Float64 } from './kernels/exp2-float64.ts'
export { float64Pairs } from './kernels/float64-pairs.ts'
export { float64Softmax } from './kernels/float64-softmax.ts'
export { float64Gradient } from './kernels/softmax-gradient-by.ts'
export type { HeadGradients, HeadInputs, HeadState, SoftmaxHeads } from './kernels/softmax-heads.ts'
export {
  GRADIENT_ROWS,
  type SoftmaxGradientRows,
  type SoftmaxGradients,
  type SoftmaxGradientSums,
} from './kernels/softmax-gradients.ts'
export { kernelsNameOf, kernelsOf, kernelSource, type KernelSource } from './kernels/kernels-of.ts'
export { CHUNK_ROWS, type Kernels, PANEL_ROWS } from './kernels/kernels.ts'
export { hasRelaxedSimd, type KernelModule, webAssembly } from './kernels/webassembly.ts'
export { WasmMemory } from './kernels/wasm-memory.ts'
export { mergeSoftmaxRows, type SoftmaxPart } from './kernels/merge-softmax-rows.ts'
export { scalarKernels } from './kernels/scalar.ts'
export {
  LEAST_HITS,
  SOFTMAX_KEYS,
  SOFTMAX_RAISE,
  type SoftmaxBlock,
  type SoftmaxHits,
  type SoftmaxRows,
  type SoftmaxSums,
  VALUE_KEYS,
} from './kernels/softmax-kernels.ts'
export { tierUp } from './kernels/tier-up.ts'
export { compileKernels, wasmKernels } from './kernels/wasm.ts'
export { withScratch } from './kernels/with-scratch.ts'
export { cholesky } from './linalg/cholesky.ts'
export { denseBy, equilibrateInto, plainDense } from './kernels/dense.ts'
export { multiplySquare } from './linalg/multiply-square.ts'
export { qrColumnError } from './linalg/qr-error.ts'
export { qrUpdate, qrUpper } from './linalg/qr.ts'
export { smallestEigenvalueBound } from './linalg/smallest-eigenvalue.ts'
export { smallestSingularValueBound } from './linalg/smallest-singular.ts'
export { symmetricEigen, symmetricEigenvalues } from './linalg/symmetric-eigen.ts'
export { transpose } from './linalg/transpose.ts'
export { invertLower, solveLower, solveLowerTranspose } from './linalg/triangular.ts'
export type { InflatedMember } from './files/inflate-member.ts'
export { locateFile } from './files/locate-file.ts'
export {
  gamma,
  isEpsilon,
  LEAST_EPSILON,
  UNIT_ROUNDOFF_F32,
  UNIT_ROUNDOFF_F64,
} from './arithmetic/numeric.ts'
export {
  ALGEBRA_TASK,
  algebraAnswer,
  type AlgebraAnswer,
  algebraHere,
  type AlgebraName,
  algebraRequest,
  type AlgebraTerms,
  answerAlgebra,
} from './algebra/algebra.ts'
export { answerMerge, MERGE_TASK, sharedSumOf } from './algebra/pass-sums.ts'
export { plainSums, sumsOf } from './algebra/plain-sums.ts'
export { absorbPass } from './passes/absorb.ts'
export { columnsPass } from './passes/columns.ts'
export { contentTask } from './passes/content.ts'
export { drawTask } from './passes/draw.ts'
export { estimateDrawsPass } from './passes/estimate-draws.ts'
export { exactPass } from './passes/exact.ts'
export { fourthMomentsPass } from './passes/fourth-moments.ts'
export { gramPass } from './passes/gram.ts'
export { importancesPass } from './passes/importances.ts'
export { productsPass } from './passes/products.ts'
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
export type { Pass, PassTerms, RowTask, ShardRequest, Task } from './passes/pass.ts'
export { ratioPass } from './passes/ratio.ts'
export { refinePass } from './passes/refine.ts'
export { scoresTask } from './passes/scores.ts'
export { selectPrefixPass } from './passes/select-prefix.ts'
export { selectPass } from './passes/select.ts'
export { shardGramsPass } from './passes/shard-grams.ts'
export { sketchPass } from './passes/sketch.ts'
export { summarizePass } from './passes/summarize.ts'
export { mergeBounded, type SummarySum, traceOf } from './passes/summary-pass.ts'
export { surveyPass, TopBounds } from './passes/survey.ts'
export { PASSES, ROW_TASKS } from './passes/table.ts'
export { tightenPass } from './passes/tighten.ts'
export { mergeVerifySums, verifyPass } from './passes/verify.ts'
export { weighPass } from './passes/weigh.ts'
export { normalOfWord } from './random/normal-quantile.ts'
export { plantedModel, type PlantedModel } from './planted/planted-model.ts'
export { plantedKeys, plantedQueries } from './planted/planted-rows.ts'
export { predictedLeverage } from './planted/relevant-shape.ts'
export { MAX_SAMPLE, philox4x32, type Purpose, RandomStream, sampleSorted } from './random/random.ts'
export { drawRows, isDrawn, rowStream } from './sample/draw.ts'
export { ExactSum } from './arithmetic/exact-sum.ts'
export { LargestValues } from './arithmetic/largest-values.ts'
export {
  type EstimateDraws,
  estimateDrawLimit,
  estimateStages,
  noEstimateDraws,
} from './sums/estimate-draws.ts'
export {
  expansionOf,
  mergeSamples,
  noSample,
  offerRows,
  type PrioritySample,
} from './sums/priority-sample.ts'
export { ALL_ROWS, probabilityOf, scaleOf, type ImportanceSurvey, SurveySum } from './sample/survey.ts'
export { answerRows, joinAnswers } from './search/answer-rows.ts'
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
export { heavyPairsOf, searchBatch } from './search/heavy-pairs-of.ts'
export { logOfChance, lowerMean } from './search/lower-mean.ts'
export { Normaliser, NORMALISER_TRUSTED_BELOW } from './search/normaliser.ts'
export { liftOf } from './search/rest-estimate.ts'
export { PowerQueries } from './search/power-queries.ts'
export { RowSumEstimates } from './search/row-sum-estimates.ts'
export { scaleQueries } from './search/scaled-queries.ts'
export { firstPrecision, searchOf } from './search/search-of.ts'
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
export { sketchFactor } from './bounds/sketch/sketch-factor.ts'
export { sketchRows } from './sums/sketch-rows.ts'
export { SketchSum } from './sums/sketch-sum.ts'
export { missProbability, sketchTerms, type SketchTerms, stretchProbability } from './sums/sketch-terms.ts'
export { parseAddress } from './inputs/address.ts'
export { bytesSource, openFileSource } from './files/byte-source.ts'
export {
  canonicalJson,
  canonicalMsgpack,
  type HeaderRecord,
  type HeaderValue,
  parseMsgpack,
} from './lev/canonical.ts'
export { concatMatrices } from './matrix/concat-matrices.ts'
export {
  type ArrayDescription,
  describeFile,
  describeTurned,
  formatAt,
  type OpenOptions,
  resolveArray,
} from './inputs/describe-file.ts'
export { loadingCode } from './inputs/element-advice.ts'
export type { ElementArray, ElementType } from './files/elements.ts'
export { lookOf } from './foreign/look.ts'
export { widenBfloat16, widenFloat16 } from './matrix/half.ts'
export { HEAVY_FORMAT_VERSION } from './pairs/heavy-meta.ts'
export { type HeavyNpzLimits, openHeavyNpz } from './pairs/heavy-npz.ts'
export type { HeavyPairSink, SinkBatch } from './pairs/heavy-pairs.ts'
export { atOnce } from './pieces/at-once.ts'
export { sortingOrder } from './pieces/sorting-order.ts'
export { inflatedPairs } from './pairs/resaved-npz.ts'
export { type TurnedPairs, turnPairs } from './pairs/turned-pairs.ts'
export { type HeavyPairReader, readHeavyPairs, readingHeavyPairs } from './pairs/heavy-reader.ts'
export { TEXT_PAIRS } from './foreign/text-look.ts'
export { heavyFormat, openHeavySink } from './pairs/heavy-sink.ts'
export { openHeavyStream, openHeavyText } from './pairs/heavy-text.ts'
export { inflateArray, inflateInput } from './inputs/inflate-input.ts'
export type { Format } from './formats/format.ts'
export type { ColumnNames, StoredArray } from './formats/stored-array.ts'
export {
  countLines,
  cutLines,
  type CountedLines,
  type LineRange,
  type PlainTable,
} from './tables/line-ranges.ts'
export { surveyTable, type TableSurvey } from './tables/column-survey.ts'
export { holdsText, isRead, type TableColumn } from './tables/table-column.ts'
export { createTurned, turnedBytes, turnLines, type TurnLines } from './formats/turn-lines.ts'
export { createTemporaryFile } from './files/temporary-file.ts'
export { isBfloat16Bits, rowsFirstAddress, rowsFirstLayout } from './inputs/input-advice.ts'
export { fileState, isSameState, requireSameFile } from './files/watched-file.ts'
export { readFileIfThere, readFully, readWholeFile, withInputFile } from './files/input-file.ts'
export { LevFile, levFromBytes, openLev, withLev } from './lev/lev-reader.ts'
export {
  type LevBlock,
  levChunks,
  type LevContent,
  type LevDType,
  levToBytes,
  writeLev,
} from './lev/lev-writer.ts'
export { isThere, kindAt } from './files/kind-at.ts'
export {
  heardMatrix,
  type FilePart,
  type MatrixSource,
  MAX_COLS,
  newRows,
  rowBytes,
  type SeenRows,
  type SourceSpec,
} from './matrix/matrix-source.ts'
export { matrix } from './matrix/memory-matrix.ts'
export { heldColumnsOf, rowNamingOf } from './matrix/row-naming.ts'
export { isSeen, seenCount, seenMatrix } from './matrix/masked-matrix.ts'
export { msgpackFault } from './lev/msgpack-scan.ts'
export {
  badHeadsText,
  firstNonFinite,
  isNonFinite,
  noLongerThere,
  NonFiniteCount,
  nonFiniteError,
  nonFiniteIn,
  throwNonFinite,
} from './matrix/non-finite.ts'
export { npyHeader, type NpySink, openNpySink } from './formats/npy-writer.ts'
export { openNpzArrays } from './formats/held-npz.ts'
export { type NpzArrays, NpzReader } from './formats/npz-reader.ts'
export { addNpzArray, type NpzArray, npzPieces, writeNpz } from './formats/npz-writer.ts'
export { type HeadPlace, type Heads, keyHeadOf, openHeads } from './inputs/open-heads.ts'
export { layoutOf } from './inputs/layout.ts'
export { fileHeads } from './inputs/file-heads.ts'
export { openMask, type RowMask } from './inputs/open-mask.ts'
export { inputParts, openMatrix } from './inputs/open-matrix.ts'
export { asAsked, openBeside, reopenMatrix } from './matrix/reopen-matrix.ts'
export type { TaskSource } from './matrix/task-source.ts'
export { nearFiles, openRegular } from './files/open-regular.ts'
export { checkOutput, folderFailure, type OutputOptions, requireWritable } from './files/output-check.ts'
export { createOutput, isClosedPipe, type OutputFile } from './files/output-file.ts'
export type { PairBatch } from './pairs/pair-collector.ts'
export { addressOf, matrixName, matrixPlace } from './matrix/part-place.ts'
export { transposedAddress } from './inputs/transposed-address.ts'
export { placeFiles, type SealedFile } from './files/place-files.ts'
export {
  encodePreamble,
  hasLevMagic,
  LEV_FORMAT_VERSION,
  LEV_KINDS,
  LEV_MAGIC,
  type LevKind,
  PREAMBLE_BYTES,
} from './lev/preamble.ts'
export { repeatedKey } from './lev/repeated-key.ts'
export { packRich, unpackRich } from './lev/rich-msgpack.ts'
export { requireMatrix } from './matrix/require-matrix.ts'
export { blockRowsOf } from './matrix/row-blocks.ts'
export {
  checkedMatrix,
  CONTENT_DIGEST_CHARS,
  ContentSweep,
  otherContent,
  type RowContent,
} from './matrix/row-content.ts'
export { openRowStream, type RowStream } from './inputs/row-stream.ts'
export { rowView } from './matrix/row-view.ts'
export { type SampleBatch, SampleNpz, sampleWeights } from './sample/sample-npz.ts'
export { causeText, errorCode } from './files/refusal.ts'
export {
  registerTemporary,
  removeDeadTemporaries,
  removeOpenTemporaries,
  removeTemporary,
  systemTemporaries,
  temporaryPath,
} from './files/temporaries.ts'
export { isNameOfDead, isTemporaryName, temporaryName } from './files/temporary-name.ts'
export { columnsText } from './tables/column-choice.ts'
export { fileWord, isTypable, nameFor, PIPE, pythonString, shellWord } from './files/typed-code.ts'
export { ZipWriter } from './files/zip-writer.ts'
export { KeySummary } from './stream/key-summary.ts'
export { requireEach, requireRowIds, requireTriangle, unusable } from './validation/block-checks.ts'
export { weighBlock } from './bounds/power/block-weights.ts'
export { Candidates } from './sums/candidates.ts'
export {
  columnMaxima,
  exponentOf,
  losesBits,
  NO_EXPONENT,
  scaleColumns,
  scalePowerOfTwo,
} from './arithmetic/column-exponents.ts'
export { GramAccumulator } from './sums/gram-accumulator.ts'
export { rootOfGram } from './bounds/factor/gram-root.ts'
export { type GramParts, GramSum, raiseExponents } from './sums/gram-sum.ts'
export { productGram } from './bounds/power/product-gram.ts'
export { mergeStates } from './summary/merge-states.ts'
export { partScales, scaledPart } from './bounds/power/part-scale.ts'
export { chosenBlocksText } from './bounds/causal/block-rows.ts'
export { prefixBlocks, selectByEarlier } from './bounds/causal/prefix-blocks.ts'
export { dropByEarlier } from './bounds/causal/prefix-drop.ts'
export {
  cutRows,
  firstRangeFrom,
  joinRanges,
  rowCountOf,
  rowsIn,
  type RowRange,
  type RowRanges,
} from './matrix/row-ranges.ts'
export { entryScoresOf } from './bounds/power/row-weights.ts'
export {
  gramInCoordinates,
  gramOfRows,
  selectRows,
  summarizeShard,
  type WeightedColumns,
  weightedGram,
} from './passes/shard-sweeps.ts'
export { dropBelow, factorOfState } from './summary/state-factor.ts'
export { originOf, withOrigin } from './summary/set-origin.ts'
export { mergeRecordOf, universalSetOfState } from './summary/summary-answer.ts'
export { summaryContent, summaryFrom } from './stored/summary-file.ts'
export type { SummaryState } from './summary/summary-state.ts'
export { TriangularSum } from './sums/triangular-sum.ts'
export { type WeightedForm, type WeightedSum, weighsRows } from './sums/weighted-form.ts'
export { gramFactorOf, weightedUniversalSet } from './summary/weighted-summary.ts'
export { boundOrder } from './bounds/bound-order.ts'
export {
  fewRowsStep,
  firstStep,
  type CertifiedGram,
  MOST_GRAM_PASSES,
  REFINE_ABOVE_SLACK,
  refinedStep,
  REGULAR_BELOW_SLACK,
  regularStep,
  wantedCoordinates,
} from './bounds/factor/certificate.ts'
export type { Preconditioner } from './bounds/factor/preconditioner.ts'
export { DotFilter, LARGEST_PAIR_SLACK } from './bounds/dot-filter.ts'
export type { DualSums } from './bounds/power/dual-sums.ts'
export { NormsWhileSumming } from './bounds/norms-while-summing.ts'
export { productError, sumError, exactDot } from './arithmetic/expansion.ts'
export { boundOf, coverRidgeOf, type Factor, factorOf, tightFactorOf } from './bounds/factor/factor.ts'
export { widenedFactor } from './bounds/factor/widened-factor.ts'
export { boundSlackOf, ridgeInflation, ridgeSlackOf, WIDE_RIDGE } from './bounds/factor/ridge-rules.ts'
export { type HeavyBatch, heavyBatchOf, type ScoreEnds } from './pairs/heavy-batch.ts'
export {
  firstWeightPreconditioner,
  longestColumn,
  plainWeightPreconditioner,
  lewisStep,
  type LewisStep,
  MOST_WEIGHT_PASSES,
  wantsAnother,
  type WeightPreconditioner,
} from './bounds/power/lewis-step.ts'
export { type FourthMoments, type FourthMomentSum, fourthMoments } from './bounds/power/fourth-moments.ts'
export { momentCoordinates } from './bounds/power/moment-coordinates.ts'
export { MomentRowSums } from './search/moment-row-sums.ts'
export { usesProducts, productColumns, productFeaturesOf, liftRow } from './bounds/power/product-features.ts'
export {
  ANY_POWER,
  type Attention,
  attentionName,
  attentionOf,
  isPower,
  isQuadratic,
  type OfPower,
  POWER,
  sameAttention,
  sizeExponent,
  sizeText,
} from './attention/attention.ts'
export { type AttentionMask, NO_MASK, visibleKeys } from './attention/mask.ts'
export { answeredRows, isKey, keysSeen, rangeSeen, type Visibility } from './attention/visibility.ts'
export { NormFilter } from './bounds/norm-filter.ts'
export {
  type HeavyPair,
  joinColumns,
  NO_PAIRS,
  PairCollector,
  type PairColumns,
  pairsOf,
  withoutQueries,
} from './pairs/pair-columns.ts'
export { powerInterval } from './bounds/power/power-interval.ts'
export { type PowerSums, shareOfPowers, termOfShareOfPowers } from './arithmetic/power-sums.ts'
export { POWER_ROUNDINGS, powerBound, powerFunction, scoreOfBound } from './arithmetic/power.ts'
export { joinRankedPairs, noRankedPairs, rankedPairs, type RankedPairs } from './pairs/ranked-pairs.ts'
export { requireUniversal, tryingEntries } from './universal/require-universal.ts'
export { RowMap } from './bounds/factor/row-map.ts'
export { Scorer } from './bounds/scorer.ts'
export { boundsOf, Selector, tausOf } from './bounds/selector.ts'
export { addSquares, joinSquares, noSquares, shareOfSquares } from './arithmetic/square-sums.ts'
export { dualBounds, firstTrials, nextTrials, type Tightening, tighteningOf } from './universal/tighten.ts'
export { triangularFactor } from './bounds/factor/triangular-factor.ts'
export { answerPart, OPEN_PART, partOfAnswer } from './algebra/open-part.ts'
export { causalPart, openPart, type PartFile, type SummaryPart } from './stored/summary-part.ts'
export { mergeableState, summaryOf, universalContent, universalFrom } from './stored/universal-file.ts'
export type { KeyRecord, UniversalFile, MergeRecord } from './summary/merge-record.ts'
export {
  causalSetOf,
  gatherInRowOrder,
  type PrefixTable,
  type UniversalSet,
  universalSetOf,
  universalSetOfBounds,
  withBounds,
} from './universal/universal-set.ts'
export { requireKeptBounds, scoreRoom, validateBounds } from './validation/validate-bounds.ts'
export { MOST_MEASURED, requireCondition } from './validation/validate-rank.ts'
export { dropWeighted, measureKeys } from './universal/weighted-drop.ts'
export { weightedFactorOf } from './bounds/power/weighted-factor.ts'
export type { DotPrecision } from './verify/dot-block.ts'
export type { VerifyPairs } from './verify/pair-list.ts'
export type { VerifySum } from './verify/sweep.ts'
export type { PairClaims } from './verify/candidates.ts'
export { logSumOf } from './verify/row-sums.ts'
export { sees } from './verify/sees.ts'
export { normOf, type SoftmaxVerifyQuestion, type SoftmaxVerifySum } from './verify/softmax-sweep.ts'
export { mergeSoftmaxVerifySums, softmaxVerifyPass } from './passes/softmax-verify.ts'

export { type KeyReach, NO_REACH } from './softmax/key-reach.ts'
export { keyReachPass } from './passes/key-reach.ts'
export { softmaxPairsPass } from './passes/softmax-pairs.ts'
export { softmaxRowsPass, type SoftmaxRowsQuestion } from './passes/softmax-rows.ts'
export { type PairLimits, type PairSum, type PairTerms } from './softmax/pair-search.ts'
export { type SoftmaxTerms } from './softmax/query-groups.ts'
export {
  float64Rows,
  lseOf,
  type SettledPairs,
  settlePairs,
  unsettledQueries,
} from './softmax/settle-pairs.ts'
export { type Ask, askOf, followHere, type Recipe } from './fixed-set/ask.ts'
export { fixedSetOf, fixedSetsOf } from './fixed-set/fixed-set-of.ts'
export { type DenseRows, fixedSet, type HeadInMemory, restClusters } from './fixed-set/in-memory.ts'
export { leverageOf } from './fixed-set/leverage.ts'
export { NO_CLUSTER, type RestClusters, restClustersOf, restClustersTask } from './fixed-set/rest-clusters.ts'
export { leverageTask } from './fixed-set/leverage.ts'
export { drawnKeysTask } from './fixed-set/drawn.ts'
export { segmentSetsTask } from './fixed-set/segment-sets.ts'
export { factorOfEntries, type KeyHead, keysOf } from './fixed-set/terms.ts'
export { roundedSquare } from './arithmetic/rounded-square.ts'
export { chooseLargest } from './selection/choose.ts'
export { entryFactor } from './selection/entry-factor.ts'
export { NearestCentre } from './selection/nearest.ts'
export { DEFAULT_SEED, type NamedSet, readsQueries, type Rule, RULES } from './selection/fixed-set.ts'
export { requireFixedSet } from './selection/require-fixed-set.ts'

export { type ScaleOptions, softmaxScaleOf } from './attention/scale-option.ts'
export {
  requireRowMask,
  requireRowRange,
  type VisibilityOptions,
  visibilityOf,
} from './attention/visibility-options.ts'
export { type AttendedRows, finishRows } from './attend/finish-rows.ts'
export { attendRows } from './attend/attend-rows.ts'
export { type AttendSum, joinRows as joinPartialRows, type PartialRows } from './attend/partial-rows.ts'
export { type RestTerms } from './attend/rest-rows.ts'
export type { AttendTerms, LocalKeys, SelectedKeys, TokenGrid } from './attend/attend-terms.ts'
export { keptKeys } from './attend/kept-keys.ts'
export { attendPass } from './passes/attend.ts'
export { type FewRows, type FewRowsQuestion, fewRowsTask } from './passes/few-rows.ts'
export { type RowCombinations, rowCombinations } from './sums/row-combinations.ts'
export { relationsTask } from './passes/relations.ts'
export { restTask } from './passes/rest.ts'
export { AttentionHeads } from './heads/attention-heads.ts'
export type { HeadArrays } from './heads/head-arrays.ts'
export type { HeadsOptions, HeadsShape } from './heads/heads-options.ts'
export { attendInMemory } from './operator/attend.ts'
export { attendWithGradientInMemory } from './operator/attend-with-gradient.ts'
export type { AnyAttendOptions, AttendOptions, Selection } from './operator/attend-options.ts'
export { type AttendProblem, attendProblem, selectionScale } from './operator/attend-problem.ts'
export { attendTermsOf, elementOf, type HeadSources, restTermsOf } from './operator/terms-of.ts'
export { type NpyPlaces, openNpyPlaces } from './formats/npy-places.ts'
export { type NumberRows, type NumbersWanted, openNumbers } from './inputs/open-numbers.ts'
export { requireOneColumn } from './inputs/one-column.ts'
export { type MissingRows, missingRows } from './matrix/missing-rows.ts'
export { ATTEND_OPTIONS } from './operator/require-attend.ts'
export { prefixAdvice } from './operator/require-extras.ts'

export {
  type Clusters,
  type CoveredNumbers,
  type CoveredRows,
  type CoveredSelection,
  type CoverageTerms,
} from './coverage/coverage-terms.ts'
export { joinCovered, noneCovered } from './coverage/join-covered.ts'
export { type JudgedRows, judgedRows, type JudgeOptions } from './coverage/judged-rows.ts'
export { MASS_QUANTILES, type SelectionNumbers, selectionNumbers } from './coverage/selection-numbers.ts'
export { coverageTask } from './passes/coverage.ts'
export { decimalAt, decimalEnd } from './tables/decimal.ts'
export { readLines, withoutLastLines } from './tables/line-ranges.ts'
export { type LineLayout, tableHead, type TableHead, type TableOptions } from './tables/table-head.ts'
export { readRowNames } from './tables/row-names.ts'
export { readTable } from './tables/read-table.ts'
export { designMatrix, type DesignOptions, tableColumn } from './matrix/design-matrix.ts'
export { columnRelations } from './linalg/column-relations.ts'
export { withColumns } from './matrix/design-matrix.ts'
export { areIndependent, eigenvaluesOfRows } from './sums/independent-rows.ts'
