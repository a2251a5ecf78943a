// Catches: a rule that keeps other keys than the definitions say where heads, masks, groups and positions are drawn at random,
// with ties, duplicates, zero keys and numbers up to 1e150; wrong sets that are taken. Cannot catch: what many rows show.
import { type NamedSet, fixedSet, isLevError, restClusters, RULES } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian, stack } from '../../support/matrices.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import type { OracleVisibility } from '../../support/softmax/head.ts'
import { restClusters as oracleClusters } from '../../support/softmax/attend.ts'
import { chosenByOracle, chosenHere, denseOf, visibilityOf } from '../../support/softmax/product.ts'
import { row } from '../../support/oracle.ts'
import { tiered } from '../../support/tier.ts'

/** Rows of a Gaussian matrix, in any order and number: duplicates, and zeros for -1; all times a power of ten. */
function keysArbitrary(cols: number): fc.Arbitrary<DenseMatrix> {
  return fc
    .record({
      seed: fc.nat(),
      picks: fc.array(fc.integer({ min: -1, max: 11 }), { minLength: 1, maxLength: 30 }),
    })
    .map(({ seed, picks }) => {
      const base = gaussian(12, cols, seed)
      return stack(
        picks.map((pick) => (pick < 0 ? new Float64Array(cols) : row(base, pick).map(Math.fround))),
        cols,
      )
    })
}

const flags = (length: number) =>
  fc.array(fc.constantFrom(1, 1, 1, 0), { minLength: length, maxLength: length })

