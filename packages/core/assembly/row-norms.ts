// Filters and small sums over rows: what would otherwise be a loop over every element in JavaScript, which a fresh
// thread interprets.

/** Kernels.rowNorms for float32 rows: four partial sums of every fourth column, then the rest. */
export function row_norms_f32(out: usize, rows: usize, scales: usize, rowCount: usize, dim: usize): void {
  const rowStride = dim << 2
  const wide = dim & ~3
  const pairs = rowCount & ~1
  for (let r: usize = 0; r < pairs; r += 2) {
    const row = rows + r * rowStride
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0)
    for (let a: usize = 0; a < wide; a += 4) {
      const scale = v128.load(scales + (a << 2))
      const x0 = f32x4.mul(v128.load(row + (a << 2)), scale)
      const x1 = f32x4.mul(v128.load(row + rowStride + (a << 2)), scale)
      s0 = f32x4.add(s0, f32x4.mul(x0, x0))
      s1 = f32x4.add(s1, f32x4.mul(x1, x1))
    }
    store<f32>(out + (r << 2), lanes(s0) + tail(row, scales, wide, dim))
    store<f32>(out + (r << 2), lanes(s1) + tail(row + rowStride, scales, wide, dim), 4)
  }
  if (pairs < rowCount) store<f32>(out + (pairs << 2), tail(rows + pairs * rowStride, scales, 0, dim))
}

/** The same for float64 rows, two chains a row. */
export function row_norms_f64(out: usize, rows: usize, scales: usize, rowCount: usize, dim: usize): void {
  const wide = dim & ~3
  for (let r: usize = 0; r < rowCount; r++) {
    const row = rows + ((r * dim) << 3)
    let s0 = f64x2.splat(0), s1 = f64x2.splat(0)
    for (let a: usize = 0; a < wide; a += 4) {
      const at = a << 3
      const x0 = f64x2.mul(v128.load(row + at), v128.load(scales + at))
      const x1 = f64x2.mul(v128.load(row + at, 16), v128.load(scales + at, 16))
      s0 = f64x2.add(s0, f64x2.mul(x0, x0))
      s1 = f64x2.add(s1, f64x2.mul(x1, x1))
    }
    s0 = f64x2.add(s0, s1)
    let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
    for (let a = wide; a < dim; a++) {
      const x = load<f64>(row + (a << 3)) * load<f64>(scales + (a << 3))
      sum += x * x
    }
    store<f64>(out + (r << 3), sum)
  }
}

/** Kernels.atLeast. `start` is added to the numbers that it writes; returns how many there are. */
export function at_least_f32(hits: usize, values: usize, threshold: f32, count: usize, start: u32): u32 {
  return atLeast<f32>(hits, values, threshold, count, start)
}

export function at_least_f64(hits: usize, values: usize, threshold: f64, count: usize, start: u32): u32 {
  return atLeast<f64>(hits, values, threshold, count, start)
}

function atLeast<T>(hits: usize, values: usize, threshold: T, count: usize, start: u32): u32 {
  const first = hits
  for (let i: usize = 0; i < count; i++) {
    if (load<T>(values + i * sizeof<T>()) < threshold) continue
    store<u32>(hits, start + <u32>i)
    hits += 4
  }
  return <u32>((hits - first) >> 2)
}

// @ts-ignore: decorator
@inline
function lanes(sum: v128): f32 {
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
}

function tail(row: usize, scales: usize, from: usize, dim: usize): f32 {
  let sum: f32 = 0
  for (let a = from; a < dim; a++) {
    const x = load<f32>(row + (a << 2)) * load<f32>(scales + (a << 2))
    sum += x * x
  }
  return sum
}

/** Kernels.rowMaxima. */
export function row_maxima_f32(out: usize, rows: usize, rowCount: usize, dim: usize): void {
  rowMaxima<f32>(out, rows, rowCount, dim)
}

export function row_maxima_f64(out: usize, rows: usize, rowCount: usize, dim: usize): void {
  rowMaxima<f64>(out, rows, rowCount, dim)
}

function rowMaxima<T>(out: usize, rows: usize, rowCount: usize, dim: usize): void {
  for (let r: usize = 0; r < rowCount; r++) {
    let largest: f64 = 0
    // WebAssembly's max gives NaN where either is.
    for (let a: usize = 0; a < dim; a++) {
      largest = max<f64>(largest, abs<f64>(<f64>load<T>(rows + (r * dim + a) * sizeof<T>())))
    }
    store<f64>(out + (r << 3), largest)
  }
}

/** Kernels.scaleRows: float32 or float64 rows to float64. */
export function scale_rows_f32(out: usize, rows: usize, factors: usize, rowCount: usize, dim: usize): void {
  scaleRows<f32, f64>(out, rows, factors, rowCount, dim)
}

export function scale_rows_f64(out: usize, rows: usize, factors: usize, rowCount: usize, dim: usize): void {
  scaleRows<f64, f64>(out, rows, factors, rowCount, dim)
}

/** Kernels.scaleRows: float64 rows to float32, each product rounded to float64 first. */
export function scale_rows_to_f32(out: usize, rows: usize, factors: usize, rowCount: usize, dim: usize): void {
  scaleRows<f64, f32>(out, rows, factors, rowCount, dim)
}

function scaleRows<T, O>(out: usize, rows: usize, factors: usize, rowCount: usize, dim: usize): void {
  for (let r: usize = 0; r < rowCount; r++) {
    const factor = load<f64>(factors + (r << 3))
    for (let i = r * dim; i < (r + 1) * dim; i++) {
      store<O>(out + i * sizeof<O>(), <O>(<f64>load<T>(rows + i * sizeof<T>()) * factor))
    }
  }
}

/** Kernels.rowDots. */
export function row_dots(out: usize, left: usize, right: usize, rowCount: usize, dim: usize): void {
  for (let r: usize = 0; r < rowCount; r++) {
    let sum: f64 = 0
    for (let i = r * dim; i < (r + 1) * dim; i++) sum += load<f64>(left + (i << 3)) * load<f64>(right + (i << 3))
    store<f64>(out + (r << 3), sum)
  }
}

/** Zeros from byte `at` on: V8 fills a view of shared memory number by number. */
export function clear(at: usize, byteLength: usize): void {
  memory.fill(at, 0, byteLength)
}

/** Kernels.moveSum. */
export function move_sum(into: usize, from: usize, length: usize): void {
  const end = length & ~1
  const zero = f64x2.splat(0)
  for (let i: usize = 0; i < end; i += 2) {
    const at = i << 3
    v128.store(into + at, f64x2.add(v128.load(into + at), v128.load(from + at)))
    v128.store(from + at, zero)
  }
  if (end < length) {
    const at = end << 3
    store<f64>(into + at, load<f64>(into + at) + load<f64>(from + at))
    store<f64>(from + at, 0)
  }
}
