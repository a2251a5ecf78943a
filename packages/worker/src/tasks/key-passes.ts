import {
  Candidates,
  dualSums,
  finalThreshold,
  firstNonFinite,
  forEachBlock,
  GramSum,
  gramInCoordinates,
  gramOfRows,
  keptByOthers,
  levToBytes,
  KeySummary,
  largestWeightRatio,
  liftedGram,
  selectByEarlier,
  selectRows,
  sketchRows,
  summarizeShard,
  summaryContent,
  type SummaryState,
  throwNonFinite,
  weightedGram,
  type MatrixSource,
  type RowRange,
} from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

/** epsilon plays no part where no key is chosen; one constant keeps such summaries mergeable. */
const ANY_EPSILON = 1

export const gramTask: MapTask<'gram'> = ({ source: spec, range }, context) => {
  const source = context.open(spec)
  return shardSummary(source, range, ANY_EPSILON, gramOfRows(source, range, context.kernels), undefined)
}

export const summarizeTask: MapTask<'summarize'> = ({ source: spec, range, epsilon }, context) => {
  const source = context.open(spec)
  const { gram, candidates } = summarizeShard(source, range, context.kernels, epsilon)
  return shardSummary(source, range, epsilon, gram, candidates)
}

export const sketchTask: MapTask<'sketch'> = (
  { source: spec, range, terms, epsilon, rowOffset },
  context,
) => {
  const source = context.open(spec)
  const { gram, sketch } = sketchRows(source, range, context.kernels, terms, rowOffset)
  return shardSummary(source, range, epsilon, gram, undefined, { sketch })
}

export const refineTask: MapTask<'refine'> = ({ source: spec, range, coordinates, exponents }, context) => {
  const source = context.open(spec)
  const gram = gramInCoordinates(source, range, context.kernels, coordinates, exponents)
  return shardSummary(source, range, ANY_EPSILON, gram, undefined)
}

export const absorbTask: MapTask<'absorb'> = ({ source: spec, range, epsilon, p, rowOffset }, context) => {
  const source = context.open(spec)
  const rowStart = range.rowStart + rowOffset
  const terms = { dim: source.cols, epsilon, p, rowStart, form: 'triangular' as const }
  const summary = new KeySummary(terms, context.kernels)
  forEachBlock(source, range, context.kernels, (rows, rowCount, firstRow) => {
    // Here, since a summary knows neither file nor place of its rows.
    if (firstNonFinite(rows) >= 0) throwNonFinite(source, firstRow, rowCount)
    summary.update(rows)
  })
  return summary.toBytes()
}

export const weighTask: MapTask<'weigh'> = (
  { source: spec, range, coordinates, exponents, p, columns },
  context,
) => {
  const sum = weightedGram(context.open(spec), range, context.kernels, coordinates, exponents, p, columns)
  const { gram, rowCount, depth } = sum.gram
  return { ...sum, gram, rowCount, depth }
}

export const liftTask: MapTask<'lift'> = ({ source: spec, range, exponents: scales }, context) => {
  const { gram: sum, lost } = liftedGram(context.open(spec), range, context.kernels, scales)
  const { gram, exponents, rowCount, depth } = sum
  return { gram, exponents, rowCount, depth, lost }
}

export const ratioTask: MapTask<'ratio'> = ({ source: spec, range, factor }, context) =>
  largestWeightRatio(context.open(spec), range, context.kernels, factor)

export const tightenTask: MapTask<'tighten'> = ({ source, range, exponents, trials, p }, context) =>
  dualSums(context.open(source), range, context.kernels, exponents, trials, p)

export const selectTask: MapTask<'select'> = ({ source: spec, range, factor, epsilon }, context) => {
  const source = context.open(spec)
  const threshold = finalThreshold(factor, epsilon)
  const selected = selectRows(source, range, context.kernels, factor, threshold)
  const candidates = keptByOthers(context.kernels, factor, selected, threshold)
  return shardSummary(source, range, epsilon, new GramSum(source.cols), candidates)
}

export const selectPrefixTask: MapTask<'selectPrefix'> = (
  { source: spec, range, prefix, epsilon, p },
  context,
) => {
  const source = context.open(spec)
  const before = new GramSum(source.cols, prefix)
  const { kept, ridge } = selectByEarlier(source, range, context.kernels, before, epsilon, p)
  return shardSummary(source, range, epsilon, new GramSum(source.cols), kept, {
    policy: 'prefix',
    dropRidge: ridge,
  })
}

/** The bytes of one shard's summary; without `candidates` its rows stay open. */
function shardSummary(
  source: MatrixSource,
  range: RowRange,
  epsilon: number,
  gram: GramSum,
  candidates: Candidates | undefined,
  others: Partial<Pick<SummaryState, 'policy' | 'dropRidge' | 'sketch'>> = {},
): Uint8Array {
  const { cols: dim, element } = source
  const state: SummaryState = {
    dim,
    epsilon,
    p: 2,
    policy: 'whole',
    ranges: [range],
    gram,
    candidates: candidates ?? new Candidates(dim, element),
    openRanges: candidates ? [] : [range],
    triangular: undefined,
    dropRidge: 0,
    ...others,
  }
  return levToBytes(summaryContent(state))
}
