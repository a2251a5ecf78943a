import { firstAtLeast } from '../attend/first-at-least.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { ShareTile } from './share-tile.ts'

/** Σ over some keys of A_ij, of A_ij v_j, and how many of these are heavy: of each query of a group. */
export class HeldSums {
  readonly mass: Float64Array // [queries]
  readonly held: Float64Array // [queries]
  readonly output: Float64Array // [queries, dv]
  readonly #heavyFrom: Float64Array
  readonly #valueDim: number

  /** `heavyFrom` [queries]: the least A_ij of a heavy pair, above 0. */
  constructor(heavyFrom: Float64Array, valueDim: number) {
    this.mass = new Float64Array(heavyFrom.length)
    this.held = new Float64Array(heavyFrom.length)
    this.output = new Float64Array(heavyFrom.length * valueDim)
    this.#heavyFrom = heavyFrom
    this.#valueDim = valueDim
  }

  /** Those keys of the tile that are among `ids`, ascending, by its `shares`: all of them, or those of distant keys. */
  addKept(kernels: Kernels, tile: ShareTile, shares: Float64Array, ids: Float64Array): void {
    const { keyStart, keyCount, queryStart, queryCount, values } = tile
    const from = firstAtLeast(ids, keyStart)
    const count = firstAtLeast(ids, keyStart + keyCount) - from
    if (count === 0) return
    withScratch(kernels, () => {
      const picked = kernels.f64(queryCount * count)
      for (let q = 0, at = 0; q < queryCount; q++)
        for (let i = 0; i < count; i++) picked[at++] = shares[q * keyCount + ids[from + i] - keyStart]
      this.#addShares(picked, queryStart, queryCount)
      if (!values) return
      const dim = this.#valueDim
      const rows = kernels.f64(count * dim)
      for (let i = 0; i < count; i++) {
        const key = ids[from + i] - keyStart
        rows.set(values.subarray(key * dim, (key + 1) * dim), i * dim)
      }
      this.#addOutputs(kernels, picked, rows, queryStart, queryCount)
    })
  }

  /** All keys of the tile. */
  addAll(kernels: Kernels, { shares, queryStart, queryCount, values }: ShareTile): void {
    this.#addShares(shares, queryStart, queryCount)
    if (values) withScratch(kernels, () => this.#addOutputs(kernels, shares, values, queryStart, queryCount))
  }

  /** One key of the tile, to query `q` of the group. */
  addKey({ keyStart, keyCount, queryStart, shares, values }: ShareTile, q: number, id: number): void {
    const key = id - keyStart
    const share = shares[(q - queryStart) * keyCount + key]
    const dim = this.#valueDim
    this.mass[q] += share
    if (share >= this.#heavyFrom[q]) this.held[q]++
    if (values) for (let b = 0; b < dim; b++) this.output[q * dim + b] += share * values[key * dim + b]
  }

  /** What `other` holds of query `q`, of the same group. */
  addOf(other: HeldSums, q: number): void {
    const dim = this.#valueDim
    this.mass[q] += other.mass[q]
    this.held[q] += other.held[q]
    for (let i = q * dim; i < (q + 1) * dim; i++) this.output[i] += other.output[i]
  }

  outputOf(q: number): Float64Array {
    return this.output.subarray(q * this.#valueDim, (q + 1) * this.#valueDim)
  }

  /** `shares` [queryCount, .] */
  #addShares(shares: Float64Array, queryStart: number, queryCount: number): void {
    const count = shares.length / queryCount
    for (let q = 0, at = 0; q < queryCount; q++) {
      const least = this.#heavyFrom[queryStart + q]
      let [sum, held] = [0, 0]
      for (let i = 0; i < count; i++) {
        const share = shares[at++]
        sum += share
        if (share >= least) held++
      }
      this.mass[queryStart + q] += sum
      this.held[queryStart + q] += held
    }
  }

  #addOutputs(
    kernels: Kernels,
    shares: Float64Array,
    values: Float64Array,
    queryStart: number,
    queryCount: number,
  ): void {
    const dim = this.#valueDim
    const product = kernels.f64(queryCount * dim)
    kernels.multiply(product, shares, values, queryCount, shares.length / queryCount, dim)
    const start = queryStart * dim
    for (let i = 0; i < product.length; i++) this.output[start + i] += product[i]
  }
}
