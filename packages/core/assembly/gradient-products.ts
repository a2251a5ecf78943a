import { promoteHigh } from './lanes'

// Products of a tile of entries and the rows of a panel, added up in float32 over the panel, then in float64. Rows of whole octets are
// their own panel; others are packed, so that no tile reads beyond a row.

/** Bytes of a panel: 64 rows of 8 columns f32. */
export const PANEL: usize = 2048

// @ts-ignore: decorator
@inline
export function isWhole(width: usize): bool {
  return (width & 7) == 0
}

// @ts-ignore: decorator
@inline
/** Where the panel of rows `first` .. begins, `first` a multiple of 64: in the rows themselves, or in what packOctets made. */
export function panelAt(rows: usize, packed: usize, first: usize, width: usize): usize {
  return isWhole(width) ? rows + ((first * width) << 2) : packed + (first >> 6) * ((width + 7) >> 3) * PANEL
}

/** rows [rowCount, width] to panels [64][8] f32, where they are not their own: all octets of the first 64 rows before those of the next; zeros where a column is missing. */
export function packOctets(rows: usize, panels: usize, rowCount: usize, width: usize): void {
  if (isWhole(width)) return
  for (let first: usize = 0; first < rowCount; first += 64) {
    const count = min<usize>(64, rowCount - first)
    for (let c: usize = 0; c < width; c += 8) {
      const columns = min<usize>(8, width - c)
      for (let r: usize = 0; r < count; r++) {
        const source = rows + (((first + r) * width + c) << 2)
        const target = panels + (r << 5)
        if (columns == 8) {
          v128.store(target, v128.load(source))
          v128.store(target, v128.load(source, 16), 16)
        } else {
          memory.fill(target, 0, 32)
          memory.copy(target, source, columns << 2)
        }
      }
      panels += PANEL
    }
  }
}

/**
 * sums [rowCount, width] f64 += Σ_t entry(r, t) panel [t][.]: entry (r, t) lies at entries + r * rowStep + t * termStep. `bounds`: of each
 * four rows the first term and the end, u32, beyond which their entries are 0. `edge`: room for 4 x 8 numbers f64.
 */
export function addProducts(
  sums: usize, entries: usize, rowStep: usize, termStep: usize, rowCount: usize,
  panels: usize, bounds: usize, terms: usize, width: usize, edge: usize,
): void {
  const stride = isWhole(width) ? width << 2 : 32
  const octet = isWhole(width) ? <usize>32 : PANEL
  for (let r: usize = 0; r < rowCount; r += 4) {
    const from: usize = load<u32>(bounds + (r << 1))
    const end = min<usize>(load<u32>(bounds + (r << 1), 4), terms)
    const count = from < end ? end - from : 0
    const first = entries + r * rowStep + from * termStep
    const rows = min<usize>(4, rowCount - r)
    for (let c: usize = 0; c < width; c += 8) {
      const panel = panels + (c >> 3) * octet + from * stride
      const columns = min<usize>(8, width - c)
      const target = sums + ((r * width + c) << 3)
      if (rows == 4 && columns == 8) {
        productTile(target, width << 3, first, rowStep, termStep, panel, stride, count)
      } else {
        copyEdge(edge, 64, target, width << 3, rows, columns)
        productTile(edge, 64, first, rowStep, termStep, panel, stride, count)
        copyEdge(target, width << 3, edge, 64, rows, columns)
      }
    }
  }
}

function copyEdge(to: usize, toStride: usize, from: usize, fromStride: usize, rows: usize, columns: usize): void {
  for (let r: usize = 0; r < rows; r++) memory.copy(to + r * toStride, from + r * fromStride, columns << 3)
}

/** out [4][8] f64, rows `outStride` bytes apart, += Σ_t entry(r, t) panel [t][8], each sum in float32 from 0 in the order of t. */
function productTile(
  out: usize, outStride: usize, entries: usize, rowStep: usize, termStep: usize, panel: usize, stride: usize, terms: usize,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0)
  const two = rowStep << 1
  const three = two + rowStep
  const end = panel + terms * stride
  while (panel < end) {
    const b0 = v128.load(panel)
    const b1 = v128.load(panel, 16)
    let a = v128.load32_splat(entries)
    c00 = f32x4.add(c00, f32x4.mul(a, b0))
    c01 = f32x4.add(c01, f32x4.mul(a, b1))
    a = v128.load32_splat(entries + rowStep)
    c10 = f32x4.add(c10, f32x4.mul(a, b0))
    c11 = f32x4.add(c11, f32x4.mul(a, b1))
    a = v128.load32_splat(entries + two)
    c20 = f32x4.add(c20, f32x4.mul(a, b0))
    c21 = f32x4.add(c21, f32x4.mul(a, b1))
    a = v128.load32_splat(entries + three)
    c30 = f32x4.add(c30, f32x4.mul(a, b0))
    c31 = f32x4.add(c31, f32x4.mul(a, b1))
    entries += termStep
    panel += stride
  }
  addRow(out, c00, c01)
  addRow(out + outStride, c10, c11)
  addRow(out + 2 * outStride, c20, c21)
  addRow(out + 3 * outStride, c30, c31)
}

// @ts-ignore: decorator
@inline
function addRow(out: usize, low: v128, high: v128): void {
  v128.store(out, f64x2.add(v128.load(out), f64x2.promote_low_f32x4(low)))
  v128.store(out, f64x2.add(v128.load(out, 16), promoteHigh(low)), 16)
  v128.store(out, f64x2.add(v128.load(out, 32), f64x2.promote_low_f32x4(high)), 32)
  v128.store(out, f64x2.add(v128.load(out, 48), promoteHigh(high)), 48)
}
