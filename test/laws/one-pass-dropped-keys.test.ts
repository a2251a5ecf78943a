// Streams of p other than 2 whose rows are nearly dependent, so that keys are dropped by a ridge on the way. Catches: a pair
// that is missed without its query being listed, a direction that one sum hides from the other. Cannot catch: the same at
// sizes far above these.
import { KeySummary } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import type { DenseMatrix } from '../support/oracle.ts'
import { someOf, tiered } from '../support/tier.ts'
import { expectRight, pushed } from './one-pass.ts'

describe('streams of nearly dependent rows drop keys by a ridge', () => {
  /** Long rows of rank 2 in three columns; row 300 alone sees (1, 1, -1), by `tiny`, later rows by `later`. */
  function hiddenDirection(tiny: number, later: number): DenseMatrix {
    const random = new Random(5)
    const rows = [...Array(10_500)].map((_, j) => {
      const size = j % 1900 === 700 ? 40 : 1
      const [x, y] = [size * (random.below(19) - 9), size * (random.below(19) - 9)]
      const extra = j === 300 ? tiny : j > 9000 ? later * random.normal() : 0
      return Float64Array.of(x, y, x + y + extra)
    })
    return stack(rows, 3)
  }

  const queries = stack(
    [
      Float64Array.of(1, 1, -1),
      Float64Array.of(1, 1, -1 + 1e-9),
      Float64Array.of(1, 1, -0.999),
      Float64Array.of(3, -1, 2),
      Float64Array.of(5, -5, 1),
    ],
    3,
  )

  test.each(
    tiered([3], [0.5, 1.5, 3, 6]).flatMap((p) =>
      (['gram', 'triangular'] as const).map((form) => [p, form] as const),
    ),
  )('p = %s, %s form: every heavy pair is found, or its query is listed', (p, form) => {
    const seen = { dropRidge: 0, settled: 0, pairs: 0 }
    for (const tiny of [2 ** -40, 2 ** -10]) {
      for (const later of [0, 2 ** -30, 2 ** -5]) {
        const keys = hiddenDirection(tiny, later)
        const epsilon = p < 1 ? 0.004 : 0.02
        const cut = 4700
        const [a, b] = [
          pushed({ ...keys, rows: cut, data: keys.data.slice(0, cut * 3) }, { p, epsilon, form }),
          new KeySummary({ dim: 3, epsilon, p, form, rowStart: cut }).update(keys.data.slice(cut * 3)),
        ]
        for (const summary of [pushed(keys, { p, epsilon, form }), a.merge(b)]) {
          seen.pairs += expectRight(summary, keys, queries, p)
          seen.settled += queries.rows - summary.heavyPairs(queries.data).uncertified.length
          if (summary.state.dropRidge > 0) seen.dropRidge++
        }
      }
    }
    expect(seen.dropRidge).toBeGreaterThan(0)
    expect(seen.settled).toBeGreaterThan(0)
  })
})

test.each(someOf([0.3, 0.5, 0.7], 1))(
  'p = %s: where M hides a direction that G shows, its queries are listed',
  (p) => {
    const random = new Random(17)
    const rows = Array.from({ length: 9000 }, (_, j) => {
      const x = 1 + 0.1 * random.normal()
      return j === 500 ? Float64Array.of(1, -1) : Float64Array.of(x, x)
    })
    const keys = stack(rows, 2)
    const { state } = pushed(keys, { p, epsilon: 0.05, form: 'triangular' })
    // As a merge with a part that has no R leaves it: M is near the square of what it can hold.
    const weighted = { ...state.weighted!, triangular: undefined }
    const summary = KeySummary.of({ ...state, triangular: undefined, weighted })
    expectRight(summary, keys, stack([Float64Array.of(1, -1), Float64Array.of(1, 1)], 2), p)
  },
)
