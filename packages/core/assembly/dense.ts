// Algebra of one [dim, dim] matrix, bit for bit that of src/linalg: a fresh thread would interpret it.

/** linalg/dot.ts: four partial sums of every fourth product; what is left over goes to the first. */
function dotRange(left: usize, right: usize, count: usize): f64 {
  const wide = count & ~3
  let s01 = f64x2.splat(0), s23 = f64x2.splat(0)
  for (let k: usize = 0; k < wide; k += 4) {
    const at = k << 3
    s01 = f64x2.add(s01, f64x2.mul(v128.load(left + at), v128.load(right + at)))
    s23 = f64x2.add(s23, f64x2.mul(v128.load(left + at, 16), v128.load(right + at, 16)))
  }
  let s0 = f64x2.extract_lane(s01, 0)
  for (let k = wide; k < count; k++) s0 += load<f64>(left + (k << 3)) * load<f64>(right + (k << 3))
  return s0 + f64x2.extract_lane(s01, 1) + (f64x2.extract_lane(s23, 0) + f64x2.extract_lane(s23, 1))
}

/** Kernels.cholesky: -1, or the row of the first pivot that is not positive and finite, which stays on the diagonal. */
export function cholesky(lower: usize, matrix: usize, dim: usize): i32 {
  const stride = dim << 3
  for (let i: usize = 0; i < dim; i++) {
    const row = lower + i * stride
    const source = matrix + i * stride
    for (let j: usize = 0; j < i; j++) {
      const column = lower + j * stride
      const rest = load<f64>(source + (j << 3)) - dotRange(row, column, j)
      store<f64>(row + (j << 3), rest / load<f64>(column + (j << 3)))
    }
    const pivot = load<f64>(source + (i << 3)) - dotRange(row, row, i)
    memory.fill(row + (i << 3), 0, (dim - i) << 3)
    const isUsable = pivot > 0 && pivot < Infinity
    store<f64>(row + (i << 3), isUsable ? Math.sqrt(pivot) : pivot)
    if (!isUsable) return <i32>i
  }
  return -1
}

/** Kernels.solveCholesky: forward by dots, then backward along the rows. */
export function solve_cholesky(x: usize, lower: usize, dim: usize): void {
  const stride = dim << 3
  for (let i: usize = 0; i < dim; i++) {
    const row = lower + i * stride
    const at = x + (i << 3)
    store<f64>(at, (load<f64>(at) - dotRange(row, x, i)) / load<f64>(row + (i << 3)))
  }
  for (let i = dim; i > 0; i--) {
    const row = lower + (i - 1) * stride
    const at = x + ((i - 1) << 3)
    const known = load<f64>(at) / load<f64>(row + ((i - 1) << 3))
    store<f64>(at, known)
    for (let k: usize = 0; k < i - 1; k++) {
      const to = x + (k << 3)
      store<f64>(to, load<f64>(to) - known * load<f64>(row + (k << 3)))
    }
  }
}

/** Kernels.equilibrate. */
export function equilibrate(out: usize, gram: usize, norms: usize, dim: usize): void {
  for (let a: usize = 0; a < dim; a++) {
    const norm = load<f64>(norms + (a << 3))
    for (let b: usize = 0; b < dim; b++) {
      const entry = load<f64>(gram + ((min(a, b) * dim + max(a, b)) << 3))
      const value = a === b ? 1 : entry / norm / load<f64>(norms + (b << 3))
      store<f64>(out + ((a * dim + b) << 3), value)
    }
  }
}

/**
 * Kernels.symmetricEigenvalues: -1, or a number of at least 0 where linalg/symmetric-eigen.ts throws. `scratch`: the matrix
 * [dim, dim], the off-diagonal [dim], an image [dim].
 */
export function symmetric_eigenvalues(values: usize, matrix: usize, dim: usize, scratch: usize): i32 {
  if (dim === 0) return -1
  const offDiagonal = scratch + ((dim * dim) << 3)
  const largest = largestOfLower(matrix, dim)
  if (!(largest < Infinity)) return 0
  const exponent = largest === 0 ? 0 : max(-1022, min(1022, exponentOf(largest)))
  scaleLower(scratch, matrix, dim, powerOfTwo(-exponent))
  tridiagonalise(scratch, values, offDiagonal, dim, offDiagonal + (dim << 3))
  const stuck = implicitQl(values, offDiagonal, dim)
  const unscale = powerOfTwo(exponent)
  // + 0 makes -0 a 0.
  for (let at = values; at < values + (dim << 3); at += 8) store<f64>(at, load<f64>(at) * unscale + 0)
  return stuck
}

