// Which queries the ridge certificate covers. Catches: a coverage test that forgets a term of its bound, of which no real
// factor makes enough to be seen in an answer. Cannot catch: a bound that is derived wrongly (test/laws/exact-bounds.test.ts).
import { type Factor, Normaliser, scalarKernels, scaleQueries } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { certify } from '../../laws/certify.ts'
import { Random } from '../../support/random.mjs'

const DIM = 3

/** Of rank 2 in three columns, so that the factor has coordinates and a ridge. */
function singularFactor(): Factor {
  const random = new Random(3)
  const rows = Array.from({ length: 60 }, () => {
    const [x, y] = [random.below(19) - 9, random.below(19) - 9]
    return [x, y, x + y]
  })
  const { factor } = certify({ rows: rows.length, cols: DIM, data: Float64Array.from(rows.flat()) })
  if (!factor.preconditioner || !(factor.ridge > 0)) throw new Error('the factor is regular')
  return factor
}

/** Whether `query` is settled, and its N, |P q̂| and |D q̂|. */
function measured(factor: Factor, query: Float64Array) {
  const kernels = scalarKernels()
  const scaled = kernels.f64(DIM)
  scaleQueries(factor, query, 1, scaled, new Int32Array(1))
  const { rowSums, relativeErrors, certifiedRowSums } = new Normaliser(kernels, factor).normalise(scaled, 1)
  const { inverse } = factor.preconditioner!
  const gramSide = Float64Array.from({ length: DIM }, (_, a) =>
    scaled.reduce((sum, x, b) => sum + inverse[a * DIM + b] * x, 0),
  )
  return {
    settled: certifiedRowSums[0] > 0,
    lowerSum: rowSums[0] * (1 - relativeErrors[0]),
    gramLength: Math.hypot(...gramSide),
    columnLength: Math.hypot(...factor.columnNorms.map((norm, a) => norm * scaled[a])),
  }
}

describe('a query is covered while ridge |T⁻¹q̂|² is at most a tenth of its row sum', () => {
  const query = Float64Array.of(3, -1, 2)
  const plain = singularFactor()
  const { lowerSum, gramLength, columnLength } = measured(plain, query)

  test.each([
    [0.99, true],
    [1.01, false],
  ])('by the ridge alone, at %d of the limit: %s', (share, settled) => {
    const exact = { ...plain.preconditioner!, inverseError: 0 }
    const ridge = (share * 0.1 * lowerSum) / gramLength ** 2
    expect(measured({ ...plain, ridge, preconditioner: exact }, query).settled).toBe(settled)
  })

  test.each([
    [0.99, true],
    [1.01, false],
  ])("with what P's defect may hide of |T⁻¹q̂|, at %d of the limit: %s", (share, settled) => {
    const ridge = (0.025 * lowerSum) / gramLength ** 2
    // Half of the root of the limit is |P q̂|; the shortfall is to be the other half.
    const amplified = 1.02 * Math.max(1, plain.preconditioner!.inverseNorm / Math.sqrt(DIM)) * columnLength
    const inverseError = (share * gramLength) / amplified
    const preconditioner = { ...plain.preconditioner!, inverseError }
    expect(measured({ ...plain, ridge, preconditioner }, query).settled).toBe(settled)
  })

  test.each([
    [0.99, true],
    [1.01, false],
  ])('by the largest ridge of earlier drops, at %d of the limit: %s', (share, settled) => {
    const dropRidge = (share * 0.1 * lowerSum) / columnLength ** 2
    expect(measured({ ...plain, dropRidge }, query).settled).toBe(settled)
  })
})
