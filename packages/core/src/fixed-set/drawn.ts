import type { Visibility } from '../attention/visibility.ts'
import { cutRows, type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { type RowTask, TRANSIENT } from '../passes/pass.ts'
import { RandomStream } from '../random/random.ts'
import { largestPlaces } from '../selection/choose.ts'
import { type KeySegment, segmentsOf } from '../selection/segments.ts'
import { askOf, type Recipe } from './ask.ts'
import { joined } from './joined.ts'
import { groupsOfShort } from './short-segments.ts'
import type { KeyHead } from './terms.ts'

/** Of longer segments threads draw the numbers: each takes some 100 ns. */
const TASK_ROWS = 65_536

interface DrawQuestion {
  readonly visibility: Visibility
  readonly seed: number
  readonly draw: number
  readonly keep: number
}

/** Keys by row id, ascending, and the number that each drew. */
interface DrawnKeys {
  readonly ids: Float64Array
  readonly numbers: Float64Array
}

/** Of the keys that take part among rows [range), which are of one segment: those of the `keep` largest numbers drawn. */
export const drawnKeysTask: RowTask<DrawQuestion, DrawnKeys> = {
  kind: 'drawnKeys',
  ...TRANSIENT,
  answer({ range }, { visibility, seed, draw, keep }) {
    const { segment: _, ...others } = visibility
    const [whole] = segmentsOf({ ...others, keyRows: range }, range.rowEnd)
    const stream = new RandomStream(seed, 'selectionRandom')
    return largestDrawn(whole?.ids ?? new Float64Array(0), keep, stream, draw)
  },
}

/** The keys of the largest numbers that 'random' draws in each segment, of each of `keeps`: by (seed, row id, draw) alone. */
export function* drawnSets(
  head: KeyHead,
  segments: readonly KeySegment[],
  seed: number,
  keeps: readonly number[],
): Recipe<Float64Array[]> {
  const { keys, visibility, draw = 0 } = head
  const keep = Math.max(0, ...keeps)
  const stream = new RandomStream(seed, 'selectionRandom')
  const areShort = groupsOfShort(segments) !== undefined
  const found: DrawnKeys[] = []
  for (const { ids, keyRows } of segments) {
    if (areShort || rowsIn(keyRows) <= TASK_ROWS) {
      found.push(largestDrawn(ids, keep, stream, draw))
      continue
    }
    const parts: DrawnKeys[] = []
    yield askOf({
      task: drawnKeysTask,
      source: keys,
      ranges: piecesOf(keyRows),
      question: { visibility, seed, draw, keep },
      take: (part) => parts.push(part),
    })
    found.push(largestOf(joinedKeys(parts), keep))
  }
  return keeps.map((own) => joined(found.map((drawn) => largestOf(drawn, own).ids)))
}

function piecesOf({ rowStart, rowEnd }: RowRange): RowRange[] {
  return cutRows(rowEnd - rowStart, TASK_ROWS).map((piece) => ({
    rowStart: rowStart + piece.rowStart,
    rowEnd: rowStart + piece.rowEnd,
  }))
}

function largestDrawn(ids: Float64Array, keep: number, stream: RandomStream, draw: number): DrawnKeys {
  const numbers = new Float64Array(ids.length)
  for (let i = 0; i < ids.length; i++) numbers[i] = stream.uniform(ids[i], draw)
  return largestOf({ ids, numbers }, keep)
}

function largestOf({ ids, numbers }: DrawnKeys, keep: number): DrawnKeys {
  if (keep >= ids.length) return { ids, numbers }
  const places = largestPlaces(numbers, keep)
  return { ids: places.map((place) => ids[place]), numbers: places.map((place) => numbers[place]) }
}

function joinedKeys(parts: readonly DrawnKeys[]): DrawnKeys {
  return { ids: joined(parts.map(({ ids }) => ids)), numbers: joined(parts.map(({ numbers }) => numbers)) }
}
