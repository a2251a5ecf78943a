// Row sums of p = 4 from fourth moments, against dots rounded once. Catches: an error above its certified bound, on keys of any condition, in
// any coordinates; a bound that is too large to serve where it should serve; an answer that kernels or other queries change.
// Cannot catch: a bound that is too small by chance of these inputs (NOTES.md "p = 4, moments" is the proof).
import {
  type FourthMoments,
  fourthMoments,
  momentCoordinates,
  MomentRowSums,
  scaleQueries,
  scalarKernels,
  type UniversalSet,
} from '@levattention/core/internal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { findUniversalSet } from '#coordinator/keys/universal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { adversarialQueries, anyKeys, gaussian, stack } from '../../support/matrices.ts'
import { type DenseMatrix, exactDot, exactSum, row, timesPowerOfTwo } from '../../support/oracle.ts'
import { Random } from '../../support/random.mjs'
import { contextOf, sourceOf } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

const SERVES_BELOW = 1e-9
/** Of the oracle: fourth powers of dots rounded once, and their sum. */
const ORACLE = 16 * 2 ** -53

async function setOf(keys: DenseMatrix): Promise<UniversalSet> {
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  const { universal } = await findUniversalSet(sourceOf(keys), { epsilon: 0.05, p: 4 }, context)
  return universal
}

function momentsOf(
  keys: DenseMatrix,
  { factor }: UniversalSet,
  others: Partial<FourthMoments['coordinates']> = {},
): FourthMoments {
  const coordinates = { ...coordinatesOf(factor), ...others }
  const kernels = scalarKernels()
  const range = { rowStart: 0, rowEnd: keys.rows }
  const terms = { exponents: factor.exponents, coordinates }
  const { gram, columnPowers } = fourthMoments({ source: sourceOf(keys), range, kernels }, terms)
  return { coordinates, gram: gram.symmetric(), depth: gram.depth, columnPowers }
}

function coordinatesOf(factor: UniversalSet['factor']): FourthMoments['coordinates'] {
  const found = momentCoordinates(factor)
  if (found) return found
  throw new Error('coordinates overflow')
}

/** Queries that are not zero to the keys, in the keys' columns. */
function scaled({ factor }: UniversalSet, queries: DenseMatrix): Float64Array[] {
  const out = new Float64Array(queries.data.length)
  scaleQueries(factor, queries.data, queries.rows, out, new Int32Array(queries.rows))
  return Array.from({ length: queries.rows }, (_, i) => out.slice(i * queries.cols, (i + 1) * queries.cols))
}

function trueRowSum(query: Float64Array, keys: DenseMatrix, { factor }: UniversalSet): number {
  const key = (j: number) => row(keys, j).map((x, a) => timesPowerOfTwo(x, -factor.exponents[a]))
  return exactSum(Float64Array.from({ length: keys.rows }, (_, j) => exactDot(query, key(j)) ** 4))
}

interface Judged {
  readonly served: number
  readonly asked: number
  /** Largest error over its bound. */
  readonly worst: number
}

/** Every row sum is as near to the true one as it says. */
function judge(
  keys: DenseMatrix,
  universal: UniversalSet,
  queries: DenseMatrix,
  moments: FourthMoments,
): Judged {
  const asked = scaled(universal, queries)
  const found = new MomentRowSums(scalarKernels(), moments).of(asked)
  let [served, worst] = [0, 0]
  found.forEach(({ rowSum, error }, i) => {
    if (!(error < 1e-2)) return
    const wanted = trueRowSum(asked[i], keys, universal)
    expect(Math.abs(rowSum - wanted)).toBeLessThanOrEqual((error + ORACLE) * wanted)
    worst = Math.max(worst, (Math.abs(rowSum / wanted - 1) - ORACLE) / error)
    if (error <= SERVES_BELOW) served++
  })
  return { served, asked: asked.length, worst }
}

/** [rows, dim] of singular values from 1 to 1/condition, turned so that scaling columns does not help, some rows long. */
function conditioned(rows: number, dim: number, condition: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  const v = Float64Array.from({ length: dim }, () => random.normal())
  const square = v.reduce((sum, x) => sum + x * x, 0)
  const made = Array.from({ length: rows }, (_, j) => {
    const length = j % 97 === 50 ? 25 : 1
    const x = v.map((_x, a) => length * random.normal() * condition ** (-a / Math.max(1, dim - 1)))
    const along = (2 * x.reduce((sum, value, a) => sum + value * v[a], 0)) / square
    return x.map((value, a) => value - along * v[a])
  })
  return stack(made, dim)
}

