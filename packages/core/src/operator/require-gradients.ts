import { requireFloats } from '../arguments/floats.ts'
import { kindOf } from '../arguments/kind-of.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import type { DenseHead } from './dense-head.ts'

/** dL/dQ [m, d], dL/dK [n, d] and dL/dV [n, dv]. */
export interface Gradients {
  /** dL/dQ [m, d]. */
  readonly queries: Floats
  /** dL/dK [n, d]. */
  readonly keys: Floats
  /** dL/dV [n, dv]. */
  readonly values: Floats
}

/** For callers without types. Throws ShapeMismatch where they are not of the shapes of `head`. */
export function requireGradients(into: Partial<Gradients>, head: DenseHead): void {
  if (typeof into !== 'object' || into === null)
    throw mismatch(`into is ${kindOf(into)}; give { queries, keys, values }, to which gradients are added`)
  for (const name of ['queries', 'keys', 'values'] as const) {
    const { rows, cols } = head[name]
    const { length } = requireFloats(`attendWithGradient: into: ${name}`, into[name])
    if (length === rows * cols) continue
    throw mismatch(`into: ${name} has ${counted(length, 'number')}, and ${name} are ${rows} x ${cols}`)
  }
}

function mismatch(message: string): LevError {
  return new LevError('ShapeMismatch', `attendWithGradient: ${message}`)
}
