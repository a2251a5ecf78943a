import { dotRange } from './dot.ts'
import { binaryExponent, powerOfTwo } from './power-of-two.ts'
import { QR_PANEL_ROWS } from './qr-error.ts'

/** Rows being annihilated, and what their reflectors need. */
export interface BlockScratch {
  readonly block: Float64Array // [at least rowCount, dim]
  readonly rowCount: number // a multiple of four
  readonly dim: number
  readonly reflector: Float64Array // v: block rows at 0 .. rowCount - 1, the diagonal's entry at rowCount
  readonly image: Float64Array // [dim]
  readonly panelImage: Float64Array // [dim]
}

/** P = I - v v^T / half; `pivot` is what the diagonal entry becomes. half = 0: nothing to do. */
interface BlockReflector {
  readonly half: number // |v|^2 / 2
  readonly pivot: number
}

/**
 * The reflector that maps (diagonal; column `column` of the block) onto its first coordinate; v goes to
 * scratch.reflector. The vector is scaled by a power of two, so squares do not overflow; `half` is summed from v
 * itself, so that v's own errors do not count against P's orthogonality.
 */
export function makeBlockReflector(diagonal: number, column: number, scratch: BlockScratch): BlockReflector {
  const { block, rowCount, dim, reflector } = scratch
  let largest = 0
  for (let r = 0; r < rowCount; r++) {
    reflector[r] = block[r * dim + column]
    largest = Math.max(largest, Math.abs(reflector[r]))
  }
  if (largest === 0) return { half: 0, pivot: diagonal }
  const scale = powerOfTwo(-binaryExponent(Math.max(largest, Math.abs(diagonal))))
  for (let r = 0; r < rowCount; r++) reflector[r] *= scale
  const leading = diagonal * scale
  const norm = Math.sqrt(sumOfSquares(leading, reflector, rowCount))
  const target = leading > 0 ? -norm : norm // opposite sign: no cancellation
  reflector[rowCount] = leading - target
  return { half: sumOfSquares(leading - target, reflector, rowCount) / 2, pivot: target / scale }
}

/** first^2 plus the squares of vector[0 .. count), panel by panel. */
function sumOfSquares(first: number, vector: Float64Array, count: number): number {
  let sum = first * first
  for (let start = 0; start < count; start += QR_PANEL_ROWS) {
    sum += dotRange(vector, start, vector, start, Math.min(QR_PANEL_ROWS, count - start))
  }
  return sum
}

/** Apply P to columns column + 1 .. dim - 1 of (row `column` of `upper` [dim, dim]; block), in place. */
export function applyBlockReflector(
  upper: Float64Array,
  column: number,
  half: number,
  scratch: BlockScratch,
): void {
  const { rowCount, dim, reflector, image, panelImage } = scratch
  const row = column * dim
  const leading = reflector[rowCount]
  for (let j = column + 1; j < dim; j++) image[j] = leading * upper[row + j]
  for (let start = 0; start < rowCount; start += QR_PANEL_ROWS) {
    const end = Math.min(start + QR_PANEL_ROWS, rowCount)
    panelImage.fill(0)
    for (let r = start; r < end; r += 4) addFourRows(scratch, r, column + 1)
    for (let j = column + 1; j < dim; j++) image[j] += panelImage[j]
  }
  for (let j = column + 1; j < dim; j++) {
    image[j] /= half
    upper[row + j] -= leading * image[j]
  }
  for (let r = 0; r < rowCount; r += 4) subtractFourRows(scratch, r, column + 1)
}

/** panelImage += v^T block over rows r .. r + 3, columns from `first` on. */
function addFourRows({ block, dim, reflector, panelImage }: BlockScratch, r: number, first: number): void {
  const v0 = reflector[r]
  const v1 = reflector[r + 1]
  const v2 = reflector[r + 2]
  const v3 = reflector[r + 3]
  const row1 = (r + 1) * dim
  const row2 = row1 + dim
  const row3 = row2 + dim
  const row0 = row1 - dim
  for (let j = first; j < dim; j++) {
    panelImage[j] +=
      v0 * block[row0 + j] + v1 * block[row1 + j] + (v2 * block[row2 + j] + v3 * block[row3 + j])
  }
}

/** block -= v image over rows r .. r + 3, columns from `first` on. */
function subtractFourRows({ block, dim, reflector, image }: BlockScratch, r: number, first: number): void {
  const v0 = reflector[r]
  const v1 = reflector[r + 1]
  const v2 = reflector[r + 2]
  const v3 = reflector[r + 3]
  const row0 = r * dim
  const row1 = row0 + dim
  const row2 = row1 + dim
  const row3 = row2 + dim
  for (let j = first; j < dim; j++) {
    const step = image[j]
    block[row0 + j] -= v0 * step
    block[row1 + j] -= v1 * step
    block[row2 + j] -= v2 * step
    block[row3 + j] -= v3 * step
  }
}
