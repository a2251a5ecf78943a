// Catches: parts that ignore what their pairs cost, or have no row at all. Cannot catch: how long a part takes.
import { partRowsOf } from '#coordinator/sessions/query-call'
import { expect, test } from 'vitest'

test.each([
  { dim: 64, keys: 1000, epsilon: 0.01, rows: 93 }, // a batch of 64 is one part
  { dim: 16, keys: 323, epsilon: 0.001, rows: 50 },
  { dim: 4, keys: 2, epsilon: 0.5, rows: 1024 },
  { dim: 1024, keys: 100_000, epsilon: 0.01, rows: 1 },
])('$keys keys of $dim columns at $epsilon: $rows queries a part', ({ dim, keys, epsilon, rows }) => {
  expect(partRowsOf({ dim, rowIds: new Float64Array(keys), epsilon })).toBe(rows)
})
