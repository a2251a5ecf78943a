import { answeredRows, rangeSeen, type Visibility } from '../attention/visibility.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { sampleSorted } from '../random/random.ts'

/** Rows that a rule reads of each query head of a key head's group, ascending. */
export type ReadRows = readonly Float64Array[]

/** Queries that 'sampled-queries' looks at. */
const SAMPLED_QUERIES = 32

/** Of heads with `rowCounts` queries the rows that see one of `keyCount` keys; `isEven`: those of even number alone. */
export function readableRows(
  rowCounts: readonly number[],
  visibility: Visibility,
  keyCount: number,
  isEven = false,
): ReadRows {
  const sees = visionOf(visibility, keyCount)
  return rowCounts.map((count) => {
    const { rowStart, rowEnd } = answeredRows(visibility, count)
    const rows: number[] = []
    for (let row = rowStart; row < rowEnd; row++) if (!(isEven && row % 2 === 1) && sees(row)) rows.push(row)
    return Float64Array.from(rows)
  })
}

/** Those of `rows` that stand at positions [rowStart, rowEnd). */
export function rowsStanding(
  rows: ReadRows,
  { queryStart }: Visibility,
  { rowStart, rowEnd }: RowRange,
): ReadRows {
  return rows.map((all) =>
    all.subarray(firstFrom(all, rowStart - queryStart), firstFrom(all, rowEnd - queryStart)),
  )
}

/** 32 of all `rows` together, in the order (head, row), or all where they are fewer. */
export function sampledRows(rows: ReadRows, seed: number): ReadRows {
  const count = rows.reduce((sum, { length }) => sum + length, 0)
  const drawn = sampleSorted(Math.min(SAMPLED_QUERIES, count), count, seed, 'selectionQueries')
  let before = 0
  return rows.map((all) => {
    const own = drawn.filter((at) => at >= before && at < before + all.length).map((at) => all[at - before])
    before += all.length
    return own
  })
}

/** Head by head the rows of all `parts`, whose rows ascend from part to part. */
export function joinRows(parts: readonly ReadRows[], headCount: number): ReadRows {
  return Array.from({ length: headCount }, (_, head) =>
    Float64Array.from(parts.flatMap((part) => [...part[head]])),
  )
}

/** The first place of ascending `rows` at which a row is `from` or more. */
export function firstFrom(rows: Float64Array, from: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle] < from) low = middle + 1
    else high = middle
  }
  return low
}

/** Tells whether a query sees any key: by counts of the mask's ones up to each key. */
function visionOf(visibility: Visibility, keyCount: number): (query: number) => boolean {
  const { keyMask } = visibility
  const before = new Uint32Array(keyMask ? keyCount + 1 : 0)
  keyMask?.forEach((seen, key) => (before[key + 1] = before[key] + (seen === 0 ? 0 : 1)))
  return (query) => {
    const { rowStart, rowEnd } = rangeSeen(visibility, query, keyCount)
    return keyMask ? before[rowEnd] > before[rowStart] : rowEnd > rowStart
  }
}
