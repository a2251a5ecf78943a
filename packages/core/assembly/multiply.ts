import { packColumns } from './pack-columns'
import { packRows } from './pack-rows'
import { setTile, TILE_BYTES } from './tile'

/** Rows that are packed together; 64 rows of dim 64 are 32 KiB. */
const BLOCK_ROWS: usize = 64

/** Scratch: one tile, a block of rows, the packed matrix. */
export function multiply_scratch(dim: usize, outDim: usize): f64 {
  return <f64>TILE_BYTES + <f64>(BLOCK_ROWS + ((outDim + 3) & ~3)) * <f64>dim * 8
}

/** matrix [dim, outDim] into the scratch, in panels of 4 columns. */
export function multiply_pack(matrix: usize, dim: usize, outDim: usize, scratch: usize): void {
  packColumns<f64>(matrix, packedMatrix(dim, scratch), dim, outDim, dim << 5)
}

/** Kernels.multiply with the matrix that was packed into the same scratch. */
export function multiply_f32(
  out: usize, rows: usize, rowCount: usize, dim: usize, outDim: usize, scratch: usize,
): void {
  multiply<f32>(out, rows, rowCount, dim, outDim, scratch)
}

export function multiply_f64(
  out: usize, rows: usize, rowCount: usize, dim: usize, outDim: usize, scratch: usize,
): void {
  multiply<f64>(out, rows, rowCount, dim, outDim, scratch)
}

// @ts-ignore: decorator
@inline
function packedMatrix(dim: usize, scratch: usize): usize {
  return scratch + TILE_BYTES + ((BLOCK_ROWS * dim) << 3)
}

function multiply<T>(
  out: usize, rows: usize, rowCount: usize, dim: usize, outDim: usize, scratch: usize,
): void {
  const rowStride = dim * sizeof<T>()
  for (let r: usize = 0; r < rowCount; r += BLOCK_ROWS) {
    const blockRows = min(BLOCK_ROWS, rowCount - r)
    for (let t: usize = 0; t < blockRows; t += 4) {
      const panel = scratch + TILE_BYTES + ((t * dim) << 3)
      packRows<T>(rows + (r + t) * rowStride, panel, blockRows - t, dim, rowStride)
    }
    multiplyBlock(out + ((r * outDim) << 3), blockRows, dim, outDim, scratch)
  }
}

function multiplyBlock(out: usize, blockRows: usize, dim: usize, outDim: usize, tile: usize): void {
  const matrix = packedMatrix(dim, tile)
  const outStride = outDim << 3
  for (let j: usize = 0; j < outDim; j += 4) {
    const right = matrix + ((j * dim) << 3)
    for (let t: usize = 0; t < blockRows; t += 4) {
      const left = tile + TILE_BYTES + ((t * dim) << 3)
      const corner = out + t * outStride + (j << 3)
      if (t + 4 <= blockRows && j + 4 <= outDim) {
        setTile(corner, outStride, left, right, dim)
      } else {
        setTile(tile, 32, left, right, dim)
        copyEdgeTile(corner, outStride, tile, min(4, blockRows - t), min(4, outDim - j))
      }
    }
  }
}

function copyEdgeTile(corner: usize, outStride: usize, tile: usize, rowCount: usize, columnCount: usize): void {
  for (let a: usize = 0; a < rowCount; a++) {
    for (let b: usize = 0; b < columnCount; b++) {
      store<f64>(corner + a * outStride + (b << 3), load<f64>(tile + (a << 5) + (b << 3)))
    }
  }
}
