/** A tile [4][4] f64 whose rows are adjacent. */
export const TILE_BYTES: usize = 128

/**
 * out [4][4] f64, rows `outStride` bytes apart, = Σ_s left[s][i] right[s][j] over two panels [count][4] f64,
 * every sum from 0 in the order of s.
 */
export function setTile(out: usize, outStride: usize, left: usize, right: usize, count: usize): void {
  tile(out, outStride, left, right, count, false)
}

/** The same sums, complete, then added to `out`. */
export function addTile(out: usize, outStride: usize, left: usize, right: usize, count: usize): void {
  tile(out, outStride, left, right, count, true)
}

// @ts-ignore: decorator
@inline
/**
 * The hot loop of Gram, multiply and leverage. Not unrolled, and in a function that is called, not inlined: so
 * V8 holds it in registers, and its optimising tier takes over while the caller still runs.
 */
function tile(out: usize, outStride: usize, left: usize, right: usize, count: usize, add: bool): void {
  let c00 = f64x2.splat(0), c01 = f64x2.splat(0)
  let c10 = f64x2.splat(0), c11 = f64x2.splat(0)
  let c20 = f64x2.splat(0), c21 = f64x2.splat(0)
  let c30 = f64x2.splat(0), c31 = f64x2.splat(0)
  const end = left + (count << 5)
  while (left < end) {
    const b0 = v128.load(right)
    const b1 = v128.load(right, 16)
    let a = v128.load64_splat(left)
    c00 = f64x2.add(c00, f64x2.mul(a, b0))
    c01 = f64x2.add(c01, f64x2.mul(a, b1))
    a = v128.load64_splat(left, 8)
    c10 = f64x2.add(c10, f64x2.mul(a, b0))
    c11 = f64x2.add(c11, f64x2.mul(a, b1))
    a = v128.load64_splat(left, 16)
    c20 = f64x2.add(c20, f64x2.mul(a, b0))
    c21 = f64x2.add(c21, f64x2.mul(a, b1))
    a = v128.load64_splat(left, 24)
    c30 = f64x2.add(c30, f64x2.mul(a, b0))
    c31 = f64x2.add(c31, f64x2.mul(a, b1))
    left += 32
    right += 32
  }
  put(out, c00, c01, add)
  put(out + outStride, c10, c11, add)
  put(out + 2 * outStride, c20, c21, add)
  put(out + 3 * outStride, c30, c31, add)
}

// @ts-ignore: decorator
@inline
function put(out: usize, low: v128, high: v128, add: bool): void {
  v128.store(out, add ? f64x2.add(v128.load(out), low) : low)
  v128.store(out, add ? f64x2.add(v128.load(out, 16), high) : high, 16)
}
