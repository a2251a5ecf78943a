// Catches: heavy pairs that vanish silently where one float64 column, or one query, spans more than float64's exponents
// hold after scaling. Such queries may be left undecided, but then they are listed. Cannot catch: accuracy inside range.
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findHeavy } from '../support/find-heavy.ts'
import { stack } from '../support/matrices.ts'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

const rows = (...values: number[][]) =>
  stack(
    values.map((row) => Float64Array.from(row)),
    values[0].length,
  )

test.each([
  [
    'keys 1e300 and 1e-30',
    rows([1e300, 1e300], [1e-30, 0], [0, 1e-30]),
    rows([1, -1]),
    [
      [1, 0.5],
      [2, 0.5],
    ],
  ],
  [
    'keys 1e150 and 1e-200',
    rows([1e150, 1e150], [1e-200, 0], [0, 1e-200]),
    rows([1, -1]),
    [
      [1, 0.5],
      [2, 0.5],
    ],
  ],
  [
    'subnormal once scaled',
    rows([1e300, 1e300], [1.23456e-20, 0], [0, 1.7e-20]),
    rows([1, -1]),
    [
      [1, 1.23456 ** 2 / (1.23456 ** 2 + 1.7 ** 2)],
      [2, 1.7 ** 2 / (1.23456 ** 2 + 1.7 ** 2)],
    ],
  ],
  [
    'a query of 1e300 and 1e-300',
    rows([1, -1, 1], [2, -2, 2], [1, -1, 3]),
    rows([1e300, 1e300, 1e-300]),
    [
      [0, 1 / 14],
      [1, 4 / 14],
      [2, 9 / 14],
    ],
  ],
] as const)(
  '%s: found, or listed as undecided; never undefined, never wrong',
  async (_, keys, queries, heavy) => {
    const found = await findHeavy(runtime, keys, queries, 0.05)
    expect(found.undefinedRows).toEqual([])
    if (found.uncertified.length > 0) {
      expect(found.uncertified).toEqual([0])
      expect(found.pairs).toEqual([])
      return
    }
    expect(found.pairs.map(({ key }) => key)).toEqual(heavy.map(([key]) => key))
    found.pairs.forEach(({ score }, i) => expect(score).toBeCloseTo(heavy[i][1], 9))
  },
)

test('a stray subnormal beside ordinary entries leaves nothing undecided', async () => {
  const keys = rows([1, 2], [3, 5e-324], [1e-310, 1], [2, 2])
  const found = await findHeavy(runtime, keys, rows([1, 5e-324], [1, -1], [0, 0]), 0.05)
  expect(found.uncertified).toEqual([])
  expect(found.undefinedRows).toEqual([2])
  expect(found.pairs.length).toBeGreaterThan(0)
})
