// Summaries of p other than 2: one pass, merged in any tree. Catches: a pair that is missed without its query being listed,
// an interval that does not hold the score, a bound that a query breaks, sums that grow with the number of parts, a file
// that does not come back. Cannot catch: a bound that is broken only by queries that neither sampling nor reweighted least
// squares finds.
import { KeySummary, rowCountOf } from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { Runtime } from '#coordinator/engines/runtime'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adversarialQuery, keysAboveBounds } from '../support/adversary.ts'
import { contextOf, sourceOf } from '../support/find-heavy.ts'
import { digest } from './digest.ts'
import { anyKeys, stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { row, type DenseMatrix } from '../support/oracle.ts'
import { someOf, tiered } from '../support/tier.ts'
import { ROOM, queriesFor, expectRight, tall, pushed } from './one-pass.ts'

const POWERS = [0.3, 0.5, 1, 1.5, 2.5, 3, 4, 6, 8]

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

type Form = 'gram' | 'triangular'

/** A summary of each of `count` parts, some of them of no rows. */
function partsOf(
  keys: DenseMatrix,
  terms: { p: number; epsilon: number; form: Form },
  count: number,
  random: Random,
) {
  const { rows, cols: dim, data } = keys
  const edges = Float64Array.from({ length: count - 1 }, () => random.below(rows + 1)).sort()
  return [...edges, rows].map((rowEnd, i) => {
    const rowStart = i === 0 ? 0 : edges[i - 1]
    return new KeySummary({ dim, rowStart, ...terms }).update(data.subarray(rowStart * dim, rowEnd * dim))
  })
}

/** Merges all parts in a random order and tree, through files now and then. */
function mergeAtRandom(parts: readonly KeySummary[], random: Random): KeySummary {
  const left = parts.slice()
  const through = (one: KeySummary) => (random.uniform() < 0.3 ? KeySummary.fromBytes(one.toBytes()) : one)
  while (left.length > 1) {
    const [a] = left.splice(random.below(left.length), 1)
    const [b] = left.splice(random.below(left.length), 1)
    left.push(through(a).merge(through(b)))
  }
  return left[0]
}

const cases = fc.record({
  keys: anyKeys({ minRows: 1, maxRows: 90, maxCols: 6 }),
  p: fc.constantFrom(...POWERS),
  epsilon: fc.constantFrom(0.3, 0.1, 0.05),
  form: fc.constantFrom<Form>('gram', 'triangular'),
  parts: fc.integer({ min: 1, max: 17 }),
  seed: fc.nat(),
})

/** M and its sums of a summary, for tests of size. */
const weightSumOf = (summary: KeySummary) => summary.state.weighted?.weightSum ?? NaN

describe('every p in one pass', () => {
  test('any split into 1 to 17 parts, merged in any tree: no pair is missed, every interval holds its score', () => {
    let pairs = 0
    fc.assert(
      fc.property(cases, ({ keys, p, epsilon, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon, form }, parts, random), random)
        expect(merged.rowCount).toBe(keys.rows)
        expect(rowCountOf(merged.state.ranges)).toBe(keys.rows)
        pairs += expectRight(merged, keys, queriesFor(keys, p, random), p)
      }),
      { numRuns: tiered(12, 80) },
    )
    expect(pairs).toBeGreaterThan(tiered(10, 100))
  })

  test('no query brings a key above its bound, whatever parts it came from', () => {
    let tried = 0
    fc.assert(
      fc.property(cases, ({ keys, p, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon: 1e-12, form }, parts, random), random)
        const { rowIds, bounds, factor } = merged.universalSet()
        fc.pre(factor.ridge === 0 && factor.dropRidge === 0)
        tried++
        const queries = queriesFor(keys, p, random)
        for (let q = 0; q < queries.rows; q++)
          expect(keysAboveBounds(keys, row(queries, q), p, { rowIds, bounds }, ROOM)).toEqual([])
      }),
      { numRuns: tiered(12, 80) },
    )
    expect(tried).toBeGreaterThan(tiered(2, 30))
  })

  test.each([0.01, 1000])('p = %s neither overflows nor misses', (p) => {
    fc.assert(
      fc.property(cases, ({ keys, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon: 0.1, form }, parts, random), random)
        for (const bound of merged.universalSet().bounds) expect(bound).toBeGreaterThan(0)
        expectRight(merged, keys, queriesFor(keys, p, random, 6), p)
      }),
      { numRuns: tiered(6, 30) },
    )
  })

  test.each(tiered([0.5, 3], POWERS))(
    'p = %s: a stream of several chunks drops on the way and misses nothing',
    (p) => {
      const keys = tall(13_000, 4, 3)
      const summary = pushed(keys, { p, epsilon: 0.02, form: 'triangular' })
      expect(summary.state.candidates.count).toBeLessThan(keys.rows)
      const random = new Random(9)
      const own = [250, 1550, 4150, 11_950].map((key) => row(keys, key))
      const noise = [...Array(4)].map(() => Float64Array.from({ length: 4 }, () => random.normal()))
      const attack = [adversarialQuery(keys, 2850, p, 6)]
      expectRight(summary, keys, stack([...own, ...noise, ...attack], 4), p)
    },
  )

  test('the same bytes in pieces of any size, asked or saved at any moment', () => {
    const keys = tall(9000, 3, 4)
    for (const p of [1, 3]) {
      const terms = { p, epsilon: 0.05, form: 'triangular' as const }
      const whole = pushed(keys, terms, 9000).toBytes()
      expect(digest(pushed(keys, terms, 777).toBytes())).toBe(digest(whole))
      const asked = new KeySummary({ dim: 3, ...terms })
      for (let at = 0; at < 9000; at += 2500) {
        asked.update(keys.data.subarray(at * 3, (at + 2500) * 3))
        asked.universalSet()
        asked.toBytes()
      }
      expect(digest(asked.toBytes())).toBe(digest(whole))
      const back = KeySummary.fromBytes(whole)
      expect(digest(back.toBytes())).toBe(digest(whole))
      expect(back.universalSet()).toEqual(asked.universalSet())
    }
  })

  test('columns scaled by powers of two change no bit of a bound', () => {
    const keys = tall(6000, 3, 5)
    const scaled = { ...keys, data: keys.data.map((x, i) => x * [2 ** -300, 1, 2 ** 400][i % 3]) }
    for (const p of [0.5, 3]) {
      const terms = { p, epsilon: 0.01, form: 'triangular' as const }
      const [one, other] = [keys, scaled].map((matrix) => pushed(matrix, terms).universalSet())
      expect(other.rowIds).toEqual(one.rowIds)
      expect(other.bounds).toEqual(one.bounds)
    }
  })

  test('p near 2 has the U of p = 2', () => {
    const keys = tall(9000, 4, 6)
    const ids = (p: number) =>
      [...pushed(keys, { p, epsilon: 0.01 }).universalSet().rowIds].sort((a, b) => a - b)
    const wanted = ids(2)
    expect(wanted.length).toBeGreaterThan(3)
    for (const p of [2 - 1e-7, 2 + 1e-7]) expect(ids(p)).toEqual(wanted)
  })

  test.each(someOf([3, 4, 8], 2))(
    'p = %s: S stays near the rank, in a stream and over 17 merged parts',
    (p) => {
      const keys = tall(17_000, 5, 7)
      const parts = Array.from({ length: 17 }, (_, i) =>
        new KeySummary({ dim: 5, epsilon: 0.02, p, rowStart: i * 1000 }).update(
          keys.data.subarray(i * 5000, (i + 1) * 5000),
        ),
      )
      const merged = parts.reduce((sum, part) => sum.merge(part))
      for (const summary of [merged, pushed(keys, { p, epsilon: 0.02 })]) {
        expect(weightSumOf(summary)).toBeGreaterThan(4)
        expect(weightSumOf(summary)).toBeLessThan(6)
      }
    },
  )

  test.each([
    [1, 0.003],
    [1.5, 0.01],
    [2.5, 0.01],
    [3, 0.01],
    [4, 0.01],
  ])('p = %s: U is not much larger than that of several passes', async (p, epsilon) => {
    const keys = tall(20_000, 6, 8)
    const context = contextOf(runtime, await runtime.engine(0))
    const { universal } = await findUniversalSet(sourceOf(keys), { epsilon, p }, context)
    const size = pushed(keys, { p, epsilon }).universalSet().rowIds.length
    expect(universal.rowIds.length).toBeGreaterThan(5)
    expect(size).toBeLessThanOrEqual(1.2 * universal.rowIds.length + 2)
  })

  test('a lone row in a direction of its own is kept, or its query listed, though tiny weights surround it (p < 2)', () => {
    const random = new Random(12)
    for (const p of [0.3, 0.5, 1]) {
      for (const form of ['gram', 'triangular'] as const) {
        const keys = tall(9000, 3, 13)
        keys.data.forEach(
          (value, i) => (keys.data[i] = i % 3 === 2 ? 0 : value * 10 ** (-6 * random.uniform())),
        )
        keys.data.set([1, 1, 1e-3], 5000 * 3)
        const summary = pushed(keys, { p, epsilon: 0.05, form })
        const batch = summary.heavyPairs(Float64Array.of(0, 0, 1))
        expect(summary.universalSet().rowIds).toContain(5000)
        expect([...batch.keyIds, ...batch.uncertified.map(() => 5000)]).toEqual([5000])
      }
    }
  })

  test('an empty summary has an empty U, and is the identity of merging', () => {
    for (const p of [1, 3]) {
      const empty = () => new KeySummary({ dim: 3, epsilon: 0.1, p, form: 'triangular' })
      expect(empty().universalSet().rowIds).toHaveLength(0)
      expect([...empty().heavyPairs(Float64Array.of(1, 2, 3)).keyIds]).toEqual([])
      const full = () => empty().update(tall(40, 3, 9).data)
      expect(digest(empty().merge(full()).toBytes())).toBe(digest(full().toBytes()))
      expect(digest(full().merge(empty()).toBytes())).toBe(digest(full().toBytes()))
    }
  })

  test.each([
    [{ dim: 3, epsilon: 0.1, p: 3 }, /p = 1, the other 3/],
    [{ dim: 3, epsilon: 0.2, p: 1 }, /epsilon = 0.1, the other 0.2/],
    [{ dim: 2, epsilon: 0.1, p: 1 }, /d = 3, the other 2/],
    [{ dim: 3, epsilon: 0.1, p: 1, rowStart: 5 }, /rows 5 to 9 are in both/],
    [{ dim: 3, epsilon: 0.1, p: 1, rowStart: 10, seed: 2 }, /seed of 1, the other's of 2/],
  ])('merging with %o is refused', (terms, message) => {
    const one = new KeySummary({ dim: 3, epsilon: 0.1, p: 1 }).update(tall(10, 3, 1).data)
    const other = new KeySummary(terms).update(tall(10, terms.dim, 2).data)
    expect(() => one.merge(other)).toThrow(
      expect.objectContaining({
        tag: 'IncompatibleSummary',
        message: expect.stringMatching(message) as string,
      }),
    )
  })
})

test.each([1, 4])('p = %s: R is that of M, in a stream and merged', (p) => {
  const keys = tall(13_000, 3, 14)
  const terms = { p, epsilon: 0.05, form: 'triangular' as const }
  const rest = new KeySummary({ dim: 3, rowStart: 13_000, ...terms }).update(tall(500, 3, 15).data)
  for (const { state } of [pushed(keys, terms), pushed(keys, terms).merge(rest)]) {
    const { gram, triangular } = state.weighted!
    const { upper } = triangular!.whole()
    const full = gram.symmetric()
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        let sum = 0
        for (let i = 0; i < 3; i++) sum += upper[i * 3 + a] * upper[i * 3 + b]
        const size = Math.sqrt(full[a * 4] * full[b * 4])
        expect(Math.abs(sum - full[a * 3 + b])).toBeLessThan(1e-10 * size)
      }
    }
  }
})