/** The largest size in the lower triangle; NaN where it has one. */
function largestOfLower(matrix: usize, dim: usize): f64 {
  let largest: f64 = 0
  for (let i: usize = 0; i < dim; i++) {
    const row = matrix + ((i * dim) << 3)
    for (let j: usize = 0; j <= i; j++) largest = max(largest, abs(load<f64>(row + (j << 3))))
  }
  return largest
}

function scaleLower(work: usize, matrix: usize, dim: usize, scale: f64): void {
  for (let i: usize = 0; i < dim; i++) {
    const start = (i * dim) << 3
    const end = start + (i << 3)
    for (let at = start; at <= end; at += 8) store<f64>(work + at, load<f64>(matrix + at) * scale)
  }
}

/** linalg/tridiagonal.ts, from the last row upwards. */
function tridiagonalise(work: usize, diagonal: usize, offDiagonal: usize, dim: usize, image: usize): void {
  memory.fill(offDiagonal, 0, dim << 3)
  for (let i = dim - 1; i > 0; i--) {
    const row = work + ((i * dim) << 3)
    store<f64>(diagonal + (i << 3), load<f64>(row + (i << 3)))
    const half = makeReflector(row, i, offDiagonal + ((i - 1) << 3))
    if (half > 0) reflectLeading(work, dim, i, half, image)
  }
  store<f64>(diagonal, load<f64>(work))
}

/** The row's first `count` entries become u; returns |u|² / 2, or 0 where nothing need be done. */
function makeReflector(row: usize, count: usize, target: usize): f64 {
  const last = row + ((count - 1) << 3)
  let largest: f64 = 0
  for (let at = row; at < last; at += 8) largest = max(largest, abs(load<f64>(at)))
  if (largest === 0) {
    store<f64>(target, load<f64>(last))
    return 0
  }
  const scale = powerOfTwo(-exponentOf(max(largest, abs(load<f64>(last)))))
  for (let at = row; at <= last; at += 8) store<f64>(at, load<f64>(at) * scale)
  const norm = Math.sqrt(dotRange(row, row, count))
  const leading = load<f64>(last)
  const image = leading > 0 ? -norm : norm
  store<f64>(target, image / scale)
  store<f64>(last, leading - image)
  return norm * norm - leading * image
}

/** power-of-two.ts: the e with 2^e <= value < 2^(e + 1), -1023 for subnormals. */
function exponentOf(value: f64): i32 {
  return <i32>((reinterpret<u64>(value) >>> 52) & 0x7ff) - 1023
}

/** 2^exponent, which is clamped to what is normal. */
function powerOfTwo(exponent: i32): f64 {
  const clamped = max(-1022, min(1023, exponent))
  return reinterpret<f64>(<u64>(clamped + 1023) << 52)
}

/** Leading [count, count] block A <- P A P with P of row `count`. */
function reflectLeading(work: usize, dim: usize, count: usize, half: f64, image: usize): void {
  const stride = dim << 3
  const u = work + count * stride
  multiplyLowerSymmetric(work, stride, count, u, image)
  let product: f64 = 0
  for (let j: usize = 0; j < count; j++) {
    const at = image + (j << 3)
    const entry = load<f64>(at) / half
    store<f64>(at, entry)
    product += entry * load<f64>(u + (j << 3))
  }
  const shift = product / (2 * half)
  for (let j: usize = 0; j < count; j++) {
    const at = image + (j << 3)
    store<f64>(at, load<f64>(at) - shift * load<f64>(u + (j << 3)))
  }
  for (let j: usize = 0; j < count; j++) {
    const row = work + j * stride
    const uj = load<f64>(u + (j << 3))
    const qj = load<f64>(image + (j << 3))
    for (let k: usize = 0; k <= j; k++) {
      const at = k << 3
      const change = uj * load<f64>(image + at) + qj * load<f64>(u + at)
      store<f64>(row + at, load<f64>(row + at) - change)
    }
  }
}

