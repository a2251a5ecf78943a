/** A tile [4][4] f64 whose rows are adjacent. */
export const TILE_BYTES: usize = 128

/**
 * out [4][4] f64, rows `outStride` bytes apart, = Σ_s left[s][i] right[s][j] over two panels [count][4] f64,
 * every sum from 0 in the order of s.
 */
export function setTile(out: usize, outStride: usize, left: usize, right: usize, count: usize): void {
  tile(out, outStride, left, right, count, false, false)
}

/** The same sums, complete, then added to `out`. */
export function addTile(out: usize, outStride: usize, left: usize, right: usize, count: usize): void {
  tile(out, outStride, left, right, count, true, false)
}

/** As setTile, for entries that came from float32: fused where the machine can. */
export function setTileOfSingles(
  out: usize,
  outStride: usize,
  left: usize,
  right: usize,
  count: usize,
): void {
  tile(out, outStride, left, right, count, false, true)
}

/** As addTile, for entries that came from float32. */
export function addTileOfSingles(
  out: usize,
  outStride: usize,
  left: usize,
  right: usize,
  count: usize,
): void {
  tile(out, outStride, left, right, count, true, true)
}

/** As setTile of a panel with itself: of the last two rows only the last two columns, so three quarters of the work. */
export function setDiagonalTile(out: usize, panel: usize, count: usize): void {
  tile(out, 32, panel, panel, count, false, false, true)
}

/** The same for entries that came from float32. */
export function setDiagonalTileOfSingles(out: usize, panel: usize, count: usize): void {
  tile(out, 32, panel, panel, count, false, true, true)
}

// @ts-ignore: decorator
@inline
/**
 * The hot loop of Gram, multiply and leverage. Not unrolled, and in a function that is called, not inlined: so
 * V8 holds it in registers, and its optimising tier takes over while the caller still runs.
 */
function tile(
  out: usize,
  outStride: usize,
  left: usize,
  right: usize,
  count: usize,
  add: bool,
  singles: bool,
  diagonal: bool = false,
): void {
  let c00 = f64x2.splat(0), c01 = f64x2.splat(0)
  let c10 = f64x2.splat(0), c11 = f64x2.splat(0)
  let c20 = f64x2.splat(0), c21 = f64x2.splat(0)
  let c30 = f64x2.splat(0), c31 = f64x2.splat(0)
  const end = left + (count << 5)
  while (left < end) {
    const b0 = v128.load(right)
    const b1 = v128.load(right, 16)
    let a = v128.load64_splat(left)
    c00 = plusProduct(c00, a, b0, singles)
    c01 = plusProduct(c01, a, b1, singles)
    a = v128.load64_splat(left, 8)
    c10 = plusProduct(c10, a, b0, singles)
    c11 = plusProduct(c11, a, b1, singles)
    a = v128.load64_splat(left, 16)
    if (!diagonal) c20 = plusProduct(c20, a, b0, singles)
    c21 = plusProduct(c21, a, b1, singles)
    a = v128.load64_splat(left, 24)
    if (!diagonal) c30 = plusProduct(c30, a, b0, singles)
    c31 = plusProduct(c31, a, b1, singles)
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
/**
 * sum + a b. The product of two float32 numbers is exact in float64 (48 bits, exponents above -300), so rounding it first
 * or not is the same number: `singles` may be fused, and no bit depends on whether they are. Of float64 numbers it would.
 */
function plusProduct(sum: v128, a: v128, b: v128, singles: bool): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && singles) return f64x2.relaxed_madd(a, b, sum)
  return f64x2.add(sum, f64x2.mul(a, b))
}

// @ts-ignore: decorator
@inline
function put(out: usize, low: v128, high: v128, add: bool): void {
  v128.store(out, add ? f64x2.add(v128.load(out), low) : low)
  v128.store(out, add ? f64x2.add(v128.load(out, 16), high) : high, 16)
}
