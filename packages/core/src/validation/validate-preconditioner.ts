import { gamma } from '../arithmetic/numeric.ts'
import { requireFiniteBlock, unusable } from './block-checks.ts'
import { signProbes, timesVector } from './sign-probes.ts'
import { type Preconditioner, measured } from '../bounds/factor/preconditioner.ts'

/** The norms are sums of d² squares each: recomputed they agree to this. */
const SAME = 1e-9
/** Differences of nearly equal products, summed: in one order by every version. */
const SAME_ERROR = 1e-3
/** Another version may have been more generous. */
const MOST_ABOVE = 4
/** Up to here `rootError` is measured again, in 2 d³ multiply-adds; above only what it is at least. */
const MOST_MEASURED = 256

/**
 * Throws Content unless T and its inverse are what the file's numbers say of them: their norms, and that P T is the identity to
 * `rootError`, which bounds sqrt(d) ‖DTPD⁻¹ - I‖ and more. O(d²): by vectors of signs, whose length is sqrt(d).
 */
export function validatePreconditioner(
  preconditioner: Preconditioner,
  columnNorms: Float64Array,
  file: string,
  named: (name: string) => string,
): void {
  const { forward, inverse, compensated, inverseError } = preconditioner
  const dim = columnNorms.length
  requireFiniteBlock(file, named('forward'), forward, dim)
  requireFiniteBlock(file, named('inverse'), inverse, dim)
  const a = forward.map((value, i) => value * columnNorms[Math.floor(i / dim)])
  const b = inverse.map((value, i) => value / columnNorms[i % dim])
  const large = new Uint8Array(dim)
  for (const column of compensated) large[column] = 1
  const requireNorm = (field: string, value: number, wanted: number) => {
    if (Math.abs(value - wanted) <= SAME * wanted) return
    throw unusable(file, named(field), `${wanted}, by the file's own matrices`, value)
  }
  requireNorm(
    'forwardNorm',
    preconditioner.forwardNorm,
    normOf(a, dim, (column) => large[column] === 0),
  )
  requireNorm(
    'compensatedNorm',
    preconditioner.compensatedNorm,
    normOf(a, dim, (column) => large[column] === 1),
  )
  requireNorm(
    'inverseNorm',
    preconditioner.inverseNorm,
    normOf(b, dim, () => true),
  )
  requireInverseError(inverseError)
  for (const signs of signProbes(dim)) {
    const image = timesVector(a, timesVector(b, signs))
    const off = Math.hypot(...image.map((value, i) => value - signs[i]))
    // Computing this product rounds about as much as the bound allows for already.
    if (off <= 3 * inverseError) continue
    const wanted = `the inverse of 'forward' to its rootError, ${inverseError}`
    throw unusable(file, named('inverse'), wanted, off, 'for a vector of signs')
  }

  function requireInverseError(value: number): void {
    const isMeasured = dim <= MOST_MEASURED
    const least = isMeasured
      ? measured(columnNorms, preconditioner).inverseError * (1 - SAME_ERROR)
      : 1.01 * 1.1 * gamma(dim + 2) * preconditioner.inverseNorm * (1 - SAME)
    // What is larger only makes answers more careful.
    const most = isMeasured ? MOST_ABOVE * least : Infinity
    if (value >= least && value <= most) return
    const wanted = isMeasured ? `about ${least}` : `${least} or more`
    throw unusable(file, named('rootError'), `${wanted}, what rounding allows for`, value)
  }
}

function normOf(matrix: Float64Array, dim: number, counts: (column: number) => boolean): number {
  let sum = 0
  matrix.forEach((value, i) => {
    if (counts(i % dim)) sum += value * value
  })
  return Math.sqrt(sum)
}
