// Catches: a summary that carries on too small a ridge for the keys that its factor dropped. Cannot catch: a ridge that is too
// small for its own rounding (test/laws/exact-bounds is for that).
import { coverRidgeOf, type Factor, WIDE_RIDGE } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { certify } from '../../../laws/certify.ts'
import { anyKeys } from '../../../support/matrices.ts'
import { Random } from '../../../support/random.mjs'

/** ridge q̂ᵀBq̂ and |Dq̂|². */
function hiddenAndSize(factor: Factor, query: Float64Array): { hidden: number; size: number } {
  const { dim, columnNorms, preconditioner, ridge } = factor
  const norm = (vector: Float64Array) => vector.reduce((sum, x) => sum + x * x, 0)
  const size = norm(query.map((x, a) => x * columnNorms[a]))
  if (!preconditioner) return { hidden: ridge * size, size }
  const inside = query.map((_, i) =>
    query.reduce((sum, x, a) => sum + preconditioner.inverse[i * dim + a] * x, 0),
  )
  return { hidden: ridge * norm(inside), size }
}

/** The q̂ with the largest |Pq̂|² / |Dq̂|², by power iteration on D⁻¹PᵀPD⁻¹; any where there are no coordinates. */
function mostStretched({ dim, columnNorms, preconditioner }: Factor, random: Random): Float64Array {
  const stretch =
    preconditioner?.inverse.map((x, i) => x / columnNorms[i % dim]) ?? new Float64Array(dim * dim)
  let v = Float64Array.from({ length: dim }, () => random.normal())
  for (let round = 0; round < 50; round++) {
    const y = v.map((_, i) => v.reduce((sum, x, a) => sum + stretch[i * dim + a] * x, 0))
    const w = v.map((_, a) => y.reduce((sum, x, i) => sum + stretch[i * dim + a] * x, 0))
    const length = Math.sqrt(w.reduce((sum, x) => sum + x * x, 0))
    if (length > 0) v = w.map((x) => x / length)
  }
  return v.map((x, a) => x / columnNorms[a])
}

test('the ridge that a summary carries on covers every query that the factor’s own ridge covers', () => {
  let inCoordinates = 0
  fc.assert(
    fc.property(anyKeys({ maxRows: 40, maxCols: 8 }), fc.nat(), (keys, seed) => {
      const { factor } = certify(keys)
      const cover = coverRidgeOf(factor)
      if (factor.ridge === 0) expect(cover).toBe(0)
      if (factor.preconditioner && factor.ridge > 0) inCoordinates++
      const { hidden, size } = hiddenAndSize(factor, mostStretched(factor, new Random(seed)))
      expect(hidden).toBeLessThanOrEqual(cover * size)
    }),
    { numRuns: 80 },
  )
  expect(inCoordinates).toBeGreaterThan(0)
})

/** `query` less its parts along `directions`. */
function orthogonalTo(directions: Float64Array[], query: Float64Array): Float64Array {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, a) => sum + value * y[a], 0)
  const basis: Float64Array[] = []
  const without = (vector: Float64Array) =>
    basis.reduce((rest, b) => {
      const part = dot(rest, b)
      return rest.map((x, a) => x - part * b[a])
    }, vector)
  for (const direction of directions) {
    const rest = without(without(direction))
    const length = Math.sqrt(dot(rest, rest))
    basis.push(rest.map((x) => x / length))
  }
  return without(without(query))
}

test('at many columns of low rank it still covers queries that see a thousandth of the keys’ size', () => {
  const [rows, cols, rank] = [300, 128, 40]
  const random = new Random(2)
  const right = Float64Array.from({ length: rank * cols }, () => random.below(19) - 9)
  const data = new Float64Array(rows * cols)
  for (let j = 0; j < rows; j++) {
    for (let r = 0; r < rank; r++) {
      const part = Math.round(random.normal() * 2 ** (20 - r / 4))
      for (let a = 0; a < cols; a++) data[j * cols + a] += part * right[r * cols + a]
    }
  }
  const { factor } = certify({ rows, cols, data })
  expect(factor.ridge).toBeGreaterThan(0)
  const { exponents, columnNorms } = factor
  for (let i = 0; i < 20; i++) {
    const query = orthogonalTo(
      Array.from({ length: 20 }, (_, r) =>
        Float64Array.from(exponents, (e, a) => right[r * cols + a] * 2 ** -e),
      ),
      Float64Array.from({ length: cols }, () => random.normal()),
    )
    let rowSum = 0
    for (let j = 0; j < rows; j++)
      rowSum += query.reduce((dot, x, a) => dot + x * data[j * cols + a] * 2 ** -exponents[a], 0) ** 2
    const size = query.reduce((sum, x, a) => sum + (x * columnNorms[a]) ** 2, 0)
    expect(coverRidgeOf(factor) * size).toBeLessThan(WIDE_RIDGE.share * rowSum)
  }
})

test('the largest ridge of all drops is carried on, not the last one', () => {
  const factor = { ridge: 1e-12, dropRidge: 1e-9, preconditioner: undefined }
  expect(coverRidgeOf(factor)).toBe(1e-9)
  expect(coverRidgeOf({ ...factor, ridge: 1e-6 })).toBe(1e-6)
})
