import { dotRange } from './dot-range'
import { highF64, lowF64 } from './lanes'
import { exponentOf, powerOfTwo } from './power-of-two'

// linalg/tridiagonal.ts, bit for bit. A reflector's update of the leading block and the next one's product with it are one
// pass: a row is updated and multiplied while it is at hand, so the block passes through memory once a reflector, not twice.

/** Reflectors made by `tridiagonal_steps` so far, and whether the last is still to be applied: two u32. */
export const STATE_BYTES: usize = 8

/**
 * Up to `count` reflectors more, from the last row upwards; true once all are made. `work` [dim, dim]: row i keeps u_i;
 * `halves` [dim]; `images` [2, dim]; `state` zero at first.
 */
export function tridiagonal_steps(
  work: usize, diagonal: usize, offDiagonal: usize, halves: usize, dim: usize, images: usize, state: usize, count: usize,
): bool {
  const stride = dim << 3
  for (let done: usize = 0; done < count; done++) {
    const made = <usize>load<u32>(state)
    if (made + 1 >= dim) {
      if (dim === 1) store<f64>(diagonal, load<f64>(work))
      return true
    }
    const i = dim - 1 - made
    const row = work + i * stride
    // Two images take turns: the one of the reflector before waits to be applied.
    const old = images + (made & 1) * stride
    const image = images + (1 - (made & 1)) * stride
    const isPending = load<u32>(state, 4) !== 0
    const before = isPending ? row + stride : 0
    if (isPending) updateRow(row, i, before, old, i + 1)
    store<f64>(diagonal + (i << 3), load<f64>(row + (i << 3)))
    const half = makeReflector(row, i, offDiagonal + ((i - 1) << 3))
    store<f64>(halves + (i << 3), half)
    if (half > 0) {
      if (isPending) updateAndMultiply(work, stride, i, before, old, row, image)
      else multiply(work, stride, i, row, image)
      finishImage(row, image, i, half)
    } else if (isPending) {
      for (let j: usize = 0; j < i; j++) updateRow(work + j * stride, j, before, old, j + 1)
    }
    store<u32>(state, <u32>(made + 1))
    store<u32>(state, half > 0 ? 1 : 0, 4)
    // A row of one number needs no reflector, so nothing is pending any more.
    if (i === 1) {
      store<f64>(diagonal, load<f64>(work))
      return true
    }
  }
  return false
}

