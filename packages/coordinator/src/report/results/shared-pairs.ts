import type { HeavyPairReader } from '@levattention/core/internal'

interface Place {
  readonly query: number
  readonly key: number
}

/** How many pairs are in both files; of each one batch is held. */
export function sharedPairs(a: HeavyPairReader, b: HeavyPairReader): number {
  const [left, right] = [places(a), places(b)]
  let [one, other] = [left.next(), right.next()]
  let count = 0
  while (!one.done && !other.done) {
    const order = one.value.query - other.value.query || one.value.key - other.value.key
    if (order === 0) count++
    if (order <= 0) one = left.next()
    if (order >= 0) other = right.next()
  }
  return count
}

/** Pairs by query, then key, as files of pairs have them. */
function* places(reader: HeavyPairReader): Generator<Place> {
  for (const { queryIds, keyIds } of reader.batches())
    for (let i = 0; i < queryIds.length; i++) yield { query: queryIds[i], key: keyIds[i] }
}
