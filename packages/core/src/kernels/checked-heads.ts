import { LevError } from '../errors/errors.ts'
import { type Operand, operand } from './operands.ts'
import type { HeadInputs, HeadState, SoftmaxHeads } from './softmax-heads.ts'

/** `raw`'s kernels of heads behind `check` of their shapes: see checkedKernels. */
export function checkedHeads(
  raw: SoftmaxHeads,
  check: (kernel: string, output: Operand[], input: Operand[]) => void,
): SoftmaxHeads {
  return {
    softmaxHead(output, state, head, factor) {
      const { rows, dim, valueDim } = head
      const outputs = [operand('output', output, rows, valueDim), ...stateOperands(state, head)]
      check('softmaxHead', outputs, [operand('queries', head.queries, rows, dim), ...keyOperands(head)])
      requireIds('softmaxHead', head)
      raw.softmaxHead(output, state, head, factor)
    },
    softmaxHeadGradient(out, dOutput, state, head, scale, inverse) {
      const { rows, dim, valueDim } = head
      const outputs = [
        operand('dQueries', out.dQueries, rows, dim),
        operand('dKeys', out.dKeys, rows, dim),
        operand('dValues', out.dValues, rows, valueDim),
      ]
      const inputs = [operand('dOutput', dOutput, rows, valueDim), ...stateOperands(state, head)]
      check('softmaxHeadGradient', outputs, [...inputs, ...keyOperands(head)])
      requireIds('softmaxHeadGradient', head)
      raw.softmaxHeadGradient(out, dOutput, state, head, scale, inverse)
    },
  }
}

function stateOperands({ octaves, shifts, totals, sums }: HeadState, head: HeadInputs): Operand[] {
  const { rows, dim, valueDim } = head
  return [
    operand('octaves', octaves, rows, dim),
    operand('shifts', shifts, rows, 1),
    operand('totals', totals, rows, 1),
    operand('sums', sums, rows, valueDim),
  ]
}

function keyOperands({ keys, values, ids, rows, keyCount, dim, valueDim }: HeadInputs): Operand[] {
  const operands = [operand('keys', keys, rows, dim), operand('values', values, rows, valueDim)]
  return ids ? [...operands, operand('ids', ids, keyCount, 1)] : operands
}

/** Throws ShapeMismatch for a row that is not there: it would be read and written. */
function requireIds(kernel: string, { ids, rows, keyCount }: HeadInputs): void {
  const refused = (found: string) =>
    new LevError('ShapeMismatch', `${kernel}: ${found}; ids are rows of the keys`)
  if (!ids && keyCount !== rows) throw refused(`${keyCount} keys of ${rows} rows without ids`)
  if (ids)
    for (let k = 0; k < keyCount; k++) if (ids[k] >= rows) throw refused(`id ${ids[k]} of ${rows} rows`)
}