/** Row j's first `count` entries: minus u_j q + q_j u. */
function updateRow(row: usize, j: usize, u: usize, q: usize, count: usize): void {
  const uj = load<f64>(u + (j << 3))
  const qj = load<f64>(q + (j << 3))
  for (let at: usize = 0; at < count << 3; at += 8) {
    const change = uj * load<f64>(q + at) + qj * load<f64>(u + at)
    store<f64>(row + at, load<f64>(row + at) - change)
  }
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

/** q = A u / h - (uᵀ A u / 2h²) u of image = A u. */
function finishImage(u: usize, image: usize, count: usize, half: f64): void {
  let product: f64 = 0
  for (let at: usize = 0; at < count << 3; at += 8) {
    const entry = load<f64>(image + at) / half
    store<f64>(image + at, entry)
    product += entry * load<f64>(u + at)
  }
  const shift = product / (2 * half)
  for (let at: usize = 0; at < count << 3; at += 8) {
    store<f64>(image + at, load<f64>(image + at) - shift * load<f64>(u + at))
  }
}

/** image <- A u for the leading block A of which the lower triangle is stored. */
function multiply(work: usize, stride: usize, count: usize, u: usize, image: usize): void {
  for (let j: usize = 0; j < count; j++) {
    const row = work + j * stride
    const sum = load<f64>(row + (j << 3)) * load<f64>(u + (j << 3))
    store<f64>(image + (j << 3), multiplyTail(row, u, image, j, 0, j, sum))
  }
}

/** Row j's entries `from` .. `to` - 1 in both products; returns the row's sum with them. */
function multiplyTail(row: usize, u: usize, image: usize, j: usize, from: usize, to: usize, sum: f64): f64 {
  const uj = load<f64>(u + (j << 3))
  for (let at = from << 3; at < to << 3; at += 8) {
    const entry = load<f64>(row + at)
    sum += entry * load<f64>(u + at)
    store<f64>(image + at, load<f64>(image + at) + entry * uj)
  }
  return sum
}

/** The update by (u, q), and image <- A v of what it leaves, four rows at a time. */
function updateAndMultiply(
  work: usize, stride: usize, count: usize, u: usize, q: usize, v: usize, image: usize,
): void {
  const wide = count & ~3
  for (let j: usize = 0; j < wide; j += 4) {
    const row = work + j * stride
    // Within the four columns of their own the rows go one behind the other.
    for (let t: usize = 0; t < 4; t++) {
      updateRow(row + t * stride + (j << 3), t, u + (j << 3), q + (j << 3), t + 1)
    }
    const sums01 = f64x2.replace_lane(f64x2.splat(first(row, v, j)), 1, first(row + stride, v, j + 1))
    const third = row + 2 * stride
    const sums23 = f64x2.replace_lane(f64x2.splat(first(third, v, j + 2)), 1, first(third + stride, v, j + 3))
    fourRows(row, stride, j, u, q, v, image, sums01, sums23)
    for (let t: usize = 0; t < 4; t++) {
      const at = image + ((j + t) << 3)
      store<f64>(at, multiplyTail(row + t * stride, v, image, j + t, j, j + t, load<f64>(at)))
    }
  }
  for (let j = wide; j < count; j++) {
    const row = work + j * stride
    updateRow(row, j, u, q, j + 1)
    store<f64>(image + (j << 3), multiplyTail(row, v, image, j, 0, j, first(row, v, j)))
  }
}

// @ts-ignore: decorator
@inline
/** The product on the diagonal, with which a row's sum begins. */
function first(row: usize, v: usize, j: usize): f64 {
  return load<f64>(row + (j << 3)) * load<f64>(v + (j << 3))
}

/** Columns 0 .. j - 1 of rows j .. j + 3; their sums so far go to image[j .. j + 3]. */
function fourRows(
  row: usize, stride: usize, j: usize, u: usize, q: usize, v: usize, image: usize, s01: v128, s23: v128,
): void {
  const at = j << 3
  const u0 = v128.load64_splat(u + at), u1 = v128.load64_splat(u + at, 8)
  const u2 = v128.load64_splat(u + at, 16), u3 = v128.load64_splat(u + at, 24)
  const q0 = v128.load64_splat(q + at), q1 = v128.load64_splat(q + at, 8)
  const q2 = v128.load64_splat(q + at, 16), q3 = v128.load64_splat(q + at, 24)
  const v0 = v128.load64_splat(v + at), v1 = v128.load64_splat(v + at, 8)
  const v2 = v128.load64_splat(v + at, 16), v3 = v128.load64_splat(v + at, 24)
  const row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride
  for (let k: usize = 0; k < at; k += 16) {
    const uk = v128.load(u + k), qk = v128.load(q + k)
    const a = f64x2.sub(v128.load(row + k), f64x2.add(f64x2.mul(u0, qk), f64x2.mul(q0, uk)))
    const b = f64x2.sub(v128.load(row1 + k), f64x2.add(f64x2.mul(u1, qk), f64x2.mul(q1, uk)))
    const c = f64x2.sub(v128.load(row2 + k), f64x2.add(f64x2.mul(u2, qk), f64x2.mul(q2, uk)))
    const d = f64x2.sub(v128.load(row3 + k), f64x2.add(f64x2.mul(u3, qk), f64x2.mul(q3, uk)))
    v128.store(row + k, a)
    v128.store(row1 + k, b)
    v128.store(row2 + k, c)
    v128.store(row3 + k, d)
    const even = v128.load64_splat(v + k), odd = v128.load64_splat(v + k, 8)
    s01 = f64x2.add(s01, f64x2.mul(lowF64(a, b), even))
    s23 = f64x2.add(s23, f64x2.mul(lowF64(c, d), even))
    s01 = f64x2.add(s01, f64x2.mul(highF64(a, b), odd))
    s23 = f64x2.add(s23, f64x2.mul(highF64(c, d), odd))
    let sum = v128.load(image + k)
    sum = f64x2.add(sum, f64x2.mul(a, v0))
    sum = f64x2.add(sum, f64x2.mul(b, v1))
    sum = f64x2.add(sum, f64x2.mul(c, v2))
    sum = f64x2.add(sum, f64x2.mul(d, v3))
    v128.store(image + k, sum)
  }
  v128.store(image + at, s01)
  v128.store(image + at, s23, 16)
}
