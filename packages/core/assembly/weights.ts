// Rows of logits in float64: the largest, and the sum of the powers of two, bit for bit those of exp2-float64.ts and scalar-weights.ts.

/** Kernels.rowTops. */
export function row_tops(out: usize, rows: usize, rowCount: usize, dim: usize): void {
  const wide = dim & ~3
  for (let r: usize = 0; r < rowCount; r++) {
    const row = rows + ((r * dim) << 3)
    let top = f64x2.splat(-Infinity)
    let other = top
    for (let k: usize = 0; k < wide; k += 4) {
      top = f64x2.pmax(top, v128.load(row + (k << 3)))
      other = f64x2.pmax(other, v128.load(row + (k << 3), 16))
    }
    top = f64x2.pmax(top, other)
    let most = larger(f64x2.extract_lane(top, 0), f64x2.extract_lane(top, 1))
    for (let k = wide; k < dim; k++) most = larger(most, load<f64>(row + (k << 3)))
    store<f64>(out + (r << 3), most)
  }
}

/** Kernels.exp2Sums. `weights` is 0 where they are not wanted. */
export function exp2_sums(
  out: usize, rows: usize, shifts: usize, rowCount: usize, dim: usize, weights: usize,
): void {
  if (weights == 0) exp2Sums(out, rows, shifts, rowCount, dim, 0, false)
  else exp2Sums(out, rows, shifts, rowCount, dim, weights, true)
}

// @ts-ignore: decorator
@inline
function exp2Sums(
  out: usize, rows: usize, shifts: usize, rowCount: usize, dim: usize, weights: usize, keep: bool,
): void {
  const wide = dim & ~7
  for (let r: usize = 0; r < rowCount; r++) {
    const row = rows + ((r * dim) << 3)
    const shift = f64x2.splat(load<f64>(shifts + (r << 3)))
    let low = f64x2.splat(0)
    let high = low
    for (let k: usize = 0; k < wide; k += 8) {
      const at = row + (k << 3)
      const first = exp2(f64x2.sub(v128.load(at), shift))
      const second = exp2(f64x2.sub(v128.load(at, 16), shift))
      const third = exp2(f64x2.sub(v128.load(at, 32), shift))
      const fourth = exp2(f64x2.sub(v128.load(at, 48), shift))
      low = f64x2.add(low, f64x2.add(first, third))
      high = f64x2.add(high, f64x2.add(second, fourth))
      if (keep) {
        const into = weights + ((r * dim + k) << 3)
        v128.store(into, first)
        v128.store(into, second, 16)
        v128.store(into, third, 32)
        v128.store(into, fourth, 48)
      }
    }
    let s0 = f64x2.extract_lane(low, 0)
    let s1 = f64x2.extract_lane(low, 1)
    let s2 = f64x2.extract_lane(high, 0)
    let s3 = f64x2.extract_lane(high, 1)
    if (wide < dim) {
      const rest = row + (wide << 3)
      const count = dim - wide
      s0 += weight(rest, 0, count, shift) + weight(rest, 4, count, shift)
      s1 += weight(rest, 1, count, shift) + weight(rest, 5, count, shift)
      s2 += weight(rest, 2, count, shift) + weight(rest, 6, count, shift)
      s3 += weight(rest, 3, count, shift) + weight(rest, 7, count, shift)
      if (keep) {
        for (let k: usize = 0; k < count; k++)
          store<f64>(weights + ((r * dim + wide + k) << 3), weight(rest, k, count, shift))
      }
    }
    store<f64>(out + (r << 3), s0 + s1 + s2 + s3)
  }
}

// @ts-ignore: decorator
@inline
function larger(a: f64, b: f64): f64 {
  return a < b ? b : a
}

/** Of number k of the last ones of a row, 0 where there is none. */
function weight(rest: usize, k: usize, count: usize, shift: v128): f64 {
  if (k >= count) return 0
  return f64x2.extract_lane(exp2(f64x2.sub(v128.load64_splat(rest + (k << 3)), shift)), 0)
}

/** The coefficients, descending, what rounds to an integer, and the least exponent, each twice: operands of its instructions. */
const EXP2 = memory.data<f64>([
  4.4549605981865186e-10, 4.4549605981865186e-10, 7.072585949269223e-9, 7.072585949269223e-9,
  1.0178062445845774e-7, 1.0178062445845774e-7, 1.321544258792169e-6, 1.321544258792169e-6,
  1.525273382983612e-5, 1.525273382983612e-5, 0.0001540353044173605, 0.0001540353044173605,
  0.0013333558146416936, 0.0013333558146416936, 0.009618129107606888, 0.009618129107606888,
  0.0555041086648216, 0.0555041086648216, 0.24022650695910097, 0.24022650695910097,
  0.6931471805599453, 0.6931471805599453, 1, 1,
  6755399441055744, 6755399441055744, -1021, -1021,
])

// @ts-ignore: decorator
@inline
/** See exp2-float64.ts; an integer stands in the low bits of what it was rounded to. */
function exp2(x: v128): v128 {
  const rounder = v128.load(EXP2, 192)
  const rounded = f64x2.add(x, rounder)
  const f = f64x2.sub(x, f64x2.sub(rounded, rounder))
  let p = f64x2.add(f64x2.mul(v128.load(EXP2), f), v128.load(EXP2, 16))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 32))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 48))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 64))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 80))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 96))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 112))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 128))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 144))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 160))
  p = f64x2.add(f64x2.mul(p, f), v128.load(EXP2, 176))
  return v128.and(i64x2.add(p, i64x2.shl(rounded, 52)), f64x2.ge(x, v128.load(EXP2, 208)))
}