/** Keys' own rows, noise, and what aims at single keys and small directions. */
function queriesFor(keys: DenseMatrix, seed: number): DenseMatrix {
  const random = new Random(seed)
  const own = [0, 1, 2].map(() => row(keys, random.below(keys.rows)))
  const noise = own.map(() => Float64Array.from({ length: keys.cols }, () => random.normal()))
  const hard = adversarialQueries(keys, 3)
  return stack([...own, ...noise, ...Array.from({ length: hard.rows }, (_, i) => row(hard, i))], keys.cols)
}

describe('the bound holds', () => {
  test('on keys of every kind, columns of 1e150 and 1e-150 too', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys({ minRows: 2, maxRows: 80, maxCols: 6 }),
        fc.constantFrom([1, 1], [1e150, 1e-150], [1e-150, 1]),
        fc.nat(),
        async (drawn, [even, odd], seed) => {
          const keys = {
            ...drawn,
            data: drawn.data.map((x, i) => x * ((i % drawn.cols) % 2 === 0 ? even : odd)),
          }
          const universal = await setOf(keys)
          judge(keys, universal, queriesFor(keys, seed), momentsOf(keys, universal))
        },
      ),
      { numRuns: tiered(30, 300) },
    )
  })

  test('in coordinates that are not those of the keys: what they cost is measured', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(0.5, 1e-3, 1e-6), async (seed, size) => {
        const keys = gaussian(70, 4, seed)
        const universal = await setOf(keys)
        const random = new Random(seed)
        // P is then no inverse of W but for refinement.
        const { forward } = coordinatesOf(universal.factor)
        const others = { forward: forward.map((x) => x * (1 + size * random.normal())) }
        const moments = momentsOf(keys, universal, others)
        judge(keys, universal, queriesFor(keys, seed), moments)
      }),
      { numRuns: tiered(20, 60) },
    )
  })
})

describe('it serves', () => {
  test.each([1, 1e3, 1e6, 1e9])('keys of condition %s, whatever the query', async (condition) => {
    for (const dim of [3, 8, 16]) {
      const keys = conditioned(600, dim, condition, dim)
      const universal = await setOf(keys)
      const { served, asked } = judge(keys, universal, queriesFor(keys, 3), momentsOf(keys, universal))
      // The last one is zero.
      expect(served).toBe(asked - 1)
    }
  })

  test('an intercept beside unit rows, on which products are singular', async () => {
    const random = new Random(5)
    const rows = Array.from({ length: 300 }, () => {
      const x = Float64Array.from({ length: 4 }, () => random.normal())
      const length = Math.hypot(...x)
      return Float64Array.of(1, ...x.map((value) => value / length))
    })
    const keys = stack(rows, 5)
    const universal = await setOf(keys)
    const { served, asked } = judge(keys, universal, queriesFor(keys, 9), momentsOf(keys, universal))
    expect(served).toBe(asked - 1)
  })

  test('heavy tails and a column of zeros', async () => {
    const random = new Random(8)
    const tail = () => random.normal() / Math.abs(random.normal() + 1e-3) ** 2
    const data = Float64Array.from({ length: 500 * 6 }, (_, i) => (i % 6 === 4 ? 0 : tail()))
    const keys = { rows: 500, cols: 6, data }
    const universal = await setOf(keys)
    const { served } = judge(keys, universal, queriesFor(keys, 9), momentsOf(keys, universal))
    expect(served).toBeGreaterThan(6)
  })
})

test('all kernels give the same bits, alone and among other queries', async () => {
  const keys = conditioned(300, 5, 1e7, 2)
  const universal = await setOf(keys)
  const queries = scaled(universal, queriesFor(keys, 4))
  const moments = momentsOf(keys, universal)
  const wanted = new MomentRowSums(scalarKernels(), moments).of(queries)
  for (const kernels of allKernels()) {
    const sums = new MomentRowSums(kernels, moments)
    expect(sums.of(queries)).toEqual(wanted)
    expect(queries.flatMap((query) => sums.of([query]))).toEqual(wanted)
  }
})

test('without compensated dots the bound is needed, and a ten-thousandth of it would not hold', async () => {
  const keys = conditioned(600, 8, 1e9, 1)
  const universal = await setOf(keys)
  const moments = momentsOf(keys, universal, { compensated: new Uint32Array(0) })
  const { worst, served, asked } = judge(keys, universal, queriesFor(keys, 3), moments)
  expect(worst).toBeGreaterThan(1e-4)
  expect(served).toBeLessThan(asked / 2)
})
