// Catches: a heavy pair that --method sketch loses, whatever the keys (delta is 1e-9: a failure is a defect), a bound below
// the leverage score, an answer that is silent about what it cannot decide, a sketch merged as if it were exact, a
// summary that depends on the cut. Cannot catch: failures with the promised probability (acceptance counts those).
import {
  KeySummary,
  LevError,
  levFromBytes,
  levToBytes,
  summaryOf,
  universalContent,
  universalFrom,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, anyKeys, rankDeficientKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix, leverageOracle } from '../support/oracle.ts'
import { eachKernels, runInline } from '../support/run-inline.ts'
import { tiered } from '../support/tier.ts'

const SKETCH = { method: 'sketch', delta: 1e-9 } as const

describe.each(eachKernels)('$name kernels', ({ open }) => {
  test('no heavy pair is missed, and none is made up', async () => {
    const makeKernels = await open()
    await fc.assert(
      fc.asyncProperty(anyKeys({ maxRows: 120 }), fc.constantFrom(0.3, 0.05), async (keys, epsilon) => {
        const queries = adversarialQueries(keys, 3)
        const found = await runInline(keys, queries, { ...SKETCH, epsilon, makeKernels })
        const wanted = bruteForceHeavy(queries, keys, epsilon * (1 + 1e-9))
        const least = bruteForceHeavy(queries, keys, epsilon * (1 - 1e-6))
        const names = (pairs: readonly { query: number; key: number }[]) =>
          pairs.map(({ query, key }) => `${query} ${key}`)
        const reported = names(found.pairs)
        expect(found.uncertified).toEqual([])
        expect(reported).toEqual(expect.arrayContaining(names(wanted.pairs)))
        expect(names(least.pairs)).toEqual(expect.arrayContaining(reported))
        expect(found.undefinedRows).toEqual([...wanted.undefinedRows])
      }),
      { numRuns: tiered(10, 40) },
    )
  })
})

test('without the keys every query with a heavy pair is listed as uncertified', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyKeys({ maxRows: 80 }), rankDeficientKeys({ maxRows: 80 })), async (keys) => {
      const queries = adversarialQueries(keys, 3)
      const found = await runInline(keys, queries, { ...SKETCH, epsilon: 0.1, keysGone: true })
      const { pairs } = bruteForceHeavy(queries, keys, 0.1)
      expect(found.pairs).toEqual([])
      expect(found.uncertified).toEqual(expect.arrayContaining(pairs.map(({ query }) => query)))
    }),
    { numRuns: 30 },
  )
})

/** Well-conditioned keys with some long rows. */
function tall(rows: number, cols: number, seed = 1): DenseMatrix {
  const random = new Random(seed)
  const data = Float64Array.from({ length: rows * cols }, () => random.normal())
  for (let j = 0; j < rows; j += 97) for (let a = 0; a < cols; a++) data[j * cols + a] *= 12
  return { rows, cols, data }
}

test('bounds are at least the leverage scores and U is not much larger than it need be', async () => {
  const keys = tall(1500, 6)
  const { leverage } = leverageOracle(keys)
  const { universal } = await runInline(keys, tall(1, 6), { ...SKETCH, epsilon: 0.01 })
  universal.rowIds.forEach((rowId, slot) =>
    expect(universal.bounds[slot]).toBeGreaterThanOrEqual(leverage[rowId] * (1 - 1e-9)),
  )
  const needed = leverage.filter((tau) => tau >= 0.01).length
  const possible = leverage.filter((tau) => tau >= 0.01 / 4).length
  expect(universal.rowIds.length).toBeGreaterThanOrEqual(needed)
  expect(universal.rowIds.length).toBeLessThanOrEqual(possible)
  expect(needed).toBeGreaterThan(5)
})

test('another cut of the keys gives the same U', async () => {
  const keys = tall(9000, 4)
  const ids = async (shards: number) => {
    const { universal } = await runInline(keys, tall(1, 4), { ...SKETCH, epsilon: 0.02, shards })
    return Array.from(universal.rowIds)
  }
  expect(await ids(1)).toEqual(await ids(3))
})

describe('files', () => {
  const built = (keys: DenseMatrix, options: object, rowOffset = 0) =>
    runInline(keys, tall(1, keys.cols), { epsilon: 0.05, rowOffset, ...options })

  test('a universal set reads back as it was, factor and all', async () => {
    const { universal, origin } = await built(tall(500, 3), SKETCH)
    const file = universalFrom(levFromBytes(levToBytes(universalContent(universal, origin))))
    expect(file.universal).toEqual(universal)
    expect(file.origin.sketch).toEqual(origin.sketch)
  })

  test('two parts merge into the U of all rows; the chance of a miss grows by the filters made', async () => {
    const keys = tall(1200, 3)
    const part = (start: number, end: number): DenseMatrix => ({
      rows: end - start,
      cols: 3,
      data: keys.data.slice(3 * start, 3 * end),
    })
    const [a, b] = [await built(part(0, 700), SKETCH), await built(part(700, 1200), SKETCH, 700)]
    const merged = KeySummary.of(summaryOf(a.universal, a.origin)).merge(
      KeySummary.of(summaryOf(b.universal, b.origin)),
    )
    const whole = (await built(keys, SKETCH)).universal
    expect(merged.universalSet().rowIds).toEqual(whole.rowIds)
    expect(whole.factor.sketch?.filters).toBe(1)
    expect(merged.universalSet().factor.sketch?.filters).toBe(3)
  })

  test('a sketch and an exact summary are not merged, nor do rows go into a sketch', async () => {
    const exact = await built(tall(500, 3), {})
    const sketch = await built(tall(500, 3), SKETCH, 500)
    const summaries = [exact, sketch].map(({ universal, origin }) =>
      KeySummary.of(summaryOf(universal, origin)),
    )
    const refusal = expect.objectContaining({
      tag: 'IncompatibleSummary',
      message: expect.stringContaining("`method: 'sketch'`"),
    })
    expect(() => summaries[0].merge(summaries[1])).toThrow(refusal)
    expect(() => summaries[1].merge(summaries[0])).toThrow(refusal)
    expect(() => summaries[1].update(new Float64Array(3))).toThrow(LevError)
  })
})