/** image <- A u for the leading block A of which the lower triangle is stored. */
function multiplyLowerSymmetric(work: usize, stride: usize, count: usize, u: usize, image: usize): void {
  for (let j: usize = 0; j < count; j++) {
    const row = work + j * stride
    const uj = load<f64>(u + (j << 3))
    let sum = load<f64>(row + (j << 3)) * uj
    for (let k: usize = 0; k < j; k++) {
      const at = k << 3
      const entry = load<f64>(row + at)
      sum += entry * load<f64>(u + at)
      store<f64>(image + at, load<f64>(image + at) + entry * uj)
    }
    store<f64>(image + (j << 3), sum)
  }
}

const SWEEPS_PER_VALUE: usize = 30
const UNIT_ROUNDOFF: f64 = 1.1102230246251565e-16 // 2^-53
const NEGLIGIBLE: f64 = 3.054936363499605e-151 // 2^-500

/** linalg/implicit-ql.ts without vectors: -1, or the number of the value that did not converge. */
function implicitQl(diagonal: usize, offDiagonal: usize, dim: usize): i32 {
  let sweepsLeft = SWEEPS_PER_VALUE * dim
  for (let start: usize = 0; start < dim; start++) {
    while (true) {
      const last = blockEnd(diagonal, offDiagonal, start, dim)
      if (last === start) break
      if (sweepsLeft === 0) return <i32>start
      sweepsLeft--
      sweep(diagonal, offDiagonal, start, last)
    }
  }
  return -1
}

/** The last index of the unreduced block that begins at `start`. */
function blockEnd(diagonal: usize, offDiagonal: usize, start: usize, dim: usize): usize {
  let i = start
  for (; i < dim - 1; i++) {
    const size = abs(load<f64>(offDiagonal + (i << 3)))
    const sum = abs(load<f64>(diagonal + (i << 3))) + abs(load<f64>(diagonal + (i << 3), 8))
    if (size <= UNIT_ROUNDOFF * sum || size <= NEGLIGIBLE) break
  }
  return i
}

/** One QL step on the block start..last. */
function sweep(diagonal: usize, offDiagonal: usize, start: usize, last: usize): void {
  let cosine: f64 = 1
  let sine: f64 = 1
  let carried: f64 = 0
  const top = load<f64>(diagonal + (start << 3))
  const shift = wilkinsonShift(top, load<f64>(diagonal + (start << 3), 8), load<f64>(offDiagonal + (start << 3)))
  let g = load<f64>(diagonal + (last << 3)) - shift
  for (let i = last; i > start; i--) {
    const off = offDiagonal + ((i - 1) << 3)
    const entry = diagonal + ((i - 1) << 3)
    const f = sine * load<f64>(off)
    const b = cosine * load<f64>(off)
    const radius = hypotenuse(f, g)
    store<f64>(off, radius, 8)
    if (radius === 0) {
      store<f64>(entry, load<f64>(entry, 8) - carried, 8)
      store<f64>(offDiagonal + (last << 3), 0)
      return
    }
    sine = f / radius
    cosine = g / radius
    const reduced = load<f64>(entry, 8) - carried
    const mixed = (load<f64>(entry) - reduced) * sine + 2 * cosine * b
    carried = sine * mixed
    store<f64>(entry, reduced + carried, 8)
    g = cosine * mixed - b
  }
  store<f64>(diagonal + (start << 3), load<f64>(diagonal + (start << 3)) - carried)
  store<f64>(offDiagonal + (start << 3), g)
  store<f64>(offDiagonal + (last << 3), 0)
}

/** The eigenvalue of [[first, off], [off, second]] nearer to `first`. */
function wilkinsonShift(first: f64, second: f64, off: f64): f64 {
  const ratio = (second - first) / (2 * off)
  const root = hypotenuse(ratio, 1)
  return first - off / (ratio >= 0 ? ratio + root : ratio - root)
}

function hypotenuse(a: f64, b: f64): f64 {
  const large = max(abs(a), abs(b))
  if (large === 0) return 0
  const ratio = min(abs(a), abs(b)) / large
  return large * Math.sqrt(1 + ratio * ratio)
}
