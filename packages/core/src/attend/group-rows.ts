import type { Kernels } from '../kernels/kernels.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import type { QueryGroup } from '../softmax/query-groups.ts'
import { float64Values, type LogitOf, type ValueSums } from './float64-values.ts'
import type { KeysAndValues } from './key-value-reader.ts'
import type { Runs } from './row-scope.ts'

/** The partial rows of a group of queries, and what keys add to them. Takes kernel scratch. */
export class GroupRows {
  readonly group: QueryGroup
  /** [queries of the group, dv] */
  readonly sums: Float64Array
  readonly #kernel: ValueSums
  readonly #valueDim: number
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array

  /** `logitOf`: of a group in float64. */
  constructor(kernels: Kernels, group: QueryGroup, valueDim: number, logitOf?: LogitOf) {
    const count = group.places.length
    const dim = group.queries.length / count
    this.group = group
    this.sums = kernels.f64(count * valueDim)
    this.#kernel = group.isFloat64 ? float64Values(kernels, dim, valueDim, logitOf) : group.softmax
    this.#valueDim = valueDim
    this.#starts = kernels.u32(count)
    this.#ends = kernels.u32(count)
  }

  /** Adds `block`, the first of whose keys has place `first` in `runs`; `mask`: 0 = seen by no query. */
  add(block: KeysAndValues, first: number, { starts, ends }: Runs, mask?: Uint8Array): void {
    const { places } = this.group
    const clip = (place: number) => Math.min(Math.max(place - first, 0), block.count)
    let [from, to] = [places.length, 0] // queries that see any of it
    let fewest = block.count
    for (let g = 0; g < places.length; g++) {
      this.#starts[g] = clip(starts[places[g]])
      this.#ends[g] = clip(ends[places[g]])
      if (this.#ends[g] <= this.#starts[g]) continue
      from = Math.min(from, g)
      to = g + 1
    }
    for (let g = from; g < to; g++) fewest = Math.min(fewest, this.#ends[g] - this.#starts[g])
    if (from < to) this.#addTo(from, to, block, fewest === block.count, mask)
  }

  #addTo(
    from: number,
    to: number,
    { count, keys, values }: KeysAndValues,
    isWhole: boolean,
    mask?: Uint8Array,
  ): void {
    const { queries, rows, places } = this.group
    const dim = queries.length / places.length
    const own = <A extends Floats | Uint32Array>(array: A, width = 1) =>
      array.subarray(from * width, to * width) as A
    this.#kernel.softmaxValues(
      own(this.sums, this.#valueDim),
      { shifts: own(rows.shifts), totals: own(rows.totals) },
      {
        queries: own(queries, dim),
        queryCount: to - from,
        keys,
        keyCount: count,
        dim,
        ranges: isWhole ? undefined : { starts: own(this.#starts), ends: own(this.#ends) },
        keyMask: mask,
      },
      values,
      this.#valueDim,
    )
  }
}
