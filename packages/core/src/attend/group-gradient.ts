import type { Kernels } from '../kernels/kernels.ts'
import { float64Gradient } from '../kernels/softmax-gradient-by.ts'
import type {
  SoftmaxGradientRows,
  SoftmaxGradients,
  SoftmaxGradientSums,
} from '../kernels/softmax-gradients.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import type { QueryGroup } from '../softmax/query-groups.ts'
import { GroupBlock } from './group-block.ts'
import type { KeyRun } from './key-runs.ts'
import type { PartialRows } from './partial-rows.ts'
import type { Runs } from './row-scope.ts'

/** What a batch's rows are in the end, and dL/dO at their outputs. */
export interface OutputSlopes {
  /** Over all keys. */
  readonly rows: PartialRows
  /** [queries, dv] */
  readonly dOutputs: Floats
}

/** The gradients of a group of queries, in the group's own precision, and what keys add to them. Takes kernel scratch. */
export class GroupGradient {
  readonly group: QueryGroup
  /** [queries of the group, dim] += Σ slope · key, of keys as they are scaled. */
  readonly sums: Float64Array
  readonly #rows: SoftmaxGradientRows<Floats>
  readonly #kernel: SoftmaxGradients<Floats>
  readonly #valueDim: number
  readonly #seen: GroupBlock

  constructor(kernels: Kernels, group: QueryGroup, slopes: OutputSlopes, valueDim: number) {
    this.group = group
    this.sums = kernels.f64(group.queries.length)
    this.#kernel = group.isFloat64 ? float64Gradient : kernels
    this.#rows = rowsOf(kernels, group, slopes, valueDim)
    this.#valueDim = valueDim
    this.#seen = new GroupBlock(kernels, group)
  }

  /** Adds to its sums, and to those of the run's keys: [count, dim] of queries as they are scaled, [count, dv]. */
  add(run: KeyRun, runs: Runs, { keys, values }: Omit<SoftmaxGradientSums, 'queries'>): void {
    const seen = this.#seen.of(run, runs)
    if (!seen) return
    const { from, to, block } = seen
    const { shifts, totals, means, dOutputs } = this.#rows
    const own = <A extends Floats>(array: A, width = 1) => array.subarray(from * width, to * width) as A
    this.#kernel.softmaxGradient(
      { queries: own(this.sums, block.dim), keys, values },
      {
        shifts: own(shifts),
        totals: own(totals),
        means: own(means),
        dOutputs: own(dOutputs, this.#valueDim),
      },
      block,
      run.block.values,
      this.#valueDim,
    )
  }
}

/** The rows of a group, and <dO, O> of each, the columns ascending, in float64. */
function rowsOf(
  kernels: Kernels,
  { places, isFloat64 }: QueryGroup,
  { rows, dOutputs }: OutputSlopes,
  valueDim: number,
): SoftmaxGradientRows<Floats> {
  const count = places.length
  const [shifts, totals, means] = [kernels.f64(count), kernels.f64(count), kernels.f64(count)]
  const own = isFloat64 ? new Float64Array(count * valueDim) : kernels.f32(count * valueDim)
  places.forEach((place, g) => {
    shifts[g] = rows.shifts[place]
    totals[g] = rows.totals[place]
    if (totals[g] === 0) return
    for (let c = 0, at = place * valueDim; c < valueDim; c++, at++) {
      own[g * valueDim + c] = dOutputs[at]
      means[g] += dOutputs[at] * (rows.sums[at] / totals[g])
    }
  })
  return { shifts, totals, means, dOutputs: own }
}
