// Streams and merges: p = 2 gives one U however the keys are cut and in whatever order the parts meet.
// Catches: a key that a part drops though all keys together keep it, a merge that is not associative or commutative up to
// rounding. Cannot catch: shards that drop keys by themselves (shards.test.ts); parts that are cut in another way by the
// coordinator (engines.test.ts).
import {
  type Factor,
  factorOfState,
  KeySummary,
  scalarKernels,
  universalSetOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyKeys, keyLikeKeys, nearlyDeficientKeys, stack, wellConditionedKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix } from '../support/oracle.ts'
import { sourceOf } from '../support/run-inline.ts'
import { tiered } from '../support/tier.ts'
import { certify, scoresOf, streamed } from './certify.ts'
import { mergeAtRandom, cutAtRandom, expectSameUpToSlack } from './cuts.ts'

const kernels = scalarKernels()

describe.each(['gram', 'triangular'] as const)('summaries in %s form', (form) => {
  test('any cut, any order, any tree: the batch’s U up to slack', () => {
    fc.assert(
      fc.property(
        fc.oneof(wellConditionedKeys(), anyKeys({ maxRows: 80, maxCols: 6 })),
        fc.nat(),
        (keys, seed) => {
          const random = new Random(seed)
          const batch = streamed(keys, { form })
          const parts = cutAtRandom(keys.rows, random).map(({ rowStart, rowEnd }) => {
            const rows = keys.data.subarray(rowStart * keys.cols, rowEnd * keys.cols)
            return new KeySummary({ dim: keys.cols, epsilon: 0.05, form, rowStart }).update(rows)
          })
          const merged = mergeAtRandom(parts, random, (a, b) =>
            random.uniform() < 0.5 ? a.merge(b) : reloaded(a).merge(reloaded(b)),
          )
          expect(merged.rowCount).toBe(keys.rows)
          expect(merged.state.ranges).toEqual(batch.state.ranges)
          const universal = merged.universalSet()
          fc.pre(universal.factor.ridge === 0 && batch.universalSet().factor.ridge === 0)
          expectSameUpToSlack(universal, batch.universalSet())
        },
      ),
      { numRuns: tiered(25, 60) },
    )
  })

  test('by a ridge U is larger, never smaller than the regular one of better arithmetic', () => {
    let ridges = 0
    fc.assert(
      fc.property(nearlyOrExactlySingular(), fc.nat(), (keys, seed) => {
        const random = new Random(seed)
        const parts = cutAtRandom(keys.rows, random).map(({ rowStart, rowEnd }) => {
          const rows = keys.data.subarray(rowStart * keys.cols, rowEnd * keys.cols)
          return new KeySummary({ dim: keys.cols, epsilon: 0.05, form, rowStart }).update(rows)
        })
        const { state } = mergeAtRandom(parts, random, (a, b) => a.merge(b))
        const factor = factorOfState(state)
        fc.pre(factor.ridge > 0)
        ridges++
        const universal = universalSetOf(kernels, factor, state.candidates, 0.05)
        // A key of the whole matrix that no hidden direction carries: its ridge score is near its leverage.
        const { factor: regular, source } = certify(keys)
        if (regular.ridge > 0) return
        const rowIds = new Set(universal.rowIds)
        scoresOf(regular, source).forEach((tau, j) => {
          const ridgeBound = ridgeBoundOf(factor, keys, j)
          if (tau >= 0.05 && ridgeBound >= 0.05) expect(rowIds).toContain(j)
        })
      }),
      { numRuns: tiered(25, 60) },
    )
    expect(ridges).toBeGreaterThan(0)
  })
})

function reloaded(summary: KeySummary): KeySummary {
  return KeySummary.fromBytes(summary.toBytes())
}

const nearlyOrExactlySingular = () =>
  fc.oneof(
    nearlyDeficientKeys({ maxRows: 60, maxCols: 6 }),
    keyLikeKeys({ maxRows: 60, maxCols: 6 }),
    anyKeys({ maxRows: 40, maxCols: 6 }),
  )

function ridgeBoundOf(factor: Factor, keys: DenseMatrix, rowId: number): number {
  const one = { rows: 1, cols: keys.cols, data: keys.data.slice(rowId * keys.cols, (rowId + 1) * keys.cols) }
  return ((1.1 / 0.7) * scoresOf(factor, sourceOf(one))[0]) / (1 + 1e-9)
}

describe('streams that drop keys on the way', () => {
  /**
   * Long rows of rank 2 in three columns, so that the ridge drops; row 300 alone sees (1, 1, -1), by `tiny`. With `later`
   * the rows after the first filters fill that direction by so much: the last factor may be regular.
   */
  function hiddenDirection(tiny: number, later: number): DenseMatrix {
    const random = new Random(5)
    const rows = [...Array(10_500)].map((_, j) => {
      const x = random.below(19) - 9
      const y = random.below(19) - 9
      const extra = j === 300 ? tiny : j > 9000 ? later * random.normal() : 0
      return Float64Array.of(x, y, x + y + extra)
    })
    return stack(rows, 3)
  }

  test.each(['gram', 'triangular'] as const)(
    '%s form: every heavy pair is found, or its query is listed',
    (form) => {
      const seen = { dropRidge: 0, regular: 0, certified: 0, uncertified: 0 }
      for (const tiny of tiered([2 ** -40, 2 ** -10], [2 ** -40, 2 ** -20, 2 ** -10, 1])) {
        for (const later of tiered([0, 2 ** -30, 2 ** -5], [0, 2 ** -30, 2 ** -12, 2 ** -5])) {
          const keys = hiddenDirection(tiny, later)
          const summary = streamed(keys, { form, pieces: 7, epsilon: 0.004 })
          expect(summary.state.candidates.count).toBeLessThan(keys.rows)
          const queries = stack(
            [
              Float64Array.of(1, 1, -1),
              Float64Array.of(1, 1, -1 + 1e-9),
              Float64Array.of(1, 1, -0.999),
              Float64Array.of(3, -1, 2),
            ],
            3,
          )
          const { offsets, keyIds, uncertified } = summary.heavyPairs(queries.data)
          for (const { query, key, score } of bruteForceHeavy(queries, keys, 0.004).pairs) {
            if (uncertified.includes(query) || score < 0.004 * (1 + 1e-9)) continue
            expect(
              Array.from(keyIds.subarray(offsets[query], offsets[query + 1])),
              `${tiny} ${later} ${query}`,
            ).toContain(key)
            seen.certified++
          }
          seen.uncertified += uncertified.length
          seen.dropRidge += summary.state.dropRidge > 0 ? 1 : 0
          seen.regular += summary.state.dropRidge > 0 && summary.universalSet().factor.ridge === 0 ? 1 : 0
        }
      }
      for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
    },
  )
})
