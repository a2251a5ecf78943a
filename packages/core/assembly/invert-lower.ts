import { packRows } from './pack-rows'

// Kernels.invertLower: linalg/triangular.ts, bit for bit. Row i is e_i minus lower_ik times row k, k ascending, over the pivot: what
// the rows before a block give it goes by tiles of four rows by four columns, the rest row by row.

/** Rows of a block, a multiple of 4. */
const BLOCK_ROWS: usize = 32

/** Scratch: four columns of the inverse, and a block's rows of the factor in groups of four. */
export function invert_scratch(dim: usize): f64 {
  return <f64>dim * 8 * <f64>(BLOCK_ROWS + 4)
}

/** Rows `start` .. `end` - 1 of the inverse, at most BLOCK_ROWS, from the rows before; `start` is a multiple of 4. */
export function invert_rows(
  inverse: usize, lower: usize, dim: usize, start: usize, end: usize, scratch: usize,
): void {
  const stride = dim << 3
  const factors = scratch + (dim << 5)
  const rows = inverse + start * stride
  memory.fill(rows, 0, (end - start) * stride)
  const wide = (end - start) & ~3
  for (let t: usize = 0; t < wide; t += 4) {
    packRows<f64>(lower + (start + t) * stride, factors + ((t * start) << 3), 4, start, stride)
  }
  for (let j: usize = 0; j < start; j += 4) {
    packPanel(inverse + j * stride + (j << 3), stride, start - j, scratch)
    for (let t: usize = 0; t < wide; t += 4) {
      const group = factors + ((t * start) << 3) + (j << 5)
      subtractProducts(rows + t * stride + (j << 3), stride, scratch, group, start - j)
    }
  }
  for (let i = start; i < end; i++) {
    const row = inverse + i * stride
    const own = lower + i * stride
    subtractRows(row, own, inverse, stride, i < start + wide ? start : 0, i)
    divideRow(row, i, load<f64>(own + (i << 3)))
  }
}

/** Columns 0 .. 3 of `count` rows, side by side. */
function packPanel(from: usize, stride: usize, count: usize, target: usize): void {
  for (let to = target; to < target + (count << 5); to += 32) {
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    from += stride
  }
}

/** out [4][4], zeros, minus factors[k][row] panel[k][column], k ascending. */
function subtractProducts(out: usize, stride: usize, panel: usize, factors: usize, count: usize): void {
  let a0 = f64x2.splat(0), a1 = f64x2.splat(0), b0 = f64x2.splat(0), b1 = f64x2.splat(0)
  let c0 = f64x2.splat(0), c1 = f64x2.splat(0), d0 = f64x2.splat(0), d1 = f64x2.splat(0)
  const end = panel + (count << 5)
  while (panel < end) {
    const x0 = v128.load(panel), x1 = v128.load(panel, 16)
    let f = v128.load64_splat(factors)
    a0 = f64x2.sub(a0, f64x2.mul(f, x0))
    a1 = f64x2.sub(a1, f64x2.mul(f, x1))
    f = v128.load64_splat(factors, 8)
    b0 = f64x2.sub(b0, f64x2.mul(f, x0))
    b1 = f64x2.sub(b1, f64x2.mul(f, x1))
    f = v128.load64_splat(factors, 16)
    c0 = f64x2.sub(c0, f64x2.mul(f, x0))
    c1 = f64x2.sub(c1, f64x2.mul(f, x1))
    f = v128.load64_splat(factors, 24)
    d0 = f64x2.sub(d0, f64x2.mul(f, x0))
    d1 = f64x2.sub(d1, f64x2.mul(f, x1))
    panel += 32
    factors += 32
  }
  v128.store(out, a0)
  v128.store(out, a1, 16)
  v128.store(out + stride, b0)
  v128.store(out + stride, b1, 16)
  v128.store(out + 2 * stride, c0)
  v128.store(out + 2 * stride, c1, 16)
  v128.store(out + 3 * stride, d0)
  v128.store(out + 3 * stride, d1, 16)
}

/** row -= factors[k] times the k + 1 entries of row k of the inverse, k = first .. end - 1. */
function subtractRows(row: usize, factors: usize, inverse: usize, stride: usize, first: usize, end: usize): void {
  for (let k = first; k < end; k++) {
    const factor = v128.load64_splat(factors + (k << 3))
    const other = inverse + k * stride
    const wide = ((k + 1) & ~1) << 3
    for (let at: usize = 0; at < wide; at += 16) {
      v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(factor, v128.load(other + at))))
    }
    if (k & 1) continue
    store<f64>(row + wide, load<f64>(row + wide) - load<f64>(factors + (k << 3)) * load<f64>(other + wide))
  }
}

/** A row's entries before its own over the pivot, and its own. */
function divideRow(row: usize, count: usize, pivot: f64): void {
  for (let at: usize = 0; at < count << 3; at += 8) store<f64>(row + at, load<f64>(row + at) / pivot)
  store<f64>(row + (count << 3), 1 / pivot)
}
