// Catches: an order of U that is not by bound, then by row id, of many keys, of equal bounds, of rows in any order. Cannot catch:
// bounds that are wrong.
import { boundOrder } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

test.each([
  ['few', 100, true],
  ['many', 20_000, true],
  ['many, rows in no order', 20_000, false],
])('%s: by bound, the largest first, ties by row id', (_, count, ordered) => {
  const random = new Random(4)
  const special = [0, -0, 5e-324, 1, 1 - 2 ** -53, 1e-300, 2 ** -40]
  const bounds = Float64Array.from({ length: count }, (_one, i) =>
    i % 3 === 0 ? special[i % 7] : random.uniform(),
  )
  const rowIds = Float64Array.from({ length: count }, (_one, i) => (ordered ? 3 * i : (7919 * i) % count))
  const wanted = [...bounds.keys()].sort((a, b) => bounds[b] - bounds[a] || rowIds[a] - rowIds[b])
  expect(Array.from(boundOrder(bounds, rowIds))).toEqual(wanted)
})
