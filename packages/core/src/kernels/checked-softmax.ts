import { LevError } from '../errors/errors.ts'
import { type Operand, operand } from './operands.ts'
import type { SoftmaxGradients } from './softmax-gradients.ts'
import { LEAST_HITS, type SoftmaxBlock, type SoftmaxKernels, type SoftmaxRows } from './softmax-kernels.ts'

/** `raw`'s softmax kernels behind `check` of their shapes: see checkedKernels. */
export function checkedSoftmax(
  raw: SoftmaxKernels & SoftmaxGradients<Float32Array>,
  check: (kernel: string, output: Operand[], input: Operand[]) => void,
): SoftmaxKernels & SoftmaxGradients<Float32Array> {
  return {
    softmaxPairs(hits, rows, thresholds, block, thresholdsOf) {
      const { capacity } = hits
      const outputs = [
        operand('queries of hits', hits.queries, capacity, 1),
        operand('keys of hits', hits.keys, capacity, 1),
        operand('logits of hits', hits.logits, capacity, 1),
        operand('progress', hits.progress, 1, 1),
        ...rowOperands(rows, block),
      ]
      const inputs = [operand('thresholds', thresholds, block.queryCount, 1), ...blockOperands(block)]
      check('softmaxPairs', outputs, inputs)
      if (capacity < LEAST_HITS) {
        const found = `room for ${capacity} hits, and one step can find ${LEAST_HITS}`
        throw new LevError('ShapeMismatch', `softmaxPairs: ${found}; pass room for as many at least`)
      }
      return raw.softmaxPairs(hits, rows, thresholds, block, thresholdsOf)
    },
    softmaxValues(sums, rows, block, values, valueDim) {
      const outputs = [operand('sums', sums, block.queryCount, valueDim), ...rowOperands(rows, block)]
      const inputs = [operand('values', values, block.keyCount, valueDim), ...blockOperands(block)]
      check('softmaxValues', outputs, inputs)
      raw.softmaxValues(sums, rows, block, values, valueDim)
    },
    softmaxGradient(into, rows, block, values, valueDim) {
      const { queryCount, keyCount, dim } = block
      const outputs = [
        operand('sums of queries', into.queries, queryCount, dim),
        operand('sums of keys', into.keys, keyCount, dim),
        operand('sums of values', into.values, keyCount, valueDim),
      ]
      const inputs = [
        ...rowOperands(rows, block),
        operand('means', rows.means, queryCount, 1),
        operand('dOutputs', rows.dOutputs, queryCount, valueDim),
        operand('values', values, keyCount, valueDim),
        ...blockOperands(block),
      ]
      check('softmaxGradient', outputs, inputs)
      raw.softmaxGradient(into, rows, block, values, valueDim)
    },
  }
}

function rowOperands({ shifts, totals }: SoftmaxRows, { queryCount }: SoftmaxBlock): Operand[] {
  return [operand('shifts', shifts, queryCount, 1), operand('totals', totals, queryCount, 1)]
}

function blockOperands(block: SoftmaxBlock): Operand[] {
  const { queries, queryCount, keys, keyCount, dim, ranges, keyMask } = block
  const operands = [operand('queries', queries, queryCount, dim), operand('keys', keys, keyCount, dim)]
  if (ranges !== undefined) {
    operands.push(
      operand('starts', ranges.starts, queryCount, 1),
      operand('ends', ranges.ends, queryCount, 1),
    )
  }
  if (keyMask !== undefined) operands.push(operand('keyMask', keyMask, keyCount, 1))
  return operands
}
