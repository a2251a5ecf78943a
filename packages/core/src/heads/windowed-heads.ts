import type { LocalKeys } from '../attend/attend-terms.ts'
import { clear, finishHead, meansOf, scaleInto } from '../kernels/head-loops.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { SoftmaxGradientSums } from '../kernels/softmax-gradients.ts'
import type { HeadViews } from './head-arrays.ts'
import type { WholeShape } from './heads-options.ts'
import type { HeadSolver } from './kept-heads.ts'
import { WindowedRuns } from './windowed-runs.ts'

/** Of heads with local keys: kernels run by run, whose gradients of keys add up. Takes kernel scratch. */
export class WindowedHeads implements HeadSolver {
  readonly #kernels: Kernels
  readonly #shape: WholeShape
  readonly #scale: number
  readonly #runs: WindowedRuns
  readonly #means: Float64Array
  /** Of the runs of the same keys. */
  readonly #sums: SoftmaxGradientSums
  readonly #keyTotals: Float64Array
  readonly #valueTotals: Float64Array

  constructor(kernels: Kernels, shape: WholeShape, scale: number, local: LocalKeys) {
    const { rows, dim, valueDim } = shape
    this.#kernels = kernels
    this.#shape = shape
    this.#scale = scale
    this.#runs = new WindowedRuns(kernels, shape, local)
    this.#means = kernels.f64(rows)
    this.#sums = {
      queries: kernels.f64(rows * dim),
      keys: kernels.f64(rows * dim),
      values: kernels.f64(rows * valueDim),
    }
    this.#keyTotals = kernels.f64(rows * dim)
    this.#valueTotals = kernels.f64(rows * valueDim)
  }

  forward(head: HeadViews, kept = NONE): void {
    const { rows, dim, valueDim } = this.#shape
    scaleInto(head.octaves, head.queries, this.#scale * Math.LOG2E, rows * dim)
    head.shifts.fill(-Infinity)
    head.totals.fill(0)
    clear(head.sums)
    this.#runs.forEach(head, kept, ({ block, values, rows: own, sums }) =>
      this.#kernels.softmaxValues(sums, own, block, values, valueDim),
    )
    finishHead(head.output, head.sums, head.totals, rows, valueDim)
  }

  backward(head: HeadViews, kept = NONE): void {
    const { rows, dim, valueDim } = this.#shape
    const [sums, means] = [this.#sums, this.#means]
    meansOf(means, head.dOutput, head.sums, valueDim)
    for (const totals of [sums.queries, this.#keyTotals, this.#valueTotals]) clear(totals)
    this.#runs.forEach(head, kept, ({ from, to, block, values, rows: own, isFirst, scatter }) => {
      if (isFirst) clear(sums.keys, block.keyCount * dim)
      if (isFirst) clear(sums.values, block.keyCount * valueDim)
      const queries = sums.queries.subarray(from * dim, to * dim)
      const dOutputs = head.dOutput.subarray(from * valueDim, to * valueDim)
      const all = { ...own, means: means.subarray(from, to), dOutputs }
      this.#kernels.softmaxGradient({ ...sums, queries }, all, block, values, valueDim)
      scatter?.(this.#keyTotals, sums.keys, dim, 1 / Math.LOG2E)
      scatter?.(this.#valueTotals, sums.values, valueDim, 1)
    })
    scaleInto(head.dQueries, sums.queries, this.#scale, rows * dim)
    scaleInto(head.dKeys, this.#keyTotals, 1, rows * dim)
    scaleInto(head.dValues, this.#valueTotals, 1, rows * valueDim)
  }
}

const NONE = new Float64Array(0)
