// Catches: combinations that do not give the rows back exactly, rows that are kept and depend on one another, relations that nearly hold and
// are taken for exact ones. Cannot catch: that scores of the multiples are those of the rows (test/coordinator/jobs/few-rows.test.ts).
import { areIndependent, rowCombinations } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'

const [R, D] = [4, 12] as const

eachKernels('rows as combinations', (kernels) => {
  /** Whole numbers, or their halves; the units of columns differ. */
  function basis(seed: number): Float64Array {
    const random = new Random(seed)
    return Float64Array.from({ length: R * D }, (_, i) => (random.below(9) - 4) * 2 ** (i % 3))
  }

  /** [n, D]: `multiples` [n][R] of the basis. */
  function combined(multiples: readonly (readonly number[])[], own: Float64Array): Float64Array {
    return Float64Array.from({ length: multiples.length * D }, (_, i) =>
      multiples[Math.floor(i / D)].reduce((sum, multiple, r) => sum + multiple * own[r * D + (i % D)], 0),
    )
  }

  test('give the rows back exactly, from rows that are independent', () => {
    const multiple = fc.integer({ min: -3, max: 3 })
    const rows = fc.array(fc.array(multiple, { minLength: R, maxLength: R }), { minLength: 1, maxLength: 9 })
    let foundSome = 0
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 50 }), (multiples, seed) => {
        const given = combined(multiples, basis(seed))
        const n = multiples.length
        const found = rowCombinations(kernels, given, n, D)
        if (found === undefined) return
        foundSome++
        const { kept, multiples: own } = found
        const r = kept.length
        for (let i = 0; i < n * D; i++) {
          const [row, col] = [Math.floor(i / D), i % D]
          const sum = kept.reduce((total, from, at) => total + own[row * r + at] * given[from * D + col], 0)
          expect(sum).toBe(given[i])
        }
        const keptRows = Float64Array.from(
          { length: r * D },
          (_, i) => given[kept[Math.floor(i / D)] * D + (i % D)],
        )
        expect(areIndependent(kernels, keptRows, r, D)).toBe(true)
      }),
      { numRuns: 100 },
    )
    expect(foundSome).toBeGreaterThan(25)
  })

  test('rows of zeros are 0 times the others, and more rows than columns are taken where zeros leave few', () => {
    const given = new Float64Array(20 * D)
    given.set(basis(3).subarray(0, 2 * D), 5 * D)
    const { kept, multiples } = rowCombinations(kernels, given, 20, D)!
    expect(kept).toEqual([5, 6])
    expect(multiples).toEqual(Float64Array.from({ length: 40 }, (_, i) => Number(i === 10 || i === 13)))
  })

  test('there are none where a relation holds but for rounding, or where all is zero', () => {
    const random = new Random(8)
    const given = Float64Array.from({ length: 3 * D }, () => random.normal())
    for (let a = 0; a < D; a++) given[2 * D + a] = given[a] + given[D + a]
    expect(rowCombinations(kernels, given, 3, D)).toBeUndefined()
    expect(rowCombinations(kernels, new Float64Array(3 * D), 3, D)).toBeUndefined()
  })
})
