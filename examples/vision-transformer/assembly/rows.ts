// Sums over rows and of rows.
import { lanes } from './lanes'

/** into [count] += x [count]. */
export function add(into: usize, x: usize, count: usize): void {
  const wide = count & ~3
  for (let i: usize = 0; i < wide; i += 4) {
    const at = into + (i << 2)
    v128.store(at, f32x4.add(v128.load(at), v128.load(x + (i << 2))))
  }
  for (let i = wide; i < count; i++) {
    const at = into + (i << 2)
    store<f32>(at, load<f32>(at) + load<f32>(x + (i << 2)))
  }
}

/** x [rows, cols] += row [cols], each. */
export function add_row(x: usize, row: usize, rows: usize, cols: usize): void {
  for (let r: usize = 0; r < rows; r++) add(x + ((r * cols) << 2), row, cols)
}

/** x [rows, cols] = row [cols], each: memory.copy of so few bytes takes longer to call than to do. */
export function set_rows(x: usize, row: usize, rows: usize, cols: usize): void {
  const wide = cols & ~3
  const end = x + ((rows * cols) << 2)
  for (; x < end; x += cols << 2) {
    for (let i: usize = 0; i < wide; i += 4) v128.store(x + (i << 2), v128.load(row + (i << 2)))
    for (let i = wide; i < cols; i++) store<f32>(x + (i << 2), load<f32>(row + (i << 2)))
  }
}

/** sums [cols] += every row of x [rows, cols], in their order. */
export function add_column_sums(sums: usize, x: usize, rows: usize, cols: usize): void {
  const stride = cols << 2
  const wide = cols & ~3
  for (let i: usize = 0; i < wide; i += 4) {
    let at = x + (i << 2)
    let sum = v128.load(sums + (i << 2))
    for (let r: usize = 0; r < rows; r++, at += stride) sum = f32x4.add(sum, v128.load(at))
    v128.store(sums + (i << 2), sum)
  }
  for (let i = wide; i < cols; i++) {
    let at = x + (i << 2)
    let sum = load<f32>(sums + (i << 2))
    for (let r: usize = 0; r < rows; r++, at += stride) sum += load<f32>(at)
    store<f32>(sums + (i << 2), sum)
  }
}

/** Σ (factor x)², four partial sums of every fourth element, then the rest. */
export function sum_of_squares(x: usize, factor: f32, count: usize): f64 {
  const wide = count & ~3
  let total: f64 = 0
  // Partial sums of at most 4096 elements in float32, these in float64.
  for (let from: usize = 0; from < wide; from += 4096) {
    const end = min<usize>(wide, from + 4096)
    let sum = f32x4.splat(0)
    for (let i = from; i < end; i += 4) {
      const y = f32x4.mul(v128.load(x + (i << 2)), f32x4.splat(factor))
      sum = f32x4.add(sum, f32x4.mul(y, y))
    }
    total += lanes(sum)
  }
  for (let i = wide; i < count; i++) {
    const y = factor * load<f32>(x + (i << 2))
    total += y * y
  }
  return total
}