const cases = fc.integer({ min: 1, max: 5 }).chain((cols) =>
  keysArbitrary(cols).chain((keys) => {
    const queryRows = 6
    const range = (count: number) =>
      fc.tuple(fc.nat(count), fc.nat(count)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
    const visibility: fc.Arbitrary<OracleVisibility> = fc
      .record(
        {
          causal: fc.boolean(),
          queryStart: fc.nat(keys.rows),
          segment: fc.integer({ min: 1, max: keys.rows + 3 }),
          slidingWindow: fc.integer({ min: 1, max: 8 }),
          keyMask: flags(keys.rows),
          queryMask: flags(queryRows),
          keyRows: range(keys.rows),
          queryRows: range(queryRows),
        },
        { requiredKeys: ['causal', 'queryStart'] },
      )
      .map(({ segment, slidingWindow, ...rest }) => ({
        ...rest,
        ...(rest.causal && slidingWindow !== undefined
          ? { slidingWindow }
          : segment !== undefined && { segment }),
      }))
    return fc.record({
      keys: fc.constant(keys),
      heads: fc.integer({ min: 1, max: 3 }),
      querySeed: fc.nat(),
      visibility: fc.oneof(fc.constant<OracleVisibility>({}), visibility),
      keep: fc.integer({ min: 1, max: keys.rows }),
      seed: fc.nat(),
      holdout: fc.boolean(),
    })
  }),
)

describe.each(RULES)('%s', (rule) => {
  test('keeps what the definitions say', () => {
    fc.assert(
      fc.property(cases, ({ keys, heads, querySeed, visibility, keep, seed, holdout }) => {
        const queries = Array.from({ length: heads }, (_, h) => {
          const { rows, cols, data } = gaussian(6, keys.cols, querySeed + h)
          return { rows, cols, data: data.map(Math.fround) }
        })
        const set: NamedSet = { rule, keep, seed }
        const group = { heads: { queries, keys: [keys] }, keyHead: 0, visibility, set, holdout }
        expect(chosenHere({ ...group, element: 'f32' })).toEqual(chosenByOracle({ ...group, element: 'f32' }))
        expect(chosenHere({ ...group, element: 'f64' })).toEqual(chosenByOracle({ ...group, element: 'f32' }))
      }),
      { numRuns: tiered(30, 600) },
    )
  })

  test.each([1e150, 2 ** 400, 2 ** -400])('keeps the same keys where they are times %s', (size) => {
    const keys = gaussian(30, 4, 2)
    const queries = [gaussian(9, 4, 3)]
    const scaled = (matrix: DenseMatrix, by: number) => ({ ...matrix, data: matrix.data.map((x) => x * by) })
    const choice = { keyHead: 0, element: 'f64', visibility: {}, set: { rule, keep: 8 } } as const
    const plain = chosenHere({ ...choice, heads: { queries, keys: [keys] } })
    const small = queries.map((one) => scaled(one, 1 / size))
    expect(chosenHere({ ...choice, heads: { queries: small, keys: [scaled(keys, size)] } })).toEqual(plain)
  })
})

test('clusters of the rest are those of the definitions', () => {
  fc.assert(
    fc.property(cases, fc.nat(6), fc.nat(3), ({ keys, visibility, keep, seed }, count, sinkTokens) => {
      const kept = chosenHere({
        heads: { queries: [], keys: [keys] },
        keyHead: 0,
        element: 'f64',
        visibility,
        set: { rule: 'norm-max', keep },
      })
      const options = { restClusters: count + 1, sinkTokens, seed }
      const wanted = oracleClusters(keys, new Set(kept), visibility, options).filter(
        ({ length }) => length > 0,
      )
      const ids = Float64Array.from(kept)
      const found = restClusters(denseOf(keys, 'f64'), visibilityOf(visibility), ids, count + 1, options)
      const members = Array.from({ length: found.clusterCount }, (_, c) =>
        Array.from(found.clusters.keys()).filter((id) => found.clusters[id] === c),
      ).filter(({ length }) => length > 0)
      expect(members).toEqual(wanted)
    }),
    { numRuns: tiered(50, 1000) },
  )
})

describe('a set that is none', () => {
  const keys = denseOf(gaussian(5, 2, 1), 'f64')
  const floats = Float64Array.of(1, 2, 3, NaN, 5)
  test.each<[unknown, string, string]>([
    [{}, 'Option', 'exactly one of'],
    [undefined, 'Option', 'none of them is given'],
    [{ ids: 5 }, 'Option', 'ids is a number'],
    [{ scores: [1, 2], keep: 1 }, 'ShapeMismatch', 'Float64Array.from'],
    [{ rule: 'leverage' }, 'Option', '`keep` is not given'],
    [{ rule: 'leverage', keep: 0 }, 'Option', 'at least 1'],
    [{ rule: 'leverage', keep: 6 }, 'Option', '`keep` is 6, and there are 5 keys'],
    [{ rule: 'leverage', keep: 2.5 }, 'Option', 'whole number'],
    [{ rule: 'leverage', keep: 1, epsilon: 0.1 }, 'Option', 'both'],
    [{ rule: 'norm-max', epsilon: 0.1 }, 'Option', 'threshold of leverage'],
    [{ rule: 'leverage', epsilon: 0 }, 'Option', '`epsilon` is 0'],
    [{ rule: 'levrage', keep: 1 }, 'Option', "did you mean 'leverage'"],
    [{ rule: 'random', keep: 1, seed: -1 }, 'Option', '`seed` is -1'],
    [{ rule: 'norm-max', keep: 1, full: true }, 'Option', 'full and rule'],
    [{ full: false }, 'Option', 'must be true'],
    [{ none: true, keep: 1 }, 'Option', 'leave it out'],
    [{ ids: [0, 5] }, 'Content', 'entry 1 is 5'],
    [{ ids: [0.5] }, 'Content', 'entry 0 is 0.5'],
    [{ scores: floats.subarray(1), keep: 1 }, 'Option', '4 scores for 5 keys'],
    [{ scores: floats, keep: 1 }, 'Content', 'key 3 is NaN'],
  ])('%j', (set, tag, text) => {
    const choose = () =>
      fixedSet({ keys, queries: keys }, { causal: false, queryStart: 0 }, undefined, set as NamedSet)
    expect(choose).toThrow(text)
    try {
      choose()
    } catch (error) {
      expect(isLevError(error) && error.tag).toBe(tag)
    }
  })
  test("a NaN score of a masked key is nobody's", () => {
    const keyMask = Uint8Array.of(1, 1, 1, 0, 1)
    const visibility = { causal: false, queryStart: 0, keyMask }
    const found = fixedSet({ keys, queries: [] }, visibility, undefined, { scores: floats, keep: 2 })
    expect([...found]).toEqual([2, 4])
  })
})
