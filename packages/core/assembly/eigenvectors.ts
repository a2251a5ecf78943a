import { dotRange, joined } from './dot-range'

// The rows of Vᵀ as linalg/tridiagonal.ts and rotate-rows.ts make them, bit for bit. What acts on one row, or on one column, does
// not know of the others: so rows are made a few at a time, and rotations pass over a strip of columns that stays in the cache.

/** Columns of a strip: a row of it is a cache line. */
const STRIP: usize = 8
const ROW_BYTES: usize = STRIP << 3

/** Bytes of `strips` [strips][dim][STRIP]. */
export function strips_bytes(dim: usize): f64 {
  return <f64>((dim + STRIP - 1) / STRIP) * <f64>dim * <f64>ROW_BYTES
}

/**
 * Rows `start` .. `end` - 1 of Qᵀ [dim, dim], from 1 on the diagonal: reflector i, u_i in row i of `reflectors`, acts on the rows
 * before it, whatever the others are.
 */
export function accumulate_rows(
  out: usize, reflectors: usize, halves: usize, dim: usize, start: usize, end: usize,
): void {
  const stride = dim << 3
  for (let r = start; r < end; r++) {
    memory.fill(out + r * stride, 0, stride)
    store<f64>(out + r * stride + (r << 3), 1)
  }
  for (let i = start + 1; i < dim; i++) {
    const half = load<f64>(halves + (i << 3))
    if (half === 0) continue
    const u = reflectors + i * stride
    const last = min(i, end)
    let r = start
    for (; r + 4 <= last; r += 4) reflectFour(out + r * stride, stride, u, i, half)
    for (; r < last; r++) {
      const row = out + r * stride
      subtract(row, u, i, dotRange(row, u, i) / half)
    }
  }
}

function subtract(row: usize, u: usize, count: usize, factor: f64): void {
  const wide = (count & ~1) << 3
  const factors = f64x2.splat(factor)
  for (let at: usize = 0; at < wide; at += 16) {
    v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(factors, v128.load(u + at))))
  }
  if (count & 1) store<f64>(row + wide, load<f64>(row + wide) - factor * load<f64>(u + wide))
}

/** Four rows, which share the loads of u. */
function reflectFour(row: usize, stride: usize, u: usize, count: usize, half: f64): void {
  const wide = (count & ~3) << 3
  const row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride
  let a0 = f64x2.splat(0), a1 = f64x2.splat(0), b0 = f64x2.splat(0), b1 = f64x2.splat(0)
  let c0 = f64x2.splat(0), c1 = f64x2.splat(0), d0 = f64x2.splat(0), d1 = f64x2.splat(0)
  for (let at: usize = 0; at < wide; at += 32) {
    const u0 = v128.load(u + at), u1 = v128.load(u + at, 16)
    a0 = f64x2.add(a0, f64x2.mul(v128.load(row + at), u0))
    a1 = f64x2.add(a1, f64x2.mul(v128.load(row + at, 16), u1))
    b0 = f64x2.add(b0, f64x2.mul(v128.load(row1 + at), u0))
    b1 = f64x2.add(b1, f64x2.mul(v128.load(row1 + at, 16), u1))
    c0 = f64x2.add(c0, f64x2.mul(v128.load(row2 + at), u0))
    c1 = f64x2.add(c1, f64x2.mul(v128.load(row2 + at, 16), u1))
    d0 = f64x2.add(d0, f64x2.mul(v128.load(row3 + at), u0))
    d1 = f64x2.add(d1, f64x2.mul(v128.load(row3 + at, 16), u1))
  }
  subtractFour(
    row, stride, u, count,
    wholeDot(row, u, count, a0, a1) / half, wholeDot(row1, u, count, b0, b1) / half,
    wholeDot(row2, u, count, c0, c1) / half, wholeDot(row3, u, count, d0, d1) / half,
  )
}

// @ts-ignore: decorator
@inline
/** The dot of which all but the last products, fewer than four, are summed. */
function wholeDot(row: usize, u: usize, count: usize, s01: v128, s23: v128): f64 {
  let s0 = f64x2.extract_lane(s01, 0)
  for (let k = count & ~3; k < count; k++) s0 += load<f64>(row + (k << 3)) * load<f64>(u + (k << 3))
  return joined(s0, s01, s23)
}

