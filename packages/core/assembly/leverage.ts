import { packRows } from './pack-rows'
import { setTile, TILE_BYTES } from './tile'

/** Rows that are solved together, so that a panel of the factor is used 16 times while it is in cache. */
const BLOCK_ROWS: usize = 64
/** Two tiles: the divisions of one group of 4 rows wait while the other group computes. */
const TILES: usize = 2 * TILE_BYTES

/** Scratch: two tiles, a norm for each row of a block, the block, the packed factor. */
export function leverage_scratch(dim: usize): f64 {
  const rounded = <f64>((dim + 3) & ~3)
  return <f64>TILES + <f64>BLOCK_ROWS * <f64>(dim + 1) * 8 + rounded * (rounded + 4) * 4
}

/** lower [dim, dim] into the scratch, in panels of 4 rows, transposed, each as far as its diagonal. */
export function leverage_pack(lower: usize, dim: usize, scratch: usize): void {
  const factor = packedFactor(dim, scratch)
  for (let i: usize = 0; i < dim; i += 4) {
    packRows<f64>(lower + ((i * dim) << 3), factor + panelOffset(i), dim - i, min(i + 4, dim), dim << 3)
  }
}

/** Kernels.leverage with the factor that was packed into the same scratch; whitened 0: not wanted. */
export function leverage_f32(
  tau: usize, rows: usize, rowCount: usize, dim: usize, whitened: usize, scratch: usize,
): void {
  leverage<f32>(tau, rows, rowCount, dim, whitened, scratch)
}

export function leverage_f64(
  tau: usize, rows: usize, rowCount: usize, dim: usize, whitened: usize, scratch: usize,
): void {
  leverage<f64>(tau, rows, rowCount, dim, whitened, scratch)
}

// @ts-ignore: decorator
@inline
/** Bytes before the factor's panel for unknowns i .. i + 3, which is [i + 4][4] f64. */
function panelOffset(i: usize): usize {
  return (i * (i + 4)) << 2
}

// @ts-ignore: decorator
@inline
function blockPanels(scratch: usize): usize {
  return scratch + TILES + (BLOCK_ROWS << 3)
}

// @ts-ignore: decorator
@inline
function packedFactor(dim: usize, scratch: usize): usize {
  return blockPanels(scratch) + ((BLOCK_ROWS * dim) << 3)
}

function leverage<T>(
  tau: usize, rows: usize, rowCount: usize, dim: usize, whitened: usize, scratch: usize,
): void {
  const rowStride = dim * sizeof<T>()
  const norms = scratch + TILES
  for (let r: usize = 0; r < rowCount; r += BLOCK_ROWS) {
    const blockRows = min(BLOCK_ROWS, rowCount - r)
    packBlock<T>(rows + r * rowStride, blockRows, dim, scratch)
    memory.fill(norms, 0, BLOCK_ROWS << 3)
    solveBlock(blockRows, dim, scratch)
    memory.copy(tau + (r << 3), norms, blockRows << 3)
    if (whitened) unpackRows(blockPanels(scratch), whitened + ((r * dim) << 3), blockRows, dim)
  }
}

/** Panels [dim][4 rows], an even number of them: the last may be all zeros. */
function packBlock<T>(rows: usize, blockRows: usize, dim: usize, scratch: usize): void {
  const panels = blockPanels(scratch)
  const rowStride = dim * sizeof<T>()
  for (let t: usize = 0; t < ((blockRows + 7) & ~7); t += 4) {
    const present = t < blockRows ? blockRows - t : 0
    packRows<T>(rows + t * rowStride, panels + ((t * dim) << 3), present, dim, rowStride)
  }
}

/** Each panel becomes its solution in place; the norms receive its squares. */
function solveBlock(blockRows: usize, dim: usize, scratch: usize): void {
  const panels = blockPanels(scratch)
  for (let i: usize = 0; i < dim; i += 4) {
    const factor = packedFactor(dim, scratch) + panelOffset(i)
    const present = min(4, dim - i)
    for (let t: usize = 0; t < blockRows; t += 8) {
      const first = panels + ((t * dim) << 3)
      const second = first + (dim << 5)
      const norms = scratch + TILES + (t << 3)
      setTile(scratch, 32, factor, first, i)
      setTile(scratch + TILE_BYTES, 32, factor, second, i)
      solveTriangle(first + (i << 5), factor + (i << 5), scratch, norms, present)
      solveTriangle(second + (i << 5), factor + (i << 5), scratch + TILE_BYTES, norms + 32, present)
    }
  }
}

/**
 * Substitution within 4 unknowns of 4 rows. x [present][4 rows] holds the right side and receives the solution;
 * triangle [b][t] is the factor's L[t][b]; sums [4][4 rows] is what the unknowns before contribute.
 */
function solveTriangle(x: usize, triangle: usize, sums: usize, norms: usize, present: usize): void {
  v128.store(norms, solvePair(v128.load(norms), x, triangle, sums, present))
  v128.store(norms, solvePair(v128.load(norms, 16), x + 16, triangle, sums + 16, present), 16)
}

// @ts-ignore: decorator
@inline
/** The same for 2 rows; returns their norms with the new squares added. */
function solvePair(norm: v128, x: usize, triangle: usize, sums: usize, present: usize): v128 {
  const x0 = f64x2.div(f64x2.sub(v128.load(x), v128.load(sums)), v128.load64_splat(triangle))
  v128.store(x, x0)
  norm = f64x2.add(norm, f64x2.mul(x0, x0))
  if (present == 1) return norm
  let sum = addProduct(v128.load(sums, 32), v128.load64_splat(triangle, 8), x0)
  const x1 = f64x2.div(f64x2.sub(v128.load(x, 32), sum), v128.load64_splat(triangle, 40))
  v128.store(x, x1, 32)
  norm = f64x2.add(norm, f64x2.mul(x1, x1))
  if (present == 2) return norm
  sum = addProduct(v128.load(sums, 64), v128.load64_splat(triangle, 16), x0)
  sum = addProduct(sum, v128.load64_splat(triangle, 48), x1)
  const x2 = f64x2.div(f64x2.sub(v128.load(x, 64), sum), v128.load64_splat(triangle, 80))
  v128.store(x, x2, 64)
  norm = f64x2.add(norm, f64x2.mul(x2, x2))
  if (present == 3) return norm
  sum = addProduct(v128.load(sums, 96), v128.load64_splat(triangle, 24), x0)
  sum = addProduct(sum, v128.load64_splat(triangle, 56), x1)
  sum = addProduct(sum, v128.load64_splat(triangle, 88), x2)
  const x3 = f64x2.div(f64x2.sub(v128.load(x, 96), sum), v128.load64_splat(triangle, 120))
  v128.store(x, x3, 96)
  return f64x2.add(norm, f64x2.mul(x3, x3))
}

// @ts-ignore: decorator
@inline
function addProduct(sum: v128, a: v128, b: v128): v128 {
  return f64x2.add(sum, f64x2.mul(a, b))
}

/** Panels [dim][4] back to row-major rows [blockRows, dim]. */
function unpackRows(panels: usize, out: usize, blockRows: usize, dim: usize): void {
  for (let r: usize = 0; r < blockRows; r++) {
    let from = panels + (((r >> 2) * dim) << 5) + ((r & 3) << 3)
    const end = out + (dim << 3)
    while (out < end) {
      store<f64>(out, load<f64>(from))
      from += 32
      out += 8
    }
  }
}
