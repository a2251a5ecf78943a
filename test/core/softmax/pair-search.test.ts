// Catches: a heavy pair that is missed, one below epsilon, a score or lse outside what is promised, bytes that depend on the
// kernels: golden cases of another language, epsilon at a pair's own score, every cut of the keys. Cannot catch: what the
// coordinator makes of it.
import { type Kernels, NO_MASK } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { gaussian } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { oracleSoftmaxPairs } from '../../support/softmax-oracle.ts'
import { pairsCases } from '../../support/softmax/golden.ts'
import { keyHeadOf } from '../../support/softmax/head.ts'
import { tiered } from '../../support/tier.ts'
import { type InlinePairs, pairsInline, visibilityOf } from './pairs-inline.ts'

const [scalar, wasm] = allKernels()
const PRECISIONS = ['f32', 'f64'] as const
/** What is promised of every score (docs/theory.md section 7). */
const MOST_SLACK = { f32: 1e-3, f64: 1e-9 }

const idsOf = ({ queries, keyIds }: InlinePairs) => [...queries].map((query, i) => `${query},${keyIds[i]}`)

describe.each(pairsCases())('$name: $why', ({ heads, element, options, answers }) => {
  test.each(PRECISIONS)('%s: the pairs, scores and lse of the golden answer', (precision) => {
    heads.queries.forEach((head, h) => {
      const keys = sourceOf(heads.keys[keyHeadOf(h, heads)], element)
      const visibility = visibilityOf(options)
      const { scale, epsilon, top } = options
      const asked = { scale, epsilon, top, precision, visibility }
      const first = options.queryRows?.[0] ?? 0
      for (const shardRows of tiered([4096, 7], [4096, 7, 1])) {
        const found = pairsInline(keys, sourceOf(head, element), asked, wasm, shardRows)
        expect(found).toEqual(pairsInline(keys, sourceOf(head, element), asked, scalar, shardRows))
        const answer = answers[h]
        const near = new Map(answer.near.map((pair) => [`${pair.query},${pair.key}`, pair]))
        const ids = idsOf(found)
        const missed = answer.pairs.filter(({ query, key }) => !ids.includes(`${query},${key}`))
        // Ties that rounding decides are told by their equal scores.
        const least = (query: number) =>
          Math.min(...answer.pairs.filter((pair) => pair.query === query).map(({ score }) => score))
        for (const { query, score } of missed) {
          expect(top, 'a pair is missed').toBeDefined()
          expect(score).toBeLessThanOrEqual(least(query) * (1 + 1e-9))
        }
        ids.forEach((id, i) => {
          const pair = near.get(id)
          if (pair === undefined) expect.fail(`${id} is no pair: ${found.scores[i]}`)
          expect(Math.abs(found.scores[i] - pair.score)).toBeLessThanOrEqual(
            found.slacks[i] * pair.score + 1e-300,
          )
          expect(found.slacks[i]).toBeLessThanOrEqual(MOST_SLACK[precision])
          expect(found.scores[i]).toBeGreaterThanOrEqual((epsilon ?? 0) * (1 - found.slacks[i]))
          expect(Math.abs(found.dots[i] - pair.dot)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(pair.dot)))
        })
        answer.lse.forEach((lse, i) => {
          const own = found.lse[first + i]
          if (lse === -Infinity) expect(own).toBe(-Infinity)
          else expect(Math.abs(own - lse)).toBeLessThanOrEqual(MOST_SLACK[precision])
        })
      }
    })
  })
})

