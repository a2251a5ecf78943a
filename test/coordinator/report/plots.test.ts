// Catches: a plot that says what its numbers do not. Cannot catch: what it looks like; the browser's test does a part of that.
import { PairShape } from '#coordinator/report/facts/pair-shape'
import { pairsMap } from '#coordinator/report/plots/pairs-map'
import { expect, test } from 'vitest'

/** Pairs of m queries and n keys, each query with its own key. */
function mapOf(n: number, m: number) {
  const shape = new PairShape({ attention: 'power', epsilon: 0.01, n, m })
  const queryIds = [...Array(m).keys()]
  shape.add({ queryIds, keyIds: queryIds.map((query) => query % n), scores: queryIds.map(() => 0.5) })
  return pairsMap(shape.facts(), 2, false)
}

test('cells of a map are as wide as their axis needs, and words fit', () => {
  const few = mapOf(9, 6)
  // 300 / 6 high, 300 / 9 wide.
  expect(few.body).toContain('h33.3v50h-33.3z')
  expect(few.note).toEqual(['A cell is one pair; bars above: pairs by key.'])
  const wide = mapOf(40, 640)
  expect(wide.note?.join('')).toContain('A bin is 10 queries by 1 key; bars above: pairs by key.')
  // 1,000,000 at the left takes nine characters.
  const left = Number(/class="frame" x="([\d.]+)"/.exec(mapOf(40, 1_000_000).body)![1])
  expect(left).toBeGreaterThan(9 * 6.5)
})

test('half of the pairs lie on so many keys, where that is a part of them', () => {
  const shape = new PairShape({ attention: 'softmax', epsilon: 0.01, n: 5, m: 9 })
  shape.add({ queryIds: [0, 1, 2, 3], keyIds: [0, 0, 1, 2], scores: [1, 1, 1, 1] })
  expect(pairsMap(shape.facts(), 2, false).title).toBe(
    'Softmax: 4 heavy pairs on 3 keys; half of them on 1 key',
  )
  expect(mapOf(1, 1).title).toBe('|q·k|²: 1 heavy pair on 1 key')
})
