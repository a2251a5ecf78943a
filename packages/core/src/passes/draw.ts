import { type DrawnRows, drawRows, isDrawn, rowStream } from '../sample/draw.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { arrayOf, ascendingIds, each, finite, recordOf, wholeNumber } from './part-checks.ts'
import type { RowTask } from './pass.ts'

interface DrawQuestion {
  /** Absent: the rows are independent, each of leverage 1. */
  readonly factor: Factor | undefined
  readonly scale: number
  readonly seed: number
}

/** Draws each row by itself, with probability min(1, scale x importance). */
export const drawTask: RowTask<DrawQuestion, DrawnRows> = {
  kind: 'draw',
  answer: (shard, { factor, scale, seed }) => drawRows(shard, factor, scale, seed),
  check(answer, { question, range, dim }) {
    const { rowIds, probabilities, rows, probabilityParts, certainRows } = recordOf(answer, 'draws')
    const ids = arrayOf(rowIds, Float64Array, 'rowIds')
    ascendingIds(ids, 'rowIds', range)
    const chances = arrayOf(probabilities, Float64Array, 'probabilities', ids.length)
    const stream = rowStream(question.seed)
    const isChance = (chance: number, i: number) => chance <= 1 && isDrawn(stream, ids[i], chance)
    each(chances, 'probabilities', 'of rows that their seed draws', isChance)
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
