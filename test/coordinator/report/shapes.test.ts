// Catches: scores or pairs that are summed up wrongly. The oracle holds them all. Cannot catch: wrong scores and pairs; the tests of the commands do.
import { cellsOf, requireLayout } from '#coordinator/report/facts/layout'
import { PairShape } from '#coordinator/report/facts/pair-shape'
import { ScoreShape } from '#coordinator/report/facts/score-shape'
import { headName, shortNames } from '#coordinator/report/facts/head-name'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const EPSILONS = [0.5, 0.1, 0.01, 1e-3]
const score = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, ...EPSILONS))
const scores = fc.array(score, { minLength: 1, maxLength: 300 })

function shapeOf(all: readonly number[], topCount = 5) {
  const cells = cellsOf({ kind: 'rows' }, all.length)
  const shape = new ScoreShape({ n: all.length, epsilons: EPSILONS, topCount, cells })
  all.forEach((one, key) => shape.add(key, one))
  return shape.facts()
}

test('law: counts at each epsilon, sums, the largest and the top keys are those of the sorted scores', () => {
  fc.assert(
    fc.property(scores, (all) => {
      const facts = shapeOf(all)
      for (const epsilon of EPSILONS) {
        const inside = all.filter((one) => one >= epsilon)
        expect(facts.sizes.get(epsilon)).toBe(inside.length)
        const total = all.reduce((sum, one) => sum + one, 0)
        if (total > 0)
          expect(facts.held.get(epsilon)).toBeCloseTo(inside.reduce((sum, one) => sum + one, 0) / total, 9)
      }
      expect(facts.largest).toBe(Math.max(...all))
      const order = [...all.keys()].sort(
        (a, b) => Math.round(all[b] * 1e9) - Math.round(all[a] * 1e9) || a - b,
      )
      expect(facts.top.map(({ key }) => key)).toEqual(order.slice(0, 5))
    }),
  )
})

test('law: steps end at every key, descend, and are within 0.7 % of the sorted scores', () => {
  fc.assert(
    fc.property(scores, (all) => {
      const { steps } = shapeOf(all)
      const sorted = all.toSorted((a, b) => b - a)
      expect(steps[steps.length - 1][1]).toBe(all.length)
      steps.forEach(([value, rank], i) => {
        if (i > 0) expect(rank).toBeGreaterThan(steps[i - 1][1])
        const own = sorted[rank - 1]
        if (own > 1e-11) expect(Math.abs(value / own - 1)).toBeLessThan(0.007)
      })
    }),
  )
})

test('law: a cell has the largest score of its keys, on a line and on a grid behind other tokens', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 0, max: 3 }),
      (height, width, prefix) => {
        const n = height * width + prefix
        const layout = { kind: 'grid', height, width, prefix } as const
        requireLayout(layout, n)
        const cells = cellsOf(layout, n)
        expect(cells.rows).toBeLessThanOrEqual(64)
        expect(cells.columns).toBeLessThanOrEqual(64)
        const found = Array.from({ length: n }, (_, key) => cells.cellOf(key))
        // Keys in front of the grid have cells of their own, behind those of the grid.
        expect(found.slice(0, prefix)).toEqual(
          Array.from({ length: prefix }, (_, key) => cells.rows * cells.columns + key),
        )
        const seen = new Set(found.slice(prefix))
        expect(seen.has(undefined)).toBe(false)
        expect(seen.size).toBe(cells.rows * cells.columns)
      },
    ),
    { numRuns: 30 },
  )
  const long = cellsOf({ kind: 'rows' }, 1_000_000)
  expect(long.rows * long.columns).toBeLessThanOrEqual(544)
})

test('a layout that is not about the keys is refused with what would fit', () => {
  expect(() => requireLayout({ kind: 'grid', height: 14, width: 14, prefix: 0 }, 197)).toThrow(
    /`prefixTokens: 1` fits/,
  )
  // So many keys in front of a grid are none: it is another one.
  expect(() => requireLayout({ kind: 'grid', height: 8, width: 8, prefix: 0 }, 200_000)).toThrow(
    /is 64 keys, and there are 200000$/,
  )
  expect(() => requireLayout({ kind: 'tokens', tokens: ['a'] }, 2)).toThrow(
    /has 1 tokens, and there are 2 keys/,
  )
})

test('law: pairs are counted by bin and by key, and half of them lie on so many keys', () => {
  const place = fc.tuple(fc.integer({ min: 0, max: 149 }), fc.integer({ min: 0, max: 199 }))
  fc.assert(
    fc.property(fc.uniqueArray(place, { selector: ([q, k]) => q * 200 + k, maxLength: 300 }), (pairs) => {
      const shape = new PairShape({ attention: 'power', epsilon: 0.01, n: 200, m: 150 })
      shape.add({
        queryIds: pairs.map(([q]) => q),
        keyIds: pairs.map(([, k]) => k),
        scores: pairs.map(() => 0.5),
      })
      const facts = shape.facts()
      expect(facts.map.reduce((sum, one) => sum + one, 0)).toBe(pairs.length)
      const byKey = new Map<number, number>()
      for (const [, key] of pairs) byKey.set(key, (byKey.get(key) ?? 0) + 1)
      expect([facts.pairs, facts.keys]).toEqual([pairs.length, byKey.size])
      expect(new Map(facts.byKey)).toEqual(byKey)
      const counts = [...byKey.values()].sort((a, b) => b - a)
      const held = (keys: number) => counts.slice(0, keys).reduce((sum, one) => sum + one, 0)
      if (pairs.length > 0) {
        expect(2 * held(facts.halfKeys)).toBeGreaterThanOrEqual(pairs.length)
        expect(2 * held(facts.halfKeys - 1)).toBeLessThan(pairs.length)
      }
    }),
  )
})

test('law: an axis of few rows has a bin for each, whatever the other has', () => {
  const side = fc.integer({ min: 1, max: 200 })
  fc.assert(
    fc.property(side, side, (n, m) => {
      const shape = new PairShape({ attention: 'power', epsilon: 0.01, n, m })
      // Every pair: a bin without one is a gap that nobody measured.
      const keyIds = Array.from({ length: n }, (_, key) => key)
      for (let query = 0; query < m; query++)
        shape.add({ queryIds: keyIds.map(() => query), keyIds, scores: keyIds.map(() => 0.5) })
      const { map, queryBins, keyBins } = shape.facts()
      expect([queryBins, keyBins]).toEqual([Math.min(64, m), Math.min(64, n)])
      expect(map).toHaveLength(queryBins * keyBins)
      expect(Math.min(...map)).toBeGreaterThan(0)
    }),
    { numRuns: 30 },
  )
})

test('heads are called by where they stand, files without what all of them end in', () => {
  expect(headName({ index: 7, layer: 1, head: 3 })).toBe('L1 h3')
  expect(headName({ index: 7 })).toBe('head 7')
  expect(shortNames(['a-L0.q.npy', 'a-L1.q.npy'])).toEqual(['a-L0', 'a-L1'])
  expect(shortNames(['L0 h1', 'L0 h2'])).toEqual(['L0 h1', 'L0 h2'])
})
