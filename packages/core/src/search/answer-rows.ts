import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { joinColumns, NO_PAIRS, type PairColumns } from '../pairs/pair-columns.ts'
import {
  type Outcomes,
  QUERY_BLOCK_ROWS,
  type QueryBlock,
  type SearchAnswer,
  type Standing,
} from './search.ts'

/** One block's answer; `offset`: how many queries of the batch come before it. */
export interface AnswerPart {
  readonly offset: number
  readonly answer: SearchAnswer
}

/** The outcomes of `queryCount` queries, with no pairs and no mass where none are given. */
export function answerWith(
  queryCount: number,
  { undefinedRows, uncertified }: { readonly [K in keyof Outcomes]: ArrayLike<number> },
  pairs: PairColumns = NO_PAIRS,
  mass: Float64Array = new Float64Array(queryCount).fill(NaN),
): SearchAnswer {
  return {
    pairs,
    mass,
    undefinedRows: Uint32Array.from(undefinedRows),
    uncertified: Uint32Array.from(uncertified),
  }
}

/** Outcomes where every query with a certified row sum (others have 0) is certified. `scaled` [queries, dim]. */
export function outcomesOf(scaled: Float64Array, dim: number, certifiedRowSums: Float64Array) {
  const undefinedRows: number[] = []
  const uncertified: number[] = []
  for (let q = 0; q < certifiedRowSums.length; q++)
    if (!(certifiedRowSums[q] > 0)) (isZeroRow(scaled, q, dim) ? undefinedRows : uncertified).push(q)
  return { undefinedRows, uncertified }
}

export function isZeroRow(rows: Float64Array, row: number, dim: number): boolean {
  return rows.subarray(row * dim, (row + 1) * dim).every((value) => value === 0)
}

/** The answer of `queryCount` queries from those of consecutive blocks. */
export function joinAnswers(parts: readonly AnswerPart[], queryCount: number): SearchAnswer {
  const mass = new Float64Array(queryCount)
  for (const { offset, answer } of parts) mass.set(answer.mass, offset)
  const shifted = (list: keyof Outcomes) =>
    parts.flatMap(({ offset, answer }) => Array.from(answer[list], (query) => query + offset))
  const pairs = joinColumns(
    parts.map(({ answer }) => answer.pairs),
    parts.map(({ offset }) => offset),
  )
  const answer = answerWith(
    queryCount,
    { undefinedRows: shifted('undefinedRows'), uncertified: shifted('uncertified') },
    pairs,
    mass,
  )
  if (!parts.some(({ answer: { draws } }) => draws)) return answer
  const draws = new Uint32Array(queryCount)
  for (const { offset, answer: one } of parts) draws.set(one.draws ?? [], offset)
  return { ...answer, draws }
}

/**
 * What `ask` (a search's `pairs` or `settle`) says of queries [range) of `source`, block by block. `standing`: of the first.
 * Throws Content naming the place of a NaN or infinity.
 */
export function answerRows(
  ask: (block: QueryBlock) => SearchAnswer | number,
  source: MatrixSource,
  { rowStart, rowEnd }: RowRange,
  standing?: Standing,
): SearchAnswer {
  const length = Math.min(QUERY_BLOCK_ROWS, rowEnd - rowStart) * source.cols
  const buffer = newRows(source.element, length)
  const parts: AnswerPart[] = []
  for (let row = rowStart; row < rowEnd; row += QUERY_BLOCK_ROWS) {
    const count = Math.min(QUERY_BLOCK_ROWS, rowEnd - row)
    const rows = buffer.subarray(0, count * source.cols)
    source.readRows(row, row + count, rows)
    const offset = row - rowStart
    const answer = ask({
      rows,
      count,
      standing: standing && { ...standing, position: standing.position + offset },
    })
    if (typeof answer === 'number') throwNonFinite(source, row, count, 'queries')
    parts.push({ offset, answer })
  }
  return joinAnswers(parts, rowEnd - rowStart)
}
