import { LevError } from '../errors/errors.ts'
import { UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { rotateRows, type Rotations } from './rotate-rows.ts'

/** Sweeps allowed for each eigenvalue, shared between all of them (LAPACK dsteqr's limit). Two is usual. */
const SWEEPS_PER_VALUE = 30

/** In a matrix scaled to about 1 an off-diagonal entry below this is nothing: zero diagonals need an absolute test. */
const NEGLIGIBLE = 2 ** -500

/**
 * Eigenvalues of the symmetric tridiagonal matrix (diagonal [dim], offDiagonal [dim], both overwritten; entries
 * of size about 1 or less) by implicit QL with Wilkinson's shift, left unsorted in `diagonal`. Each rotation is
 * also applied to `rows` ([dim, dim]), if given: rows of Q^T become rows of V^T. With and without `rows` the
 * values are the same bits.
 *
 * Throws LevError('Internal') where 30 * dim sweeps do not suffice.
 */
export function implicitQl(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  dim: number,
  rows: Float64Array | undefined,
): void {
  const rotations = { cosines: new Float64Array(dim), sines: new Float64Array(dim) }
  let sweepsLeft = SWEEPS_PER_VALUE * dim
  for (let start = 0; start < dim; start++) {
    for (;;) {
      const last = blockEnd(diagonal, offDiagonal, start, dim)
      if (last === start) break
      if (sweepsLeft-- === 0) throw notConverged(start, dim)
      const first = sweep(diagonal, offDiagonal, start, last, rotations)
      if (rows !== undefined) rotateRows(rows, dim, rotations, first, last)
    }
  }
}

/** The last index of the unreduced block that begins at `start`. */
function blockEnd(diagonal: Float64Array, offDiagonal: Float64Array, start: number, dim: number): number {
  let i = start
  for (; i < dim - 1; i++) {
    const size = Math.abs(offDiagonal[i])
    if (size <= UNIT_ROUNDOFF_F64 * (Math.abs(diagonal[i]) + Math.abs(diagonal[i + 1]))) break
    if (size <= NEGLIGIBLE) break
  }
  return i
}

/**
 * One QL step on the block start..last: chases the bulge of the shifted matrix from the bottom to the top.
 * Writes rotations [first, last) and returns first, which is `start` unless the block splits on the way.
 */
function sweep(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  start: number,
  last: number,
  { cosines, sines }: Rotations,
): number {
  let cosine = 1
  let sine = 1
  let carried = 0 // what the rotation before took from the next diagonal entry
  let g = diagonal[last] - wilkinsonShift(diagonal[start], diagonal[start + 1], offDiagonal[start])
  for (let i = last - 1; i >= start; i--) {
    const f = sine * offDiagonal[i]
    const b = cosine * offDiagonal[i]
    const radius = hypotenuse(f, g)
    offDiagonal[i + 1] = radius
    if (radius === 0) {
      // The block has split by itself: book what is pending and let the caller look again.
      diagonal[i + 1] -= carried
      offDiagonal[last] = 0
      return i + 1
    }
    sine = f / radius
    cosine = g / radius
    const reduced = diagonal[i + 1] - carried
    const mixed = (diagonal[i] - reduced) * sine + 2 * cosine * b
    carried = sine * mixed
    diagonal[i + 1] = reduced + carried
    g = cosine * mixed - b
    cosines[i] = cosine
    sines[i] = sine
  }
  diagonal[start] -= carried
  offDiagonal[start] = g
  offDiagonal[last] = 0
  return start
}

/** The eigenvalue of [[first, off], [off, second]] nearer to `first`. */
function wilkinsonShift(first: number, second: number, off: number): number {
  const ratio = (second - first) / (2 * off)
  const root = hypotenuse(ratio, 1)
  return first - off / (ratio >= 0 ? ratio + root : ratio - root)
}

/** sqrt(a^2 + b^2) without overflow or underflow. Not Math.hypot, whose last bit the language leaves open. */
function hypotenuse(a: number, b: number): number {
  const sizeA = Math.abs(a)
  const sizeB = Math.abs(b)
  const large = Math.max(sizeA, sizeB)
  if (large === 0) return 0
  const ratio = Math.min(sizeA, sizeB) / large
  return large * Math.sqrt(1 + ratio * ratio)
}

function notConverged(index: number, dim: number): LevError {
  const message =
    `the eigenvalues of a [${dim}, ${dim}] matrix did not converge in ${SWEEPS_PER_VALUE * dim} sweeps ` +
    `(stuck at number ${index}). This is a defect of ours: please report it with the matrix.`
  return new LevError('Internal', message)
}
