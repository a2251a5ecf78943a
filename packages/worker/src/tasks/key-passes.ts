import {
  Candidates,
  GramSum,
  gramInCoordinates,
  gramOfRows,
  keptByOthers,
  KeySummary,
  largestWeightRatio,
  selectRows,
  summarizeShard,
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

export const refineTask: MapTask<'refine'> = ({ source: spec, range, coordinates, exponents }, context) => {
  const source = context.open(spec)
  const gram = gramInCoordinates(source, range, context.kernels, coordinates, exponents)
  return shardSummary(source, range, ANY_EPSILON, gram, undefined)
}

export const weighTask: MapTask<'weigh'> = (
  { source: spec, range, coordinates, exponents, p, columns },
  context,
) => {
  const sum = weightedGram(context.open(spec), range, context.kernels, coordinates, exponents, p, columns)
  const { gram, rowCount, depth } = sum.gram
  return { ...sum, gram, rowCount, depth }
}

export const ratioTask: MapTask<'ratio'> = ({ source: spec, range, factor }, context) =>
  largestWeightRatio(context.open(spec), range, context.kernels, factor)

export const selectTask: MapTask<'select'> = (
  { source: spec, range, factor, threshold, epsilon },
  context,
) => {
  const source = context.open(spec)
  const selected = selectRows(source, range, context.kernels, factor, threshold)
  const candidates = keptByOthers(context.kernels, factor, selected, threshold)
  return shardSummary(source, range, epsilon, new GramSum(source.cols), candidates)
}

/** The bytes of one shard's summary; without `candidates` its rows stay open. */
function shardSummary(
  source: MatrixSource,
  range: RowRange,
  epsilon: number,
  gram: GramSum,
  candidates: Candidates | undefined,
): Uint8Array {
  const { cols: dim, element } = source
  return KeySummary.of({
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
  }).toBytes()
}
