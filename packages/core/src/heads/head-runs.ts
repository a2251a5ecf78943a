import { keptKeys } from '../attend/kept-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Floats, SoftmaxBlock, SoftmaxRows } from '../kernels/softmax-kernels.ts'
import type { AttendProblem } from '../operator/attend-problem.ts'
import type { HeadViews } from './head-arrays.ts'
import { addRows, gatherRows } from './head-loops.ts'
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
  /** into [n, width] += factor · sums [keys of the block, width]. */
  readonly scatter: (into: Floats, sums: Float64Array, width: number, factor: number) => void
}

/** What the queries of a head attend to, in the order of `forEachKeyRun`: all keys, or those kept and then each window. Takes kernel scratch. */
export class HeadRuns {
  readonly #shape: WholeShape
  readonly #problem: AttendProblem
  readonly #windows: WindowBlocks
  readonly #keys: Float32Array
  readonly #values: Float32Array

  constructor(kernels: Kernels, shape: WholeShape, problem: AttendProblem) {
    this.#shape = shape
    this.#problem = problem
    this.#windows = new WindowBlocks(kernels, shape.rows, problem.local)
    this.#keys = kernels.f32(shape.rows * shape.dim)
    this.#values = kernels.f32(shape.rows * shape.valueDim)
  }

  /** Whether no key is in more runs than one. */
  get isOne(): boolean {
    return this.#windows.windows.length === 0
  }

  /** `ids`: the fixed set. */
  forEach(head: HeadViews, ids: Float64Array, visit: (run: HeadRun) => void): void {
    if ('full' in this.#problem.set) {
      visit(this.#whole(head, head.keys, head.values, this.#shape.rows))
      return
    }
    const { sinkTokens, visibility } = this.#problem
    const kept = sinkTokens > 0 ? keptKeys(ids, sinkTokens, visibility, this.#shape.rows) : ids
    if (kept.length > 0) visit(this.#kept(head, kept))
    const windows = this.#windows
    if (this.isOne) return
    windows.hide(kept)
    const { dim, valueDim } = this.#shape
    for (const window of windows.windows) {
      const { from, to } = window
      visit({
        from,
        to,
        block: windows.block(head, window, dim),
        values: head.values.subarray(windows.rowStart * valueDim, windows.rowEnd * valueDim),
        rows: { shifts: head.shifts.subarray(from, to), totals: head.totals.subarray(from, to) },
        sums: head.sums.subarray(from * valueDim, to * valueDim),
        scatter: (into, sums, width, factor) =>
          addRows(into, sums, windows.rowEnd - windows.rowStart, width, factor, undefined, windows.rowStart),
      })
    }
  }

  #kept(head: HeadViews, kept: Float64Array): HeadRun {
    gatherRows(this.#keys, head.keys, kept, this.#shape.dim)
    gatherRows(this.#values, head.values, kept, this.#shape.valueDim)
    return this.#whole(head, this.#keys, this.#values, kept.length, kept)
  }

  /** The first `keyCount` of `keys`, seen by all queries. */
  #whole(
    head: HeadViews,
    keys: Float32Array,
    values: Float32Array,
    keyCount: number,
    ids?: Float64Array,
  ): HeadRun {
    const { rows, dim } = this.#shape
    return {
      from: 0,
      to: rows,
      block: { queries: head.octaves, queryCount: rows, keys, keyCount, dim },
      values,
      rows: head,
      sums: head.sums,
      scatter: (into, sums, width, factor) => addRows(into, sums, keyCount, width, factor, ids, 0),
    }
  }
}
