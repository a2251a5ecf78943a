import type { Floats } from '../kernels/softmax-kernels.ts'

interface Rows {
  /** [n, cols] */
  readonly rows: Floats
  readonly cols: number
}

/**
 * Clusters of those keys that are in at the moment: counts and means of keys and values. Sums have a second float64 for what
 * rounding leaves of each, so that keys which come and go leave nothing behind: after any number of moves they are those of
 * the keys that are in, to about 2^-100 of the largest sum on the way.
 */
export class ClusterSums {
  readonly counts: Float64Array
  /** [clusterCount, d]; of clusters with a count. */
  readonly keyMeans: Float64Array
  /** [clusterCount, dv] */
  readonly valueMeans: Float64Array
  readonly valueDim: number
  readonly #clusters: Int32Array
  readonly #sides: readonly {
    readonly from: Rows
    readonly sums: Float64Array
    readonly rests: Float64Array
    readonly means: Float64Array
  }[]
  readonly #changed: Uint8Array

  /** `clusters` [n]: below 0 in none. No key is in at first. */
  constructor(clusters: Int32Array, clusterCount: number, keys: Rows, values: Rows) {
    this.#clusters = clusters
    this.#changed = new Uint8Array(clusterCount)
    this.counts = new Float64Array(clusterCount)
    this.valueDim = values.cols
    this.#sides = [keys, values].map((from) => ({
      from,
      sums: new Float64Array(clusterCount * from.cols),
      rests: new Float64Array(clusterCount * from.cols),
      means: new Float64Array(clusterCount * from.cols),
    }))
    this.keyMeans = this.#sides[0].means
    this.valueMeans = this.#sides[1].means
  }

  /** Keys [rowStart, rowEnd) come in, or go. */
  move(rowStart: number, rowEnd: number, isIn: boolean): void {
    const sign = isIn ? 1 : -1
    for (let key = rowStart; key < rowEnd; key++) {
      const cluster = this.#clusters[key]
      if (cluster < 0) continue
      this.counts[cluster] += sign
      this.#changed[cluster] = 1
      for (const { from, sums, rests } of this.#sides)
        addRow(sums, rests, cluster * from.cols, from.rows, key * from.cols, from.cols, sign)
    }
  }

  /** Brings the means up to what was moved. */
  settle(): void {
    this.#changed.forEach((isChanged, cluster) => {
      if (isChanged === 0) return
      this.#changed[cluster] = 0
      const count = this.counts[cluster]
      for (const { from, sums, rests, means } of this.#sides) {
        for (let i = cluster * from.cols; i < (cluster + 1) * from.cols; i++) {
          if (count === 0) sums[i] = rests[i] = 0
          means[i] = (sums[i] + rests[i]) / Math.max(1, count)
        }
      }
    })
  }
}

/** sums + rests += sign · row: Knuth's TwoSum, then both are brought apart again. */
function addRow(
  sums: Float64Array,
  rests: Float64Array,
  to: number,
  rows: Floats,
  from: number,
  cols: number,
  sign: number,
): void {
  for (let a = 0; a < cols; a++) {
    const x = sign * rows[from + a]
    const sum = sums[to + a]
    const next = sum + x
    const kept = next - sum
    const rest = rests[to + a] + (sum - (next - kept) + (x - kept))
    const both = next + rest
    sums[to + a] = both
    rests[to + a] = rest - (both - next)
  }
}
