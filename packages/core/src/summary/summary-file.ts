import { counted } from '../counted.ts'
import type { HeaderRecord, HeaderValue } from '../storage/canonical.ts'
import type { LevFile } from '../storage/lev-reader.ts'
import type { LevBlock, LevContent } from '../storage/lev-writer.ts'
import { sketchBlocks, sketchFrom, sketchHeader } from '../sketch/sketch-file.ts'
import { Candidates } from './candidates.ts'
import { GramSum } from './gram-sum.ts'
import type { SummaryState } from './summary-state.ts'
import type { RowRanges } from './row-ranges.ts'
import { HeaderFields, levelBlock, levelErrors, levelsFrom, readBlock } from './lev-fields.ts'
import { TriangularSum } from './triangular-sum.ts'
import { arrivalsFrom, weightedBlocks, weightedFrom, weightedHeader } from './weighted-file.ts'

/** A summary's .lev content: header fields and blocks as docs/formats.md lists them. */
export function summaryContent(state: SummaryState): LevContent {
  return { kind: 'summary', header: summaryHeader(state), blocks: summaryBlocks(state) }
}

export function summaryHeader(state: SummaryState): HeaderRecord {
  const { dim, epsilon, p, policy, ranges, gram, openRanges, dropRidge } = state
  return {
    attention: `|q.k|^${p}`,
    dim,
    epsilon,
    p,
    policy,
    ranges: rangesToHeader(ranges),
    openRanges: rangesToHeader(openRanges),
    dropRidge,
    rowCount: gram.rowCount,
    depth: gram.depth,
    form: state.triangular ? 'triangular' : 'gram',
    triangularErrors: levelErrors(state.triangular),
    ...sketchHeader(state.sketch),
    ...(state.weighted ? weightedHeader(state.weighted) : {}),
  }
}

export function summaryBlocks(state: SummaryState): LevBlock[] {
  const { gram, candidates } = state
  return [
    { name: 'gram', dtype: 'f64', length: gram.gram.length, data: gram.gram },
    { name: 'exponents', dtype: 'f64', length: gram.dim, data: Float64Array.from(gram.exponents) },
    levelBlock('triangular', state.triangular, gram.dim),
    { name: 'rowIds', dtype: 'u64', length: candidates.count, data: candidates.rowIds },
    { name: 'bounds', dtype: 'f64', length: candidates.count, data: candidates.bounds },
    { name: 'keys', dtype: candidates.element, length: candidates.keys.length, data: candidates.keys },
    ...sketchBlocks(state.sketch),
    ...(state.weighted ? weightedBlocks(state.weighted, candidates.arrivals) : []),
  ]
}

/** The state in a summary's or universal set's .lev. Throws Content where a field is missing or contradicts another. */
export function summaryFrom(file: LevFile): SummaryState {
  const header = new HeaderFields(file)
  const dim = header.integer('dim')
  const gram = new GramSum(dim, {
    gram: readBlock(file, 'gram', dim * dim),
    exponents: Int32Array.from(readBlock(file, 'exponents', dim)),
    rowCount: header.integer('rowCount'),
    depth: header.integer('depth'),
  })
  const element = file.find('keys')?.dtype === 'f64' ? 'f64' : 'f32'
  const rowIds = file.read('rowIds', 'u64')
  const bounds = readBlock(file, 'bounds', rowIds.length)
  const keys = file.read('keys', element)
  if (keys.length !== rowIds.length * dim)
    throw header.contradiction('keys', counted(rowIds.length * dim, 'number'))
  const { policy } = file.header
  if (policy !== 'whole' && policy !== 'prefix') throw header.contradiction('policy', "'whole' or 'prefix'")
  return {
    dim,
    epsilon: header.positive('epsilon', 1),
    p: header.positive('p'),
    policy,
    ranges: header.ranges('ranges'),
    openRanges: header.ranges('openRanges'),
    dropRidge: header.number('dropRidge'),
    triangular:
      file.header.form === 'triangular'
        ? new TriangularSum(
            dim,
            gram.exponents.slice(),
            levelsFrom(file, 'triangularErrors', 'triangular', dim),
          )
        : undefined,
    sketch: sketchFrom(file, dim, gram.exponents),
    gram,
    candidates: Candidates.of(dim, rowIds, bounds, keys, arrivalsFrom(file, rowIds.length)),
    weighted: weightedFrom(file, gram),
  }
}

function rangesToHeader(ranges: RowRanges): HeaderValue {
  return ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd])
}
