import type { Kernels } from '../kernels/kernels.ts'
import type { QueryGroup } from '../softmax/query-groups.ts'
import { float64Values, type LogitOf, type ValueSums } from './float64-values.ts'
import { GroupBlock } from './group-block.ts'
import type { KeyRun } from './key-runs.ts'
import type { Runs } from './row-scope.ts'

/** The partial rows of a group of queries, and what keys add to them. Takes kernel scratch. */
export class GroupRows {
  readonly group: QueryGroup
  /** [queries of the group, dv] */
  readonly sums: Float64Array
  readonly #kernel: ValueSums
  readonly #valueDim: number
  readonly #seen: GroupBlock

  /** `logitOf`: of a group in float64. */
  constructor(kernels: Kernels, group: QueryGroup, valueDim: number, logitOf?: LogitOf) {
    const count = group.places.length
    const dim = group.queries.length / count
    this.group = group
    this.sums = kernels.f64(count * valueDim)
    this.#kernel = group.isFloat64 ? float64Values(kernels, dim, valueDim, logitOf) : group.softmax
    this.#valueDim = valueDim
    this.#seen = new GroupBlock(kernels, group)
  }

  /** Adds what `runs` of the run's keys hold. */
  add(run: KeyRun, runs: Runs): void {
    const seen = this.#seen.of(run, runs)
    if (!seen) return
    const { from, to, block } = seen
    const { shifts, totals } = this.group.rows
    const own = (array: Float64Array, width = 1) => array.subarray(from * width, to * width)
    this.#kernel.softmaxValues(
      own(this.sums, this.#valueDim),
      { shifts: own(shifts), totals: own(totals) },
      block,
      run.block.values,
      this.#valueDim,
    )
  }
}