function subtractFour(
  row: usize, stride: usize, u: usize, count: usize, a: f64, b: f64, c: f64, d: f64,
): void {
  const wide = (count & ~1) << 3
  const row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride
  const a2 = f64x2.splat(a), b2 = f64x2.splat(b), c2 = f64x2.splat(c), d2 = f64x2.splat(d)
  for (let at: usize = 0; at < wide; at += 16) {
    const part = v128.load(u + at)
    v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(a2, part)))
    v128.store(row1 + at, f64x2.sub(v128.load(row1 + at), f64x2.mul(b2, part)))
    v128.store(row2 + at, f64x2.sub(v128.load(row2 + at), f64x2.mul(c2, part)))
    v128.store(row3 + at, f64x2.sub(v128.load(row3 + at), f64x2.mul(d2, part)))
  }
  if (count & 1) {
    const last = load<f64>(u + wide)
    store<f64>(row + wide, load<f64>(row + wide) - a * last)
    store<f64>(row1 + wide, load<f64>(row1 + wide) - b * last)
    store<f64>(row2 + wide, load<f64>(row2 + wide) - c * last)
    store<f64>(row3 + wide, load<f64>(row3 + wide) - d * last)
  }
}

/** rows [dim, dim] into strips; columns that are not there are zeros. */
export function strips_pack(rows: usize, strips: usize, dim: usize): void {
  for (let c: usize = 0; c < dim; c += STRIP) {
    const present = min(STRIP, dim - c) << 3
    for (let r: usize = 0; r < dim; r++) {
      const to = strips + (c * dim + r * STRIP << 3)
      memory.copy(to, rows + (r * dim + c << 3), present)
      if (present < ROW_BYTES) memory.fill(to + present, 0, ROW_BYTES - present)
    }
  }
}

/** out [dim, dim]: its column a is row order[a] of the strips. */
export function strips_columns(out: usize, strips: usize, order: usize, dim: usize): void {
  for (let c: usize = 0; c < dim; c++) {
    const column = strips + ((c / STRIP * dim * STRIP + c % STRIP) << 3)
    for (let a: usize = 0; a < dim; a++) {
      const row = <usize>load<u32>(order + (a << 2))
      store<f64>(out + (c * dim + a << 3), load<f64>(column + row * ROW_BYTES))
    }
  }
}

/**
 * Applies `sweeps` sweeps of rotations, as implicit_ql leaves them, to all rows of strips `first` .. `end` - 1: rotation i makes row i
 * c row_i - s row_{i+1} and row i + 1 s row_i + c row_{i+1}, the last one of a sweep first.
 */
export function rotate_strips(
  strips: usize, dim: usize, first: usize, end: usize, rotations: usize, ranges: usize, sweeps: usize,
): void {
  for (let strip = first; strip < end; strip++) {
    const rows = strips + strip * dim * ROW_BYTES
    for (let s: usize = 0; s < sweeps; s++) {
      const from = <usize>load<u32>(ranges + (s << 3))
      const to = <usize>load<u32>(ranges + (s << 3), 4)
      rotateStrip(rows, rotations + ((s * dim) << 4), from, to)
    }
  }
}

function rotateStrip(rows: usize, rotations: usize, first: usize, end: usize): void {
  let i = end
  for (; i > first + 1; i -= 2) {
    const at = rows + (i - 1) * ROW_BYTES
    const by = rotations + ((i - 1) << 4)
    const c = v128.load64_splat(by), s = v128.load64_splat(by, 8)
    const nextC = v128.load64_splat(by - 16), nextS = v128.load64_splat(by - 16, 8)
    rotateThree(at, c, s, nextC, nextS)
    rotateThree(at + 16, c, s, nextC, nextS)
    rotateThree(at + 32, c, s, nextC, nextS)
    rotateThree(at + 48, c, s, nextC, nextS)
  }
  if (i > first) {
    const by = rotations + ((i - 1) << 4)
    const c = v128.load64_splat(by), s = v128.load64_splat(by, 8)
    for (let at = rows + (i - 1) * ROW_BYTES, k: usize = 0; k < ROW_BYTES; k += 16) {
      const here = v128.load(at + k), below = v128.load(at + k, ROW_BYTES)
      v128.store(at + k, f64x2.add(f64x2.mul(s, here), f64x2.mul(c, below)), ROW_BYTES)
      v128.store(at + k, f64x2.sub(f64x2.mul(c, here), f64x2.mul(s, below)))
    }
  }
}

// @ts-ignore: decorator
@inline
/** A rotation of the row at `at` and the one below, then the next one of the row above and it. */
function rotateThree(at: usize, c: v128, s: v128, nextC: v128, nextS: v128): void {
  const above = v128.load(at - ROW_BYTES)
  const here = v128.load(at)
  const below = v128.load(at, ROW_BYTES)
  const between = f64x2.sub(f64x2.mul(c, here), f64x2.mul(s, below))
  v128.store(at, f64x2.add(f64x2.mul(s, here), f64x2.mul(c, below)), ROW_BYTES)
  v128.store(at, f64x2.add(f64x2.mul(nextS, above), f64x2.mul(nextC, between)))
  v128.store(at - ROW_BYTES, f64x2.sub(f64x2.mul(nextC, above), f64x2.mul(nextS, between)))
}
