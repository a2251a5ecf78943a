import type { Visibility } from '../attention/visibility.ts'
import { type RowTask, TRANSIENT } from '../passes/pass.ts'
import { type KeySegment, segmentsOf } from '../selection/segments.ts'
import { askOf, followHere, type Recipe } from './ask.ts'
import { joined } from './joined.ts'
import { chosenIn, type SegmentSet } from './segment-set.ts'
import { groupsOfShort } from './short-segments.ts'
import { type KeyHead, keysOf } from './terms.ts'

interface SegmentQuestion {
  readonly visibility: Visibility
  readonly keyCount: number
  readonly set: SegmentSet
}

/** The keys chosen in all segments whose first key row is in [range). */
export const segmentSetsTask: RowTask<SegmentQuestion, Float64Array> = {
  kind: 'segmentSets',
  ...TRANSIENT,
  answer({ source, range, kernels }, { visibility, keyCount, set }) {
    const segments = segmentsOf({ ...visibility, keyRows: range }, keyCount)
    return joined(segments.map((segment) => followHere(chosenIn(source, segment, set), kernels)))
  },
}

/** Row ids, ascending, of the keys chosen in each of `segments`. Throws Content. */
export function* chosenInEach(
  head: Pick<KeyHead, 'keys' | 'visibility'>,
  segments: readonly KeySegment[],
  set: SegmentSet,
): Recipe<Float64Array> {
  const keys = keysOf(head)
  const parts: Float64Array[] = []
  const groups = groupsOfShort(segments)
  if (groups) {
    yield askOf({
      task: segmentSetsTask,
      source: keys,
      ranges: groups,
      question: { visibility: head.visibility, keyCount: keys.rows, set },
      take: (ids) => parts.push(ids),
    })
  } else {
    for (const segment of segments) parts.push(yield* chosenIn(keys, segment, set))
  }
  return joined(parts)
}
