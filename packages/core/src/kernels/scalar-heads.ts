import { addRows, finishHead, gatherRows, meansOf, scaleInto } from './head-loops.ts'
import { scalarSoftmax } from './scalar-softmax.ts'
import { scalarGradient } from './softmax-gradient-by.ts'
import type { HeadInputs, SoftmaxHeads } from './softmax-heads.ts'

/** See SoftmaxHeads. */
export const scalarHeads: SoftmaxHeads = {
  softmaxHead(output, state, head, factor) {
    const { queries, rows, dim, valueDim } = head
    const { octaves, shifts, totals, sums } = state
    scaleInto(octaves, queries, factor, rows * dim)
    shifts.fill(-Infinity, 0, rows)
    totals.fill(0, 0, rows)
    sums.fill(0, 0, rows * valueDim)
    const { keys, values } = kept(head)
    const block = { queries: octaves, queryCount: rows, keys, keyCount: head.keyCount, dim }
    scalarSoftmax.softmaxValues(sums, state, block, values, valueDim)
    finishHead(output, sums, totals, rows, valueDim)
  },
  softmaxHeadGradient(out, dOutput, state, head, scale, inverse) {
    const { rows, keyCount, dim, valueDim, ids } = head
    const means = new Float64Array(rows)
    meansOf(means, dOutput, state.sums, valueDim)
    const sums = {
      queries: new Float64Array(rows * dim),
      keys: new Float64Array(keyCount * dim),
      values: new Float64Array(keyCount * valueDim),
    }
    const { keys, values } = kept(head)
    const block = { queries: state.octaves, queryCount: rows, keys, keyCount, dim }
    scalarGradient.softmaxGradient(sums, { ...state, means, dOutputs: dOutput }, block, values, valueDim)
    scaleInto(out.dQueries, sums.queries, scale, rows * dim)
    out.dKeys.fill(0, 0, rows * dim)
    out.dValues.fill(0, 0, rows * valueDim)
    addRows(out.dKeys, sums.keys, keyCount, dim, inverse, ids, 0)
    addRows(out.dValues, sums.values, keyCount, valueDim, 1, ids, 0)
  },
}

/** Keys and values of `ids`, side by side. */
function kept({ keys, values, ids, keyCount, dim, valueDim }: HeadInputs) {
  if (!ids) return { keys, values }
  const own = { keys: new Float32Array(keyCount * dim), values: new Float32Array(keyCount * valueDim) }
  gatherRows(own.keys, keys, ids, keyCount, dim)
  gatherRows(own.values, values, ids, keyCount, valueDim)
  return own
}
