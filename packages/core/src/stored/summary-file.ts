import type { HeaderRecord, HeaderValue } from '../lev/canonical.ts'
import type { LevFile } from '../lev/lev-reader.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import type { LevBlock, LevContent } from '../lev/lev-writer.ts'
import { sketchBlocks, sketchFrom, sketchHeader } from './sketch-file.ts'
import { requireExponents } from '../validation/block-checks.ts'
import { Candidates } from '../sums/candidates.ts'
import { GramSum } from '../sums/gram-sum.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { RowRanges } from '../matrix/row-ranges.ts'
import {
  HeaderFields,
  levelBlock,
  levelErrors,
  levelsFrom,
  readBlock,
  readKeys,
  whileOpened,
} from './lev-fields.ts'
import { TriangularSum } from '../sums/triangular-sum.ts'
import { type SummaryOrigin, validateSummary } from '../validation/validate-summary.ts'
import { entryScoresFrom, weightedBlocks, weightedFrom, weightedHeader } from './weighted-file.ts'
import { attentionName } from '../attention/attention.ts'

/** A summary's .lev content: header fields and blocks as docs/formats.md lists them. */
export function summaryContent(state: SummaryState): LevContent {
  return { kind: 'summary', header: summaryHeader(state), blocks: summaryBlocks(state) }
}

export function summaryHeader(state: SummaryState): HeaderRecord {
  const { dim, epsilon, p, policy, ranges, gram, openRanges, dropRidge } = state
  return {
    attention: attentionName(state),
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

/** Keys as a file holds them, in row order. */
export interface KeyBlocks extends Pick<Candidates, 'element' | 'count' | 'entryScores'> {
  readonly rowIds: LevBlock['data']
  readonly bounds: LevBlock['data']
  readonly keys: LevBlock['data']
}

/** `candidates`: in place of those of `state`. */
export function summaryBlocks(state: SummaryState, candidates: KeyBlocks = state.candidates): LevBlock[] {
  const { gram } = state
  return [
    { name: 'gram', dtype: 'f64', length: gram.gram.length, data: gram.gram },
    { name: 'exponents', dtype: 'f64', length: gram.dim, data: Float64Array.from(gram.exponents) },
    levelBlock('triangular', state.triangular, gram.dim),
    { name: 'rowIds', dtype: 'u64', length: candidates.count, data: candidates.rowIds },
    { name: 'bounds', dtype: 'f64', length: candidates.count, data: candidates.bounds },
    { name: 'keys', dtype: candidates.element, length: candidates.count * state.dim, data: candidates.keys },
    ...sketchBlocks(state.sketch),
    ...(state.weighted ? weightedBlocks(state.weighted, candidates.entryScores) : []),
  ]
}

/**
 * The state in a summary's or universal set's .lev; `origin` as in `validateSummary`. Throws Content where a field is missing, out of its range, or contradicts another.
 */
export function summaryFrom(file: LevFile, origin: SummaryOrigin = {}): SummaryState {
  const header = new HeaderFields(file)
  const dim = header.integer('dim', 1, MAX_COLS)
  const gram = gramFrom(file, header, dim)
  const form = header.oneOf('form', ['gram', 'triangular'])
  const levels = levelsFrom(file, 'triangularErrors', 'triangular', dim)
  const state: SummaryState = {
    dim,
    epsilon: header.positive('epsilon', 1),
    p: header.positive('p'),
    policy: header.oneOf('policy', ['whole', 'prefix']),
    ranges: header.ranges('ranges'),
    openRanges: header.ranges('openRanges'),
    dropRidge: header.number('dropRidge', { least: 0, most: mostRidge(dim) }),
    triangular: form === 'triangular' ? new TriangularSum(dim, gram.exponents.slice(), levels) : undefined,
    sketch: sketchFrom(file, dim, gram.exponents),
    gram,
    candidates: candidatesFrom(file, dim),
    weighted: weightedFrom(file, gram),
  }
  whileOpened(file.name, () => validateSummary(file, state, origin))
  return state
}

/** Against D²: a ridge is far below 1, and coordinates multiply it by the square of a norm of about sqrt(d). */
export function mostRidge(dim: number): number {
  return 2 * dim
}

function gramFrom(file: LevFile, header: HeaderFields, dim: number): GramSum {
  const exponents = readBlock(file, 'exponents', dim)
  requireExponents(file.name, 'exponents', exponents)
  return new GramSum(dim, {
    gram: readBlock(file, 'gram', dim * dim),
    exponents: Int32Array.from(exponents),
    rowCount: header.integer('rowCount'),
    depth: header.integer('depth'),
  })
}

function candidatesFrom(file: LevFile, dim: number): Candidates {
  const count = file.find('rowIds')?.length ?? 0
  const bounds = readBlock(file, 'bounds', count)
  const keys = readKeys(file, 'keys', count * dim)
  return Candidates.of(dim, file.read('rowIds', 'u64'), bounds, keys, entryScoresFrom(file, count))
}

function rangesToHeader(ranges: RowRanges): HeaderValue {
  return ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd])
}
