import { answeredRows, type Visibility } from '../attention/visibility.ts'
import { sampleSorted } from '../random/random.ts'
import { readableRows } from '../selection/read-queries.ts'

/** Which queries selections are judged by. */
export interface JudgedRows {
  /** Ascending. */
  readonly rows: Float64Array
  /** Those that could have been: the range's (with `holdout` its odd ones) that see a key. */
  readonly able: number
  /** Those of the range that see none. */
  readonly emptyRows: number
}

export interface JudgeOptions {
  /** The odd rows alone. */
  readonly holdout?: boolean | undefined
  /** So many of them, drawn without replacement by `seed`. */
  readonly sample?: number | undefined
  readonly seed?: number | undefined
}

/** Of queries [m] on keys [n]. */
export function judgedRows(
  visibility: Visibility,
  queryCount: number,
  keyCount: number,
  { holdout = false, sample, seed = 1 }: JudgeOptions,
): JudgedRows {
  const { rowStart, rowEnd } = answeredRows(visibility, queryCount)
  const isLooked = (row: number) => !holdout || row % 2 === 1
  const [sees] = readableRows([queryCount], visibility, keyCount)
  const able = sees.filter(isLooked)
  const oddBelow = (row: number) => Math.floor(row / 2)
  const looked = holdout ? oddBelow(rowEnd) - oddBelow(rowStart) : rowEnd - rowStart
  const emptyRows = looked - able.length
  if (sample === undefined || sample >= able.length) return { rows: able, able: able.length, emptyRows }
  const places = sampleSorted(sample, able.length, seed, 'sampledQueries')
  return { rows: places.map((place) => able[place]), able: able.length, emptyRows }
}
