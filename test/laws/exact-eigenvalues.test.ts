// Catches: a bound of the smallest eigenvalue, or of what coordinates do, that claims more than exact arithmetic grants.
// Cannot catch: a bound that holds on small keys and fails at d = 1024 (the derivations are for that).
import { type Preconditioner, RowMap, scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../support/random.mjs'
import { type DenseMatrix } from '../support/oracle.ts'
import { roundedToF32 } from '../support/run-inline.ts'
import { certify, scaledKeys } from './certify.ts'
import { exactGram, exactly, exactRowSum, isPositiveDefinite, minus, toNumber } from './rational.ts'
import { small, delicate, refinable } from './delicate-keys.ts'

/** M - floor · diag(M), M = the exact Gram of `rows`, as integers over one power of two. */
function shiftedGram(
  rows: DenseMatrix,
  floor: number,
  diagonal: (a: number, gramDiagonal: bigint) => bigint,
) {
  const gram = exactGram(rows)
  const by = exactly([floor])
  return gram.numbers.map((value, i) => {
    const a = Math.floor(i / rows.cols)
    const scaled = value << BigInt(by.shift)
    return i === a * rows.cols + a ? scaled - by.numbers[0] * diagonal(a, value) : scaled
  })
}

describe.each(['f64', 'f32'] as const)('%s keys', (element) => {
  const keysOf = (keys: DenseMatrix) => (element === 'f32' ? roundedToF32(keys) : keys)

  test('the smallest eigenvalue of H lies above the bound, in exact arithmetic', () => {
    fc.assert(
      fc.property(fc.oneof(small(), delicate()), (drawn) => {
        const keys = keysOf(drawn)
        const { steps, factor } = certify(keys, element)
        const mu = steps[0].smallestEigenvalue
        fc.pre(mu > 0 && factor.live.every((live) => live === 1))
        // lambda_min(D⁻¹GD⁻¹) > mu iff G - mu D² is positive definite, D² = diag(G)
        const shifted = shiftedGram(scaledKeys(keys, factor), mu, (_, diagonal) => diagonal)
        expect(isPositiveDefinite(shifted, keys.cols)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('a refined step bounds the smallest eigenvalue of the computed K T', () => {
    let seen = 0
    fc.assert(
      fc.property(fc.oneof(delicate(), refinable()), (drawn) => {
        const keys = keysOf(drawn)
        const { steps, factor } = certify(keys, element)
        for (const step of steps.slice(1)) {
          if (!(step.smallestEigenvalue > 0) || factor.live.some((live) => live === 0)) continue
          seen++
          const mapped = mappedKeys(scaledKeys(keys, factor), step.coordinates!)
          const gram = exactGram(mapped)
          const unit = 1n << BigInt(gram.shift)
          const shifted = shiftedGram(mapped, step.smallestEigenvalue, () => unit)
          expect(isPositiveDefinite(shifted, keys.cols)).toBe(true)
        }
      }),
      { numRuns: 120 },
    )
    expect(seen).toBeGreaterThan(0)
  })
})

test('inverseError bounds what the coordinates do to the length of K q', () => {
  let seen = 0
  fc.assert(
    fc.property(fc.oneof(delicate(), refinable()), fc.nat(), (keys, seed) => {
      const { steps, factor } = certify(keys)
      for (const { coordinates } of steps.slice(1)) {
        if (factor.live.some((live) => live === 0)) continue
        seen++
        const random = new Random(seed)
        const inside = scaledKeys(keys, factor)
        const query = Float64Array.from({ length: keys.cols }, () => random.normal())
        const moved = multiplyRows(
          { rows: 1, cols: keys.cols, data: query },
          transposed(coordinates!.inverse, keys.cols),
        )
        const before = exactRowSum(query, inside)
        const after = exactRowSum(moved.data, mappedKeys(inside, coordinates!))
        // |a - b| = |a² - b²| / (a + b)
        const lengths = Math.sqrt(toNumber(before)) + Math.sqrt(toNumber(after))
        const off = Math.abs(toNumber(minus(after, before))) / lengths
        const columns = factor.columnNorms.map((norm, a) => norm * query[a])
        expect(off).toBeLessThanOrEqual(coordinates!.inverseError * Math.hypot(...columns))
      }
    }),
    { numRuns: 150 },
  )
  expect(seen).toBeGreaterThan(0)
})

/** The computed K T. */
function mappedKeys({ rows, cols, data }: DenseMatrix, coordinates: Preconditioner): DenseMatrix {
  const kernels = scalarKernels()
  const inside = kernels.f64(data.length)
  inside.set(data)
  return { rows, cols, data: new RowMap(kernels, coordinates, cols, rows).map(inside, rows).slice() }
}

/** rows · matrix by the kernels. */
function multiplyRows({ rows, cols, data }: DenseMatrix, matrix: Float64Array): DenseMatrix {
  const kernels = scalarKernels()
  const inside = kernels.f64(data.length)
  inside.set(data)
  const by = kernels.f64(matrix.length)
  by.set(matrix)
  const out = kernels.f64(data.length)
  kernels.multiply(out, inside, by, rows, cols, cols)
  return { rows, cols, data: out }
}

function transposed(matrix: Float64Array, dim: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % dim) * dim + Math.floor(i / dim)])
}
