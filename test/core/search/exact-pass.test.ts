// Catches: a pair lost or mis-scored by the exact pass, sums that depend on how rows are cut. Cannot catch: a shard that is
// never asked (pipeline tests are for that); dots that are noise (exact-pass-cancellation.test.ts).
import {
  exactAnswer,
  type ExactPart,
  exactShard,
  mergeExactParts,
  scalarKernels,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, anyKeys, stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { attentionRow, bruteForceHeavy, row } from '../../support/oracle.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { exactPass } from './exact-pass-support.ts'
import { tiered } from '../../support/tier.ts'

const label = ({ query, key }: { query: number; key: number }) => `${query}:${key}`
const pairsOf = (answer: ReturnType<typeof exactAnswer>) =>
  new Map(answer.pairs.map((pair) => [label({ query: pair.query, key: pair.keyId }), pair]))

const cutRows = (rows: number) =>
  fc.array(fc.nat(rows), { maxLength: 6 }).map((cuts) => cuts.sort((a, b) => a - b))

/** Merges neighbours in a random order: any tree over the parts in their order. */
function foldAtRandom(parts: ExactPart[], random: Random): ExactPart {
  const left = parts.slice()
  while (left.length > 1) {
    const at = random.below(left.length - 1)
    left.splice(at, 2, mergeExactParts(left[at], left[at + 1]))
  }
  return left[0]
}

describe.each(['compensated', 'exact'] as const)('%s dots', (precision) => {
  test('a pair of exact score epsilon is reported, or its query is sent on; nothing lighter is reported', () => {
    fc.assert(
      fc.property(
        anyKeys({ maxRows: 60, maxCols: 6 }),
        fc.constantFrom(0.5, 0.05, 1e-3, 1e-9),
        (keys, epsilon) => {
          const queries = adversarialQueries(keys, 3)
          const { answer } = exactPass({ keys, queries, epsilon, precision })
          const found = pairsOf(answer)
          const want = bruteForceHeavy(queries, keys, epsilon * 0.99)
          for (const pair of want.pairs) {
            if (answer.uncertified.includes(pair.query)) continue
            const mine = found.get(label(pair))
            if (pair.score >= epsilon * (1 + 1e-12)) expect(mine, label(pair)).toBeDefined()
            if (mine) expect(Math.abs(mine.score / pair.score - 1)).toBeLessThanOrEqual(mine.slack + 1e-15)
            found.delete(label(pair))
          }
          expect([...found.keys()]).toEqual([])
          for (const query of want.undefinedRows) {
            expect(precision === 'exact' ? answer.undefinedRows : answer.uncertified).toContain(query)
          }
          if (precision === 'exact')
            expect(answer).toMatchObject({ uncertified: [], undefinedRows: want.undefinedRows })
        },
      ),
      { numRuns: tiered(24, 60) },
    )
  })
})

test('the share of the row sum that lies inside U, over any cut of the rows', () => {
  fc.assert(
    fc.property(
      anyKeys({ minRows: 1, maxRows: 60, maxCols: 6 }),
      cutRows(60),
      fc.nat(),
      (keys, cuts, seed) => {
        const random = new Random(seed)
        const insideRows = [...Array(keys.rows).keys()].filter(() => random.below(2) === 0)
        const queries = adversarialQueries(keys, 2)
        const { answer } = exactPass({
          keys,
          queries,
          epsilon: 0.5,
          precision: 'exact',
          cuts: cuts.filter((cut) => cut <= keys.rows),
          insideRows,
        })
        for (let q = 0; q < queries.rows; q++) {
          const scores = attentionRow(row(queries, q), keys)
          if (scores === undefined) expect(answer.mass[q]).toBeNaN()
          else {
            const inside = insideRows.reduce((sum, key) => sum + scores[key], 0)
            expect(Math.abs(answer.mass[q] - inside)).toBeLessThanOrEqual(1e-12)
          }
        }
      },
    ),
    { numRuns: tiered(16, 40) },
  )
})

test('any cut of the rows and any merge tree give the same pairs', () => {
  fc.assert(
    fc.property(
      anyKeys({ maxRows: 60, maxCols: 5 }).chain((keys) => fc.tuple(fc.constant(keys), cutRows(keys.rows))),
      fc.nat(),
      ([keys, cuts], seed) => {
        const queries = adversarialQueries(keys, 2)
        const whole = exactPass({ keys, queries, epsilon: 0.05 })
        const join = (parts: ExactPart[]) => foldAtRandom(parts, new Random(seed))
        const cut = exactPass({ keys, queries, epsilon: 0.05, cuts, join })
        const mine = pairsOf(cut.answer)
        const limit = 0.05 * (1 + 1e-12)
        for (const pair of whole.answer.pairs) {
          const same = mine.get(label({ query: pair.query, key: pair.keyId }))
          if (pair.score >= limit) expect(same).toBeDefined()
          if (same) expect(same.score / pair.score).toBeCloseTo(1, 13)
        }
        expect(cut.answer.uncertified).toEqual(whole.answer.uncertified)
        // Order: by row, so the ids of one query ascend.
        const ids = Array.from(cut.whole.keyIds).filter((_, i) => cut.whole.queries[i] === 0)
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      },
    ),
    { numRuns: tiered(24, 60) },
  )
})

test('a shard without rows is the identity of merging', () => {
  const keys = stack([Float64Array.of(1, 2), Float64Array.of(3, 1)], 2)
  const queries = stack([Float64Array.of(1, -1)], 2)
  const plain = exactPass({ keys, queries, epsilon: 0.1 }).answer
  const cut = exactPass({ keys, queries, epsilon: 0.1, cuts: [0, 0, 2, 2] }).answer
  const slack = expect.any(Number) as number
  expect(cut.pairs).toEqual(plain.pairs.map((pair) => ({ ...pair, slack })))
})

test('the depth counts every addition, where blocks of a read end between blocks of dots', () => {
  const dim = 800
  // 800 float64 columns are read 640 rows at a time, in pieces of 512 and 128; the last read has 20.
  const keys = { rows: 1300, cols: dim, data: new Float64Array(1300 * dim).fill(1) }
  const factor = { exponents: new Int32Array(dim) }
  const queries = new Float64Array(dim).fill(1)
  const range = { rowStart: 0, rowEnd: 1300 }
  const part = exactShard(
    { source: sourceOf(keys), range, kernels: scalarKernels() },
    {
      factor,
      queries,
      epsilon: 0.5,
      p: 2,
      precision: 'compensated',
      insideRows: new Float64Array(0),
    },
  )
  expect(part.depth).toBe(512 + 5)
})
