import type { LocalKeys } from '../attend/attend-terms.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Floats, SoftmaxBlock, SoftmaxRows } from '../kernels/softmax-kernels.ts'
import type { HeadViews } from './head-arrays.ts'
import { addRows, gatherRows } from '../kernels/head-loops.ts'
import type { WholeShape } from './heads-options.ts'
import { WindowBlocks } from './window-blocks.ts'

/** Queries [from, to) of a head, and keys that they see. */
export interface HeadRun {
  readonly from: number
  readonly to: number
  readonly block: SoftmaxBlock
  /** [keys of the block, dv] */
  readonly values: Float32Array
  readonly rows: SoftmaxRows
  /** [to - from, dv] */
  readonly sums: Float64Array
  /** The first of its keys' runs. */
  readonly isFirst: boolean
  /** Of the last of its keys' runs: into [n, width] += factor · sums [keys of the block, width]. */
  readonly scatter?: ((into: Floats, sums: Float64Array, width: number, factor: number) => void) | undefined
}

/** What the queries of a head attend to, in the order of `forEachKeyRun`: the keys kept, then each window. Takes kernel scratch. */
export class WindowedRuns {
  readonly #shape: WholeShape
  readonly #windows: WindowBlocks
  readonly #keys: Float32Array
  readonly #values: Float32Array

  constructor(kernels: Kernels, shape: WholeShape, local: LocalKeys) {
    this.#shape = shape
    this.#windows = new WindowBlocks(kernels, shape.rows, local)
    this.#keys = kernels.f32(shape.rows * shape.dim)
    this.#values = kernels.f32(shape.rows * shape.valueDim)
  }

  forEach(head: HeadViews, kept: Float64Array, visit: (run: HeadRun) => void): void {
    if (kept.length > 0) visit(this.#kept(head, kept))
    const windows = this.#windows
    windows.hide(kept)
    const { dim, valueDim } = this.#shape
    windows.windows.forEach((window, w, { length }) => {
      const { from, to } = window
      const scatter: HeadRun['scatter'] = (into, sums, width, factor) =>
        addRows(into, sums, windows.rowEnd - windows.rowStart, width, factor, undefined, windows.rowStart)
      visit({
        from,
        to,
        block: windows.block(head, window, dim),
        values: head.values.subarray(windows.rowStart * valueDim, windows.rowEnd * valueDim),
        rows: { shifts: head.shifts.subarray(from, to), totals: head.totals.subarray(from, to) },
        sums: head.sums.subarray(from * valueDim, to * valueDim),
        isFirst: w === 0,
        scatter: w === length - 1 ? scatter : undefined,
      })
    })
  }

  /** Side by side, seen by all queries. */
  #kept(head: HeadViews, kept: Float64Array): HeadRun {
    const { rows, dim, valueDim } = this.#shape
    const [keys, values] = [this.#keys, this.#values]
    gatherRows(keys, head.keys, kept, kept.length, dim)
    gatherRows(values, head.values, kept, kept.length, valueDim)
    return {
      from: 0,
      to: rows,
      block: { queries: head.octaves, queryCount: rows, keys, keyCount: kept.length, dim },
      values,
      rows: head,
      sums: head.sums,
      isFirst: true,
      scatter: (into, sums, width, factor) => addRows(into, sums, kept.length, width, factor, kept, 0),
    }
  }
}
