import { isKey, type Visibility } from '../attention/visibility.ts'

/** The fixed set and the first `sinkTokens` keys as one, without keys that do not take part: row ids, ascending, each once. */
export function keptKeys(
  fixed: Float64Array,
  sinkTokens: number,
  visibility: Visibility,
  keyCount: number,
): Float64Array {
  const sinkCount = Math.min(sinkTokens, keyCount)
  const others = fixed.filter((id) => id >= sinkCount)
  const all = new Float64Array(sinkCount + others.length)
  for (let id = 0; id < sinkCount; id++) all[id] = id
  all.set(others, sinkCount)
  return all.filter((id) => isKey(visibility, id))
}
