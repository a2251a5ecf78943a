// Test matrices, all [dim, dim] row-major unless named otherwise, and plain reference arithmetic.
import * as fc from 'fast-check'
import { Matrix } from 'ml-matrix'

export const UNIT = 2 ** -53
export const DIMS = [1, 2, 3, 63, 64, 65, 128] as const

/** Uniform in [-1, 1), the same for the same seed everywhere. */
export function randomNumbers(count: number, seed: number): Float64Array {
  let state = seed >>> 0
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  })
}

export function identity(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, k) => (k % (dim + 1) === 0 ? 1 : 0))
}

/** left [m, n] times right [n, p]. */
export function multiply(
  left: Float64Array,
  right: Float64Array,
  m: number,
  n: number,
  p: number,
): Float64Array {
  const out = new Float64Array(m * p)
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < p; j++) out[i * p + j] += left[i * n + k] * right[k * p + j]
    }
  }
  return out
}

/** The transpose [n, m] of a [m, n]. */
export function transposed(a: Float64Array, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, k) => a[(k % m) * n + Math.floor(k / m)])
}

/** rows^T rows, [dim, dim], of rows [rowCount, dim]. */
export function gramOf(rows: Float64Array, rowCount: number, dim: number): Float64Array {
  return multiply(transposed(rows, rowCount, dim), rows, dim, rowCount, dim)
}

export function absolute(a: Float64Array): Float64Array {
  return a.map(Math.abs)
}

export function norm(a: Float64Array): number {
  let largest = 0
  for (const x of a) largest = Math.max(largest, Math.abs(x))
  if (largest === 0) return 0
  let sum = 0
  for (const x of a) sum += (x / largest) ** 2
  return largest * Math.sqrt(sum)
}

/** Equal bit for bit; -0 and 0 differ. (toEqual on large arrays takes seconds.) */
export function sameBits(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && Buffer.compare(bytes(a), bytes(b)) === 0
}

function bytes(a: Float64Array): Buffer {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength)
}

export function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, k) => x - b[k])
}

/** The largest |a_k| / bound_k, 0 / 0 counting as 0: a bound holds where it is at most 1. */
export function worstRatio(a: Float64Array, bound: Float64Array): number {
  let worst = 0
  a.forEach((x, k) => {
    if (x !== 0 || Number.isNaN(bound[k])) worst = Math.max(worst, Math.abs(x) / bound[k])
  })
  return worst
}

export function hilbert(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, k) => 1 / (Math.floor(k / dim) + (k % dim) + 1))
}

/** The +-1 matrix H of a power of two `dim`: H H^T = dim I exactly. */
export function hadamard(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, k) => {
    let bits = Math.floor(k / dim) & (k % dim)
    let sign = 1
    for (; bits !== 0; bits &= bits - 1) sign = -sign
    return sign
  })
}

/** H diag(spectrum) H / dim: eigenvalues exactly `spectrum` where the sums are exact, as for small multiples of one power of two. */
export function withExactSpectrum(spectrum: Float64Array): Float64Array {
  const dim = spectrum.length
  const h = hadamard(dim)
  const scaled = h.map((x, k) => x * spectrum[k % dim])
  return multiply(scaled, h, dim, dim, dim).map((x) => x / dim)
}

/** Orthonormal rows to within rounding: Gram-Schmidt of random rows, twice. */
export function randomOrthogonal(dim: number, seed: number): Float64Array {
  const rows = randomNumbers(dim * dim, seed)
  for (const _ of [1, 2]) {
    for (let j = 0; j < dim; j++) {
      const row = rows.subarray(j * dim, j * dim + dim)
      for (let i = 0; i < j; i++) {
        const other = rows.subarray(i * dim, i * dim + dim)
        const product = row.reduce((sum, x, k) => sum + x * other[k], 0)
        for (let k = 0; k < dim; k++) row[k] -= product * other[k]
      }
      const length = norm(row)
      for (let k = 0; k < dim; k++) row[k] /= length
    }
  }
  return rows
}

/** left diag(singular) right with orthogonal left and right. */
export function withSingularValues(singular: Float64Array, seed: number): Float64Array {
  const dim = singular.length
  const left = randomOrthogonal(dim, seed).map((x, k) => x * singular[k % dim])
  return multiply(left, randomOrthogonal(dim, seed + 1), dim, dim, dim)
}

const makers = {
  random: (dim: number, seed: number) => randomNumbers(dim * dim, seed),
  graded: (dim: number, seed: number) =>
    randomNumbers(dim * dim, seed).map((x, k) => x * 2 ** (-3 * Math.floor(k / dim) - 2 * (k % dim))),
  // rank at most 2
  singular: (dim: number, seed: number) => {
    const random = randomNumbers(2, seed)
    return new Float64Array(dim * dim).map((_, k) => random[k % 2] + (Math.floor(k / dim) % 3))
  },
  hilbert: (dim: number) => hilbert(dim),
  // condition 1e12
  illConditioned: (dim: number, seed: number) => {
    const step = 12 / Math.max(1, dim - 1)
    return withSingularValues(
      Float64Array.from({ length: dim }, (_, a) => 10 ** (-step * a)),
      seed,
    )
  },
  clustered: (dim: number, seed: number) =>
    randomNumbers(dim * dim, seed).map((x, k) => (k % (dim + 1) === 0 ? 1 : 0) + x * 2 ** -40),
}

export type Kind = keyof typeof makers

/** A square matrix of each kind; only hilbert is symmetric. */
export function matrixOf(kind: Kind, dim: number, seed: number): Float64Array {
  return makers[kind](dim, seed)
}

export const anyKind = fc.constantFrom<Kind>(
  'random',
  'graded',
  'singular',
  'hilbert',
  'illConditioned',
  'clustered',
)

export const anyMatrix = fc
  .record({
    kind: anyKind,
    dim: fc.integer({ min: 0, max: 40 }),
    seed: fc.nat(),
  })
  .map(({ kind, dim, seed }) => ({ kind, dim, matrix: matrixOf(kind, dim, seed) }))

/** (a + a^T) / 2, exactly symmetric. */
export function symmetrised(a: Float64Array, dim: number): Float64Array {
  const t = transposed(a, dim, dim)
  return a.map((x, k) => (x + t[k]) / 2)
}

/** The columns scaled to norm about 1. Zero columns stay. */
export function unitColumns(a: Float64Array, dim: number): Float64Array {
  const t = transposed(a, dim, dim)
  const lengths = Float64Array.from({ length: dim }, (_, j) => norm(t.subarray(j * dim, j * dim + dim)) || 1)
  return a.map((x, k) => x / lengths[k % dim])
}

export function toMl(a: Float64Array, rowCount: number, dim: number): Matrix {
  return Matrix.from1DArray(rowCount, dim, Array.from(a))
}