test.each([
  ['f64', 1e39, undefined],
  ['f64', 1e308, 1e30],
  ['f32', 1e20, 1e30],
] as const)(
  'keys of zeros: every pair has its share, however large the query: %s %s',
  (element, size, scale) => {
    const keys = sourceOf({ rows: 8, cols: 3, data: new Float64Array(24) }, element)
    const queries = sourceOf({ rows: 1, cols: 3, data: Float64Array.of(size, -size, 0) }, element)
    for (const kernels of allKernels())
      for (const precision of PRECISIONS) {
        const found = pairsInline(keys, queries, { epsilon: 0.1, precision, scale }, kernels, 3)
        expect([...found.keyIds]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
        expect(found.lse[0]).toBeCloseTo(Math.log(8), 6)
      }
  },
)

test('none is lost with epsilon a billionth below its score, at any cut, mask and spread', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(1e6),
        n: fc.integer({ min: 1, max: 700 }),
        d: fc.integer({ min: 1, max: 20 }),
        spread: fc.constantFrom(0.01, 1, 6, 40),
        shardRows: fc.constantFrom(4096, 100, 301),
        causal: fc.boolean(),
        pick: fc.nat(1000),
      }),
      ({ seed, n, d, spread, shardRows, causal, pick }) => {
        const m = Math.min(n, 6)
        const keys = gaussian(n, d, seed)
        const queries = gaussian(m, d, seed + 1)
        queries.data.forEach((x, i) => (queries.data[i] = Math.fround(x * spread)))
        keys.data.forEach((x, i) => (keys.data[i] = Math.fround(x)))
        const options = { causal, queryStart: n - m }
        const [all] = oracleSoftmaxPairs({ queries: [queries], keys: [keys] }, { ...options, epsilon: 1e-6 })
        if (all.pairs.length === 0) return
        const wanted = all.pairs[pick % all.pairs.length]
        const epsilon = wanted.score * (1 - 1e-9)
        const visibility = { ...NO_MASK, ...options }
        const found = pairsInline(
          sourceOf(keys, 'f32'),
          sourceOf(queries, 'f32'),
          { epsilon, visibility },
          wasm,
          shardRows,
        )
        const ids = new Set(idsOf(found))
        const missed = all.pairs.filter(
          ({ query, key, score }) => score >= epsilon && !ids.has(`${query},${key}`),
        )
        expect(missed).toEqual([])
        expect(found.scores.every((score, i) => score >= epsilon * (1 - found.slacks[i]))).toBe(true)
      },
    ),
  )
})

test.each([
  ['nowhere', []],
  ['in the last part alone', [290]],
  ['in the first part alone', [3]],
  ['in the middle', [150]],
])('parts of the keys that have no candidate count for the sum of the row: heavy %s', (_name, heavy) => {
  const keys = gaussian(300, 4, 8)
  const queries = gaussian(5, 4, 9)
  for (const key of heavy)
    keys.data.set(
      queries.data.subarray(0, 4).map((x) => 4 * x),
      4 * key,
    )
  const asked = { epsilon: 0.2 }
  const [answer] = oracleSoftmaxPairs({ queries: [queries], keys: [keys] }, asked)
  expect(answer.pairs.length > 0).toBe(heavy.length > 0)
  for (const shardRows of [4096, 100, 50]) {
    const found = pairsInline(sourceOf(keys, 'f64'), sourceOf(queries, 'f64'), asked, wasm, shardRows)
    expect(idsOf(found)).toEqual(answer.pairs.map(({ query, key }) => `${query},${key}`))
    answer.lse.forEach((lse, query) => expect(Math.abs(found.lse[query] - lse)).toBeLessThan(1e-4))
  }
})

describe('the largest so many of a row', () => {
  const check = (kernels: Kernels, scale: number, shardRows: number, top: number) => {
    const [keys, queries] = [gaussian(900, 5, 1), gaussian(7, 5, 2)]
    const found = pairsInline(
      sourceOf(keys, 'f64'),
      sourceOf(queries, 'f64'),
      { top, scale },
      kernels,
      shardRows,
    )
    const [answer] = oracleSoftmaxPairs({ queries: [queries], keys: [keys] }, { top, scale })
    expect(idsOf(found)).toEqual(answer.pairs.map(({ query, key }) => `${query},${key}`))
  }

  test.each([1, 8, 300, 900])('top %s are those of the oracle', (top) => {
    for (const scale of [0.001, 1, 300])
      for (const shardRows of [4096, 100]) check(wasm, scale, shardRows, top)
  })

  test('equal keys: the lowest ids', () => {
    const keys = { rows: 600, cols: 3, data: new Float64Array(1800).fill(1) }
    const queries = gaussian(3, 3, 4)
    const found = pairsInline(sourceOf(keys, 'f32'), sourceOf(queries, 'f32'), { top: 2 }, wasm, 250)
    expect(idsOf(found)).toEqual(['0,0', '0,1', '1,0', '1,1', '2,0', '2,1'])
  })
})
