// Products of matrices in tiles of four rows by eight columns: b is packed into panels of eight columns, zeros after the last.

/** Where a row of a tile of fewer than eight columns is put together. */
const TILE_ROWS: usize = 128

/** Bytes of scratch that a product over `inner` takes. */
export function product_scratch(inner: usize): usize {
  return (inner << 5) + TILE_ROWS
}

/**
 * out [rows, cols] = a [rows, inner] · b [inner, cols], or += where `adds`; a stands as [inner, rows] where `aIsTurned`, b as
 * [cols, inner] where `bIsTurned`. Every sum goes from 0, or from what is in `out`, in the order of `inner`.
 */
export function multiply(
  out: usize, a: usize, b: usize, rows: usize, cols: usize, inner: usize,
  adds: bool, aIsTurned: bool, bIsTurned: bool, scratch: usize,
): void {
  const tile = scratch + (inner << 5)
  const rowStride = aIsTurned ? (4 as usize) : inner << 2
  const innerStride = aIsTurned ? rows << 2 : (4 as usize)
  const outStride = cols << 2
  for (let col: usize = 0; col < cols; col += 8) {
    const width = min<usize>(8, cols - col)
    pack(scratch, b, col, width, cols, inner, bIsTurned)
    let target = out + (col << 2)
    let left = a
    let row: usize = 0
    for (; row + 4 <= rows; row += 4) {
      if (width == 8) fourRows(target, outStride, left, rowStride, innerStride, scratch, inner, adds)
      else {
        if (adds) copyRows(tile, 32, target, outStride, 4, width)
        fourRows(tile, 32, left, rowStride, innerStride, scratch, inner, adds)
        copyRows(target, outStride, tile, 32, 4, width)
      }
      target += outStride << 2
      left += rowStride << 2
    }
    for (; row < rows; row++) {
      if (adds) copyRows(tile, 32, target, outStride, 1, width)
      oneRow(tile, left, innerStride, scratch, inner, adds)
      copyRows(target, outStride, tile, 32, 1, width)
      target += outStride
      left += rowStride
    }
  }
}

/** panel [inner][8] = columns col .. col + width of b, then zeros. */
function pack(
  panel: usize, b: usize, col: usize, width: usize, cols: usize, inner: usize, isTurned: bool,
): void {
  if (isTurned) {
    if (width < 8) memory.fill(panel, 0, inner << 5)
    for (let c: usize = 0; c < width; c++) {
      const from = b + (((col + c) * inner) << 2)
      const to = panel + (c << 2)
      for (let k: usize = 0; k < inner; k++) store<f32>(to + (k << 5), load<f32>(from + (k << 2)))
    }
    return
  }
  for (let k: usize = 0; k < inner; k++) {
    const from = b + ((k * cols + col) << 2)
    const to = panel + (k << 5)
    if (width == 8) {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    } else for (let c: usize = 0; c < 8; c++) store<f32>(to + (c << 2), c < width ? load<f32>(from + (c << 2)) : 0)
  }
}

function copyRows(
  to: usize, toStride: usize, from: usize, fromStride: usize, rows: usize, width: usize,
): void {
  for (let row: usize = 0; row < rows; row++)
    for (let c: usize = 0; c < width; c++)
      store<f32>(to + row * toStride + (c << 2), load<f32>(from + row * fromStride + (c << 2)))
}

function fourRows(
  out: usize, outStride: usize, a: usize, rowStride: usize, innerStride: usize, panel: usize, inner: usize, adds: bool,
): void {
  const out1 = out + outStride, out2 = out1 + outStride, out3 = out2 + outStride
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00
  if (adds) {
    c00 = v128.load(out)
    c01 = v128.load(out, 16)
    c10 = v128.load(out1)
    c11 = v128.load(out1, 16)
    c20 = v128.load(out2)
    c21 = v128.load(out2, 16)
    c30 = v128.load(out3)
    c31 = v128.load(out3, 16)
  }
  const row2 = rowStride << 1, row3 = row2 + rowStride
  const end = panel + (inner << 5)
  for (; panel < end; panel += 32) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16)
    const x0 = v128.load32_splat(a)
    c00 = f32x4.add(c00, f32x4.mul(x0, b0))
    c01 = f32x4.add(c01, f32x4.mul(x0, b1))
    const x1 = v128.load32_splat(a + rowStride)
    c10 = f32x4.add(c10, f32x4.mul(x1, b0))
    c11 = f32x4.add(c11, f32x4.mul(x1, b1))
    const x2 = v128.load32_splat(a + row2)
    c20 = f32x4.add(c20, f32x4.mul(x2, b0))
    c21 = f32x4.add(c21, f32x4.mul(x2, b1))
    const x3 = v128.load32_splat(a + row3)
    c30 = f32x4.add(c30, f32x4.mul(x3, b0))
    c31 = f32x4.add(c31, f32x4.mul(x3, b1))
    a += innerStride
  }
  v128.store(out, c00)
  v128.store(out, c01, 16)
  v128.store(out1, c10)
  v128.store(out1, c11, 16)
  v128.store(out2, c20)
  v128.store(out2, c21, 16)
  v128.store(out3, c30)
  v128.store(out3, c31, 16)
}

function oneRow(out: usize, a: usize, innerStride: usize, panel: usize, inner: usize, adds: bool): void {
  let c0 = f32x4.splat(0), c1 = c0
  if (adds) {
    c0 = v128.load(out)
    c1 = v128.load(out, 16)
  }
  const end = panel + (inner << 5)
  for (; panel < end; panel += 32) {
    const x = v128.load32_splat(a)
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(panel)))
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(panel, 16)))
    a += innerStride
  }
  v128.store(out, c0)
  v128.store(out, c1, 16)
}
