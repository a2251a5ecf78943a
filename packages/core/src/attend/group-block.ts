import type { Kernels } from '../kernels/kernels.ts'
import type { Floats, SoftmaxBlock } from '../kernels/softmax-kernels.ts'
import type { QueryGroup } from '../softmax/query-groups.ts'
import type { KeyRun } from './key-runs.ts'
import type { Runs } from './row-scope.ts'

/** Queries [from, to) of a group, and the keys of a run as they see them. */
export interface SeenBlock {
  readonly from: number
  readonly to: number
  readonly block: SoftmaxBlock<Floats>
}

/** Cuts runs to what a group of queries sees of them. Takes kernel scratch. */
export class GroupBlock {
  readonly #group: QueryGroup
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array

  constructor(kernels: Kernels, group: QueryGroup) {
    this.#group = group
    this.#starts = kernels.u32(group.places.length)
    this.#ends = kernels.u32(group.places.length)
  }

  /** Undefined where they see nothing. Good until it is asked again. */
  of({ block, first, mask }: KeyRun, runs: Runs): SeenBlock | undefined {
    const { places, queries } = this.#group
    const dim = queries.length / places.length
    const clip = (place: number) => Math.min(Math.max(place - first, 0), block.count)
    let [from, to] = [places.length, 0] // queries that see any of it
    let fewest = block.count
    for (let g = 0; g < places.length; g++) {
      this.#starts[g] = clip(runs.starts[places[g]])
      this.#ends[g] = clip(runs.ends[places[g]])
      if (this.#ends[g] <= this.#starts[g]) continue
      from = Math.min(from, g)
      to = g + 1
    }
    if (from >= to) return undefined
    for (let g = from; g < to; g++) fewest = Math.min(fewest, this.#ends[g] - this.#starts[g])
    const ranges = { starts: this.#starts.subarray(from, to), ends: this.#ends.subarray(from, to) }
    return {
      from,
      to,
      block: {
        queries: queries.subarray(from * dim, to * dim),
        queryCount: to - from,
        keys: block.keys,
        keyCount: block.count,
        dim,
        ranges: fewest === block.count ? undefined : ranges,
        keyMask: mask,
      },
    }
  }
}
