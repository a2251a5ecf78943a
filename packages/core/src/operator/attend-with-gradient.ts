import { optionText } from '../arguments/option-text.ts'
import { attendRows } from '../attend/attend-rows.ts'
import type { AttendSum } from '../attend/partial-rows.ts'
import { finishRows } from '../attend/finish-rows.ts'
import { gradientRows } from '../attend/gradient-rows.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { newRows } from '../matrix/matrix-source.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import type { AnyAttendOptions, AttendOptions } from './attend-options.ts'
import { type Attended, attendedHead, type AttendedHead, joinedRows } from './attended-head.ts'
import type { DenseHead } from './dense-head.ts'
import { outputSlopes } from './output-slopes.ts'
import { type Gradients, requireGradients } from './require-gradients.ts'

/** What {@link attendWithGradient} answers: attention, and the way back through it. */
export interface AttendedWithGradient extends Attended {
  /**
   * The gradient of Σ dOutput ∘ output, `dOutput` [m, dv] = dL/dO, with respect to queries, keys and values, the chosen ids a
   * constant: of rows that no query attends to, and of queries without a weight, it is 0, whatever dOutput says of these. It is added to
   * `into`, by default to zeros in the output's precision, and returned. Any number of times, while the head's arrays are as they
   * were. Throws ShapeMismatch for arrays of other shapes and Content for a NaN or infinity in a row of dOutput that counts.
   */
  gradient(dOutput: Floats, into?: Gradients): Gradients
}

/**
 * `attend` of softmax, its outputs to the bit, and its gradient. With P_ij = exp(z_ij - lse_i) over the selected keys of query i,
 * z_ij = scale <q_i, k_j>, dS_ij = P_ij (<dO_i, v_j> - <dO_i, o_i>):
 *
 *     dQ [m, d]:  dq_i = scale Σ_j dS_ij k_j      dK [n, d]:  dk_j = scale Σ_i dS_ij q_i      dV [n, dv]:  dv_j = Σ_i P_ij dO_i
 *
 * No m x n matrix is held. Inputs of float64 are differentiated in float64, others in float32 but for the rows that `attend` takes into
 * float64 (packages/core/src/attend/NOTES.md, "Gradients"). Throws as `attend` does, and Option for `power` and rest clusters, which have none here.
 */
export function attendWithGradient(head: DenseHead, options: AttendOptions): AttendedWithGradient {
  return attendWithGradientInMemory(head, options, scalarKernels())
}

/** The same on kernels of ours, for some rows as well: dOutput has one row for each that is answered. */
export function attendWithGradientInMemory(
  head: DenseHead,
  options: AnyAttendOptions,
  kernels: Kernels,
): AttendedWithGradient {
  const task = attendedHead(head, options, kernels)
  requireDifferentiable(task)
  const { shard, terms, element, keyIds } = task
  const sums = task.batches.map((batch) => attendRows(shard, { ...terms, batch }))
  const parts = sums.map((rows) => ({ ...finishRows(rows, element), selfRows: rows.selfRows }))
  return {
    ...joinedRows(parts, element),
    keyIds,
    gradient: (dOutput, into = noGradients(head, element)) => {
      requireGradients(into, head)
      addGradients(task, sums, dOutput, into)
      return into
    },
  }
}

/** Throws Option for what has no gradient here. */
function requireDifferentiable({ problem: { p, restClusters } }: AttendedHead): void {
  const refused = (option: 'attention' | 'restClusters', why: string) =>
    new LevError('Option', `attendWithGradient: ${optionText(option)} ${why}; leave it out`, { option })
  if (p !== undefined) throw refused('attention', 'is power, and gradients are of softmax alone')
  if (restClusters !== undefined)
    throw refused('restClusters', 'stands in for keys, through which no gradient goes')
}

function noGradients({ queries, keys, values }: DenseHead, element: 'f32' | 'f64'): Gradients {
  return {
    queries: newRows(element, queries.data.length),
    keys: newRows(element, keys.data.length),
    values: newRows(element, values.data.length),
  }
}

/** All batches in their order into float64, then to `into`: one rounding of each number. */
function addGradients(
  { shard, terms, sources, reaches, batches, answered }: AttendedHead,
  rows: readonly AttendSum[],
  dOutput: Floats,
  into: Gradients,
): void {
  const { dOutputs, scaling } = outputSlopes(dOutput, rows, sources.values.cols, reaches.values.largestEntry)
  const dim = sources.keys.cols
  const keys = new Float64Array(into.keys.length)
  const values = new Float64Array(into.values.length)
  batches.forEach((batch, b) => {
    const first = batch.rowStart - answered.rowStart
    const own = { queries: new Float64Array(rowsIn(batch) * dim), keys, values }
    const width = sources.values.cols
    const slopes = {
      rows: rows[b],
      dOutputs: dOutputs.subarray(first * width, (first + rowsIn(batch)) * width),
    }
    gradientRows(shard, { ...terms, batch }, slopes, own)
    addTo(into.queries, own.queries, batch.rowStart * dim, scaling)
  })
  addTo(into.keys, keys, 0, scaling)
  addTo(into.values, values, 0, scaling)
}

/** `scaling` is a power of two: dividing by it is exact. */
function addTo(into: Floats, from: Float64Array, start: number, scaling: number): void {
  for (let i = 0; i < from.length; i++) into[start + i] += from[i] / scaling
}
