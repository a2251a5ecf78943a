import type { PartialRows } from '../attend/partial-rows.ts'
import { restRows } from '../attend/rest-rows.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import type { LogSums } from '../selection/log-sums.ts'
import type { CoverageTerms } from './coverage-terms.ts'
import type { GroupSet, GroupSums, GroupTerms } from './group-sums.ts'
import { lostOutput, type OpenedHead } from './lost-row.ts'

/** A sum of A_ij below it may have lost keys to underflow: each is below 1e-50 of it otherwise. */
const LEAST_MASS = 1e-250

/** The judged rows of a group, and what is known of them. */
export interface MeasuredGroup {
  readonly shard: ShardRows
  readonly head: OpenedHead
  readonly terms: CoverageTerms
  readonly group: GroupTerms
  readonly sums: GroupSums
  readonly logSums: LogSums
  /** [queries] */
  readonly rows: Float64Array
}

/** |o_i|² [queries] of the full outputs, times valueFactor². */
export function outputSquares({ sums: { all }, rows, terms: { valueFactor } }: MeasuredGroup): Float64Array {
  return rows.map((_, q) => all.outputOf(q).reduce((sum, x) => sum + (valueFactor * x) ** 2, 0))
}

/** |o'_i - o_i|² [queries], times valueFactor², of one S_i, renormalised, with clusters for the keys left out where it has them. */
export function farSquares(measured: MeasuredGroup, set: GroupSet): Float64Array {
  const { sums, rows, terms } = measured
  const { valueFactor } = terms
  const rest = restOf(measured, set)
  return rows.map((row, q) => {
    const full = sums.all.outputOf(q)
    const mass = set.sums.mass[q]
    if (!rest && mass >= LEAST_MASS) return squaredGap(set.sums.outputOf(q), 1 / mass, full, valueFactor)
    const place = { q, row, rest, restAt: row - rows[0] }
    return squaredGap(outputOf(measured, set, place), 1, full, valueFactor)
  })
}

/** |scale (factor x - y)|² */
function squaredGap(x: Float64Array, factor: number, y: Float64Array, scale: number): number {
  let sum = 0
  for (let b = 0; b < y.length; b++) {
    const gap = scale * (factor * x[b] - y[b])
    sum += gap * gap
  }
  return sum
}

/** Of the rows from the first judged one to the last. */
function restOf({ shard, head, terms, rows }: MeasuredGroup, set: GroupSet): PartialRows | undefined {
  const clusters = set.selection.rest?.[set.draw]
  if (!clusters || rows.length === 0) return undefined
  const range = { rowStart: rows[0], rowEnd: rows[rows.length - 1] + 1 }
  const { visibility, scale, local } = terms
  return restRows(
    { ...shard, range },
    {
      keys: head.keys.spec,
      values: head.values.spec,
      visibility,
      scale,
      kept: set.kept,
      ...(set.selection.isLocal && { local }),
      ...clusters,
    },
  )
}

/** o'_i [dv]; zeros where S_i is empty and no cluster has a key. */
function outputOf(
  measured: MeasuredGroup,
  set: GroupSet,
  place: Parameters<typeof lostOutput>[1],
): Float64Array {
  const { head, terms, group, logSums } = measured
  const { q, rest, restAt } = place
  const mass = set.sums.mass[q]
  const lse = logSums.tops[q] + Math.log(logSums.totals[q])
  const factor = rest ? Math.exp(rest.shifts[restAt] * Math.LN2 - lse) : 0
  const total = mass + (rest && factor > 0 ? factor * rest.totals[restAt] : 0)
  if (total < LEAST_MASS) return lostOutput(head, place, set, group, terms)
  const output = set.sums.outputOf(q).slice()
  const dim = output.length
  for (let b = 0; b < dim; b++) {
    if (rest && factor > 0) output[b] += factor * rest.sums[restAt * dim + b]
    output[b] /= total
  }
  return output
}
