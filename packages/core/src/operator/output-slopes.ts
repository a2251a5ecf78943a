import { requireFloats } from '../arguments/floats.ts'
import type { PartialRows } from '../attend/partial-rows.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { binaryExponent, powerOfTwo } from '../linalg/power-of-two.ts'
import { firstNonFinite } from '../matrix/non-finite.ts'
import { largestEntry } from '../softmax/key-reach.ts'

/** Slopes times values, and slopes, from 2^-EASY to 2^EASY are taken as they are. */
const [EASY_PRODUCTS, EASY_SLOPES] = [40, 60] as const

/** dL/dO [rows, dv] times a power of two. */
export interface ScaledSlopes {
  readonly dOutputs: Floats
  readonly scaling: number
}

/**
 * `dOutput` [rows of all `parts`, valueDim], zeros in rows without a weight, times what keeps it and its products with values in
 * float32's range: gradients are linear in it, so this is exact. Throws ShapeMismatch, and Content where a row that counts is not
 * finite.
 */
export function outputSlopes(
  dOutput: unknown,
  parts: readonly PartialRows[],
  valueDim: number,
  largestValue: number,
): ScaledSlopes {
  const given = requireFloats('attendWithGradient: dOutput', dOutput)
  const totals = parts.flatMap((part) => [...part.totals])
  if (given.length !== totals.length * valueDim) {
    const found = `dOutput has ${counted(given.length, 'number')}, and the output is ${totals.length} x ${valueDim}`
    throw new LevError('ShapeMismatch', `attendWithGradient: ${found}`)
  }
  const slopes = given.slice()
  totals.forEach((total, row) => {
    if (total === 0) slopes.fill(0, row * valueDim, (row + 1) * valueDim)
  })
  requireFinite(slopes, valueDim)
  const scaling = slopeScaling(largestEntry(slopes), largestValue)
  if (scaling === 1) return { dOutputs: slopes, scaling }
  // Float64, as what float32 holds of the product may be less than what it holds of the slope.
  return { dOutputs: Float64Array.from(slopes, (slope) => slope * scaling), scaling }
}

function requireFinite(slopes: Floats, valueDim: number): void {
  const at = firstNonFinite(slopes)
  if (at < 0) return
  const place = { row: Math.floor(at / valueDim), column: at % valueDim, value: String(slopes[at]) }
  const message = `row ${place.row}, column ${place.column} is ${place.value}; every slope of a row that counts must be a finite number`
  throw new LevError('Content', `attendWithGradient: dOutput: ${message}`, place)
}

/** 1 where slopes, and their products with values, are of a usual size. */
function slopeScaling(largestSlope: number, largestValue: number): number {
  if (largestSlope === 0) return 1
  const slope = binaryExponent(largestSlope) + 1
  const product = slope + (largestValue > 0 ? binaryExponent(largestValue) + 1 : 0)
  const isEasy = Math.abs(product) <= EASY_PRODUCTS && Math.abs(slope) <= EASY_SLOPES
  return isEasy ? 1 : powerOfTwo(Math.max(-900, Math.min(900, -product)))
}
