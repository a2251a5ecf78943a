import {
  isDrawn,
  isLevError,
  levFromBytes,
  liftedColumns,
  requireGram,
  type RowRange,
  rowStream,
  summaryFrom,
  type SummaryOrigin,
  type SummaryState,
} from '@levattention/core/internal'
import type { TaskRequest } from '@levattention/worker/internal'
import {
  arrayOf,
  ascendingIds,
  each,
  fault,
  finite,
  numberIn,
  PartFault,
  recordOf,
  truthOf,
  wholeNumber,
  within,
} from './part-checks.ts'
import type { KeptKind } from './kept-kinds.ts'

/** What a part must be an answer to: of one task, or the sum of several. */
export interface Asked<K extends KeptKind> {
  readonly kind: K
  /** The first of its tasks; they differ in their rows. */
  readonly request: TaskRequest<K>
  /** All rows that it is about. */
  readonly range: RowRange
  readonly dim: number
}

/** A score may be above 1 by its rounding, or by what a ridge certificate allows for. */
const MOST_SCORE = 2
/** Columns up to which a Cholesky factor of each part costs little against reading it. */
const MOST_FACTORED = 256

/** Throws PartFault unless `value` can be the answer to the task: every number of it, and against what was asked. */
export function validateAnswer<K extends KeptKind>(value: unknown, asked: Asked<K>): void {
  CHECKS[asked.kind](value, asked)
}

/** As `validateAnswer`, for the sum of several answers as its pass packs it. */
export function validateSum<K extends KeptKind>(value: unknown, asked: Asked<K>): void {
  if (!isSummary(asked.kind)) return validateAnswer(value, asked)
  const { summary, traces, grams } = recordOf(value, 'sum')
  if (!Array.isArray(traces) || !Array.isArray(grams)) throw fault('traces', 'a list, as grams', traces)
  within(traces as number[], 'traces', 0, Number.MAX_VALUE)
  for (const gram of grams) gramParts(gram, asked.dim, undefined)
  summaryAnswer(summary, asked as never)
}

type SummaryKind = 'gram' | 'summarize' | 'sketch' | 'absorb' | 'refine' | 'select' | 'selectPrefix'

function isSummary(kind: KeptKind): kind is SummaryKind {
  return CHECKS[kind] === summaryAnswer
}

function summaryAnswer(value: unknown, { kind, request, range, dim }: Asked<SummaryKind>): void {
  if (!(value instanceof Uint8Array)) throw fault('summary', 'bytes', value)
  const isSelection = kind === 'select' || kind === 'selectPrefix'
  const state = stateIn(value, { isSelection, isFresh: dim > MOST_FACTORED })
  const {
    rowOffset = 0,
    epsilon = 1,
    p = 2,
  } = request as { rowOffset?: number; epsilon?: number; p?: number }
  const wantsEpsilon = kind === 'gram' || kind === 'refine' ? 1 : epsilon
  const wanted = { dim, epsilon: wantsEpsilon, p: kind === 'absorb' ? p : 2 }
  for (const term of ['dim', 'epsilon', 'p'] as const)
    if (state[term] !== wanted[term]) throw fault(term, `${wanted[term]}, as was asked`, state[term])
  // Rows of a sketch count from the offset, its ranges do not (pipeline/universal.ts).
  const shift = kind === 'absorb' ? rowOffset : 0
  const [only, more] = state.ranges
  const isRange =
    more === undefined && only?.rowStart === range.rowStart + shift && only.rowEnd === range.rowEnd + shift
  if (!isRange)
    throw fault(
      'ranges',
      `[${range.rowStart + shift}, ${range.rowEnd + shift}]`,
      JSON.stringify(state.ranges),
    )
}

function stateIn(bytes: Uint8Array, origin: SummaryOrigin): SummaryState {
  try {
    return summaryFrom(levFromBytes(bytes, 'its summary'), origin)
  } catch (error) {
    if (isLevError(error, 'Content'))
      throw new PartFault(error.message.replace(/; the file is not usable.*$/, ''))
    throw error
  }
}

function gramParts(value: unknown, dim: number, rowCount: number | undefined): Record<string, unknown> {
  const parts = recordOf(value, 'gram')
  const rows = wholeNumber(parts.rowCount, 'rowCount', rowCount ?? 0, rowCount)
  const depth = wholeNumber(parts.depth, 'depth', 0, 4 * rows + 64)
  const gram = arrayOf(parts.gram, Float64Array, 'gram', dim * dim)
  try {
    requireGram('the part', 'gram', gram, { dim, rowCount: rows, relTol: (depth + 2) * 2 ** -52 })
  } catch (error) {
    if (isLevError(error, 'Content'))
      throw new PartFault(error.message.replace(/^.*?: |; the file is not usable.*$/g, ''))
    throw error
  }
  return parts
}

const rowsIn = ({ rowStart, rowEnd }: RowRange): number => rowEnd - rowStart

