// @ts-check
// Heavy hitters of a stream of vectors in bounded memory, without threads; two halves that never met are merged.
import { KeySummary } from '@levattention/core'

const dim = 8
const half = 50_000
/** @param {number} seed */
const random = (seed) => () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31 - 0.5

/**
 * @param {number} rowStart
 * @param {number} seed
 */
function summarise(rowStart, seed) {
  const next = random(seed)
  const summary = new KeySummary({ dim, epsilon: 0.05, rowStart })
  for (let pushed = 0; pushed < half; pushed += 1000) {
    const rows = Float32Array.from({ length: 1000 * dim }, next)
    if (pushed === 20_000) rows.fill(40, 0, dim) // one vector that stands out
    summary.update(rows)
  }
  return summary
}

const bytes = summarise(half, 7).toBytes() // from another process, a file, a socket
const summary = summarise(0, 3).merge(KeySummary.fromBytes(bytes))
const { rowIds, bounds } = summary.universalSet()
console.log(`${summary.rowCount} vectors; those that some direction can single out:`)
rowIds.forEach((rowId, slot) => console.log(`  row ${rowId}  bound ${bounds[slot].toFixed(3)}`))
