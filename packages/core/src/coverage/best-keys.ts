import type { Visibility } from '../attention/visibility.ts'
import type { LogitTile } from '../selection/attention-sums.ts'
import { TopKeys } from '../softmax/top-keys.ts'

/** The keys of the largest A_ij of a row: row ids, ascending, and the place of each among them, the largest first. */
export interface RankedKeys {
  readonly ids: Float64Array
  readonly ranks: Uint32Array
}

/** Finds them tile by tile, keys ascending; ties by row id. */
export class BestKeys {
  readonly #top: TopKeys
  readonly #count: number

  constructor(queryCount: number, most: number) {
    this.#top = new TopKeys(queryCount, most)
    this.#count = queryCount
  }

  add(tile: LogitTile, { keyMask }: Visibility): void {
    const { logits, keyStart, keyCount, queryStart, queryCount, starts, ends } = tile
    for (let k = 0, i = 0; k < keyCount; k++, i += queryCount) {
      const key = keyStart + k
      if (keyMask?.[key] === 0) continue
      for (let q = 0; q < queryCount; q++) {
        if (logits[i + q] <= this.#top.least[queryStart + q]) continue
        if (starts[q] <= key && key < ends[q]) this.#top.push(queryStart + q, key, logits[i + q])
      }
    }
  }

  ranked(): RankedKeys[] {
    const { queries, keyIds, dots } = this.#top.pairs()
    const bounds = Array.from({ length: this.#count }, () => [0, 0])
    queries.forEach((query, i) => {
      if (bounds[query][1] === 0) bounds[query][0] = i
      bounds[query][1] = i + 1
    })
    return bounds.map(([from, to]) => {
      const own = dots.subarray(from, to)
      const order = [...own.keys()].sort((a, b) => own[b] - own[a] || a - b)
      const ranks = new Uint32Array(own.length)
      order.forEach((at, rank) => (ranks[at] = rank))
      return { ids: keyIds.slice(from, to), ranks }
    })
  }
}