type Check<K extends KeptKind> = (value: unknown, asked: Asked<K>) => void

const CHECKS: { readonly [K in KeptKind]: Check<K> } = {
  gram: summaryAnswer,
  summarize: summaryAnswer,
  sketch: summaryAnswer,
  absorb: summaryAnswer,
  refine: summaryAnswer,
  select: summaryAnswer,
  selectPrefix: summaryAnswer,
  weigh: (value, { range, dim }) => {
    const part = gramParts(value, dim, rowsIn(range))
    const squares = arrayOf(part.columnSquares, Float64Array, 'columnSquares', dim)
    within(squares, 'columnSquares', 0, Number.MAX_VALUE)
    numberIn(part.weightSum, 'weightSum', 0, Number.MAX_VALUE)
  },
  ratio: (value) => void numberIn(value, 'ratio', 0, Infinity),
  lift: (value, { range, dim }) => {
    const columns = liftedColumns(dim)
    const part = gramParts(value, columns, rowsIn(range))
    const exponents = arrayOf(part.exponents, Int32Array, 'exponents', columns)
    each(exponents, 'exponents', 'exponents of float64', (e) => e === -100_000 || (e >= -1073 && e <= 1024))
    truthOf(part.lost, 'lost')
  },
  tighten: (value, { request, range, dim }) => {
    const sums = recordOf(value, 'sums')
    const trials = request.trials.length / dim
    for (const name of ['powers', 'squares'])
      within(arrayOf(sums[name], Float64Array, name, trials), name, 0, Number.MAX_VALUE)
    finite(arrayOf(sums.combined, Float64Array, 'combined', trials * dim), 'combined')
    finite(arrayOf(sums.grams, Float64Array, 'grams', trials * dim * dim), 'grams')
    wholeNumber(sums.depth, 'depth', 0, 2 * rowsIn(range) + 1024)
  },
  scores: (value, { range }) =>
    within(arrayOf(value, Float64Array, 'scores', rowsIn(range)), 'scores', 0, MOST_SCORE),
  survey: (value, { request, range }) => {
    const { counts, topRowIds, topBounds } = recordOf(value, 'survey')
    // A sum of several surveys has the largest bounds alone.
    if (counts !== undefined) {
      const all = arrayOf(counts, Float64Array, 'counts', request.epsilons.length)
      each(
        all,
        'counts',
        'numbers of rows',
        (count) => Number.isInteger(count) && count >= 0 && count <= rowsIn(range),
      )
    }
    const bounds = arrayOf(topBounds, Float64Array, 'topBounds')
    const ids = arrayOf(topRowIds, Float64Array, 'topRowIds', bounds.length)
    if (bounds.length > request.topCount)
      throw fault('topBounds', `${request.topCount} at most`, bounds.length)
    each(
      bounds,
      'topBounds',
      'numbers from 0 to 1, the largest first',
      (bound, i) => bound >= 0 && bound <= 1 && (i === 0 || bound <= bounds[i - 1]),
    )
    ascendingIds(ids.slice().sort(), 'topRowIds', range)
  },
  importances: (value, { request, range }) => {
    const { nonzeroRows, sumParts, largest } = recordOf(value, 'importances')
    const rows = wholeNumber(nonzeroRows, 'nonzeroRows', 0, rowsIn(range))
    finite(arrayOf(sumParts, Float64Array, 'sumParts'), 'sumParts')
    const top = arrayOf(largest, Float64Array, 'largest')
    if (top.length > Math.min(rows, request.rows))
      throw fault('largest', `${Math.min(rows, request.rows)} at most`, top.length)
    each(
      top,
      'largest',
      `numbers above 0 and at most ${MOST_SCORE}, the largest first`,
      (score, i) => score > 0 && score <= MOST_SCORE && (i === 0 || score <= top[i - 1]),
    )
  },
  draw: (value, { request, range, dim }) => {
    const { rowIds, probabilities, rows, probabilityParts, certainRows } = recordOf(value, 'draws')
    const ids = arrayOf(rowIds, Float64Array, 'rowIds')
    ascendingIds(ids, 'rowIds', range)
    const chances = arrayOf(probabilities, Float64Array, 'probabilities', ids.length)
    const stream = rowStream(request.seed)
    each(
      chances,
      'probabilities',
      'of rows that their seed draws',
      (chance, i) => chance <= 1 && isDrawn(stream, ids[i], chance),
    )
    const isDouble = rows instanceof Float64Array
    finite(
      isDouble
        ? arrayOf(rows, Float64Array, 'rows', ids.length * dim)
        : arrayOf(rows, Float32Array, 'rows', ids.length * dim),
      'rows',
    )
    finite(arrayOf(probabilityParts, Float64Array, 'probabilityParts'), 'probabilityParts')
    const certain = chances.reduce((sum, chance) => sum + (chance === 1 ? 1 : 0), 0)
    wholeNumber(certainRows, 'certainRows', certain, certain)
  },
}
