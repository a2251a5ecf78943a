import { isKey, type Visibility } from '../attention/visibility.ts'

/** The fixed set and the first `sinkTokens` keys as one, without keys that do not take part: row ids, ascending, each once. */
export function keptKeys(
  fixed: Float64Array,
  sinkTokens: number,
  visibility: Visibility,
  keyCount: number,
): Float64Array {
  const sinks = Float64Array.from({ length: Math.min(sinkTokens, keyCount) }, (_, id) => id)
  const all = [...sinks, ...fixed.filter((id) => id >= sinkTokens)]
  return Float64Array.from(all.filter((id) => isKey(visibility, id)))
}
