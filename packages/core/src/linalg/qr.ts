import { applyBlockReflector, makeBlockReflector, type BlockScratch } from './block-reflector.ts'
import { QR_BLOCK_ROWS } from './qr-error.ts'
import { requireShape } from './require-shape.ts'

/**
 * Replace `upper` R ([dim, dim], upper triangular; below the diagonal neither read nor written) by the R of
 * [R; rows], `rows` being [rowCount, dim]: afterwards R^T R = (old R)^T (old R) + rows^T rows, up to rounding,
 * with a diagonal >= 0. `rows` is only read. Where the stacked matrix has rank dim this R is unique.
 *
 * Householder reflectors on blocks of QR_BLOCK_ROWS rows, so the scratch is at most that many rows. Error:
 * `qrColumnError`. NaN and infinity spread into R and throw nothing. Throws LevError('ShapeMismatch').
 */
export function qrUpdate(upper: Float64Array, rows: Float64Array, rowCount: number, dim: number): void {
  requireShape('upper', upper, dim, dim)
  requireShape('rows', rows, rowCount, dim)
  const scratchRows = roundUpToFour(Math.min(rowCount, QR_BLOCK_ROWS))
  const block = new Float64Array(scratchRows * dim)
  const reflector = new Float64Array(scratchRows + 1)
  const image = new Float64Array(dim)
  const panelImage = new Float64Array(dim)
  for (let rowStart = 0; rowStart < rowCount; rowStart += QR_BLOCK_ROWS) {
    const rowEnd = Math.min(rowStart + QR_BLOCK_ROWS, rowCount)
    // Rows of zeros fill up a multiple of four; they change no bit.
    block.fill(0)
    block.set(rows.subarray(rowStart * dim, rowEnd * dim))
    const blockRows = roundUpToFour(rowEnd - rowStart)
    absorbBlock(upper, { block, rowCount: blockRows, dim, reflector, image, panelImage })
  }
  makeDiagonalNonNegative(upper, dim)
}

/** The R ([dim, dim], zero below the diagonal, diagonal >= 0) of `rows` ([rowCount, dim]): `qrUpdate` from zero. */
export function qrUpper(rows: Float64Array, rowCount: number, dim: number): Float64Array {
  const upper = new Float64Array(dim * dim)
  qrUpdate(upper, rows, rowCount, dim)
  return upper
}

/** Annihilate the block against R, one reflector a column. */
function absorbBlock(upper: Float64Array, scratch: BlockScratch): void {
  for (let column = 0; column < scratch.dim; column++) {
    const diagonal = column * scratch.dim + column
    const { half, pivot } = makeBlockReflector(upper[diagonal], column, scratch)
    if (half === 0) continue
    upper[diagonal] = pivot
    applyBlockReflector(upper, column, half, scratch)
  }
}

/** The sign of a whole row is free: R^T R does not see it, and changing it is exact. */
function makeDiagonalNonNegative(upper: Float64Array, dim: number): void {
  for (let i = 0; i < dim; i++) {
    if (!(upper[i * dim + i] < 0)) continue
    for (let k = i * dim + i; k < i * dim + dim; k++) upper[k] = -upper[k]
  }
}

function roundUpToFour(count: number): number {
  return Math.ceil(count / 4) * 4
}
