// Catches: a condition of the weighted Gram that is told as the keys' own.
import { KeySummary } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { random } from '../../kernels/values.ts'

test.each([1, 3])('p = %d: the condition is that of the keys, whatever their weights', (p) => {
  const next = random(7)
  const rows = Float64Array.from({ length: 400 * 4 }, (_, i) => (i % 4 === 3 ? 0.01 : 1) * (next() - 0.5))
  for (let r = 0; r < 400; r++) rows[4 * r + 2] = rows[4 * r + 1] + 0.02 * (next() - 0.5)
  rows.set([30, -20, 9, 0.4], 0)
  const conditionOf = (power: number) =>
    new KeySummary({ dim: 4, epsilon: 0.1, p: power }).update(rows).universalSet().factor.condition
  expect(conditionOf(p)).toBeCloseTo(conditionOf(2), 6)
})
