import { keyNormsTask } from '../passes/key-norms.ts'
import type { KeySegment } from '../selection/segments.ts'
import { rangeOf } from '../selection/segments.ts'
import { askOf, type Recipe } from './ask.ts'
import { factorOfEntries, keysOf, type KeyHead, taskRanges } from './terms.ts'

/** <k, k> [n] of the keys of `segments`, times one number. Throws Content. */
export function* lengthsOf(head: KeyHead, segments: readonly KeySegment[]): Recipe<Float64Array> {
  const keys = keysOf(head)
  const range = rangeOf(segments)
  const factor = yield* factorOfEntries(keys, range)
  const lengths = new Float64Array(keys.rows)
  yield askOf({
    task: keyNormsTask,
    source: keys,
    ranges: taskRanges(keys, range),
    question: { factor },
    take: (part, { rowStart }) => lengths.set(part, rowStart),
  })
  return lengths
}
