// Catches: a heavy pair that is missed, invented or mis-scored on singular and nearly singular keys, against answers in
// exact fractions; an undefined row that is not; a key missing from U. Cannot catch: errors on large or ordinary inputs.
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findHeavy } from '../support/find-heavy.ts'
import { exactlyHeavy, exactUniversalSet, singularCases } from '../support/golden.ts'
import { leverageOracle } from '../support/oracle.ts'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

const id = ({ query, key }: { query: number; key: number }) => `${query}:${key}`

describe.each(singularCases())('$name', (golden) => {
  const element = golden.keysDtype === '<f4' ? 'f32' : 'f64'

  test.each(golden.inverseEpsilons)(
    '1/epsilon = %d: every heavy pair, none too many, exact scores',
    async (inverse) => {
      const found = await findHeavy(runtime, golden.keys, golden.queries, 1 / inverse, { element })
      const { required, allowed } = exactlyHeavy(golden.pairs, inverse)
      const reported = new Map(found.pairs.map((pair) => [id(pair), pair]))
      expect(required.filter((pair) => !reported.has(id(pair))).map(id)).toEqual([])
      const permitted = new Map(allowed.map((pair) => [id(pair), pair]))
      expect(found.pairs.filter((pair) => !permitted.has(id(pair)))).toEqual([])
      for (const pair of found.pairs) {
        const exact = permitted.get(id(pair))?.nearest ?? NaN
        expect(Math.abs(pair.score - exact)).toBeLessThanOrEqual((1e-9 + pair.slack) * exact)
      }
      expect(found.undefinedRows).toEqual(golden.undefinedRows)
      expect(found.uncertified).toEqual([])
    },
  )

  test.each(golden.inverseEpsilons)(
    '1/epsilon = %d: U is the exact one, or contains it where the ridge serves',
    async (inverse) => {
      const { universal } = await findHeavy(runtime, golden.keys, golden.queries, 1 / inverse, { element })
      const rowIds = new Set(universal.rowIds)
      const { required, allowed } = exactUniversalSet(golden, inverse)
      const missing = required.filter((rowId) => !rowIds.has(rowId))
      if (universal.factor.ridge === 0) {
        expect(missing).toEqual([])
        expect([...rowIds].filter((rowId) => !allowed.includes(rowId))).toEqual([])
        return
      }
      // What the ridge hides is a direction that a float64 SVD cuts as well; its queries go to the exact pass.
      const { leverage } = leverageOracle(golden.keys)
      expect(missing.filter((rowId) => leverage[rowId] >= (1 + 1e-9) / inverse)).toEqual([])
    },
  )
})

test('keys gone: queries outside the certificate are listed, never silent', async () => {
  const golden = singularCases().find(({ name }) => name === 'one-differs-middle')
  if (!golden) throw new Error('the case is gone')
  const found = await findHeavy(runtime, golden.keys, golden.queries, 0.1, { keysAgain: false })
  const heavyQueries = new Set(exactlyHeavy(golden.pairs, 10).required.map(({ query }) => query))
  const reported = new Set([...found.pairs.map(({ query }) => query), ...found.uncertified])
  expect([...heavyQueries].filter((query) => !reported.has(query))).toEqual([])
  expect(found.uncertified.length).toBeGreaterThan(0)
})
