// Same plan, same bytes: engines, worker counts and kernels never show; other plans agree up to slack.
// Catches: an answer that depends on where or in what order tasks ran, or on how rows and queries were cut. Cannot catch: an
// error that all of them share.
import { levToBytes, universalContent } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { eachEngine } from '../support/each-engine.ts'
import { adversarialQueries, sensitivityQueries, stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix, row } from '../support/oracle.ts'
import { type Found, roundedToF32, runInline, runOn, type RunOptions } from '../support/run-inline.ts'
import { digest } from './digest.ts'
import { someOf, tiered } from '../support/tier.ts'

/** Tall and ill-conditioned: a refining pass, several shards, keys of all sizes. */
function tall(rows: number, cols: number, gap: number): DenseMatrix {
  const random = new Random(17)
  const data = new Float64Array(rows * cols)
  for (let j = 0; j < rows; j++) {
    const length = j % 900 === 5 ? 12 : 1
    const shared = random.normal()
    for (let a = 0; a < cols; a++) data[j * cols + a] = length * (shared + gap * random.normal())
  }
  return { rows, cols, data }
}

const regular = tall(10_000, 4, 1)
const refined = tall(9000, 4, 1e-5)
/** Entry i to 20 bits, so that sums are exact. */
const short = (i: number) => Math.round(regular.data[i] * 2 ** 20) / 2 ** 20
/** Rank 3 of 4 columns, so that null queries go to the exact pass. */
const singular: DenseMatrix = {
  ...regular,
  data: regular.data.map((_, i) => (i % 4 === 3 ? short(i - 1) + short(i - 2) : short(i))),
}

const made = new Map<DenseMatrix, DenseMatrix>()

/** Sensitivity queries of some rows, adversarial ones and many ordinary ones: three batches. */
function queriesOf(keys: DenseMatrix): DenseMatrix {
  const queries = made.get(keys) ?? makeQueries(keys)
  made.set(keys, queries)
  return queries
}

function makeQueries(keys: DenseMatrix): DenseMatrix {
  const some = { ...keys, rows: 200, data: keys.data.slice(0, 200 * keys.cols) }
  const random = new Random(3)
  const hard = adversarialQueries(some, 6)
  const ordinary = [...Array(2100)].map(() => Float64Array.from({ length: keys.cols }, () => random.normal()))
  const nulls = [...Array(5)].map((_, i) => Float64Array.of(0, i + 1, i + 1, -i - 1))
  const rows = [
    ...sensitivityQueries(some, 5),
    ...nulls,
    ...Array.from({ length: hard.rows }, (_, q) => row(hard, q)),
    ...ordinary,
  ]
  return stack(rows, keys.cols)
}

const inputs = [
  { name: 'regular keys', keys: regular, options: { epsilon: 0.01 } },
  { name: 'keys that need a refining pass', keys: refined, options: { epsilon: 0.02 } },
  { name: 'singular keys and null queries', keys: singular, options: { epsilon: 0.02 } },
  {
    name: 'float32 keys in small shards',
    keys: roundedToF32(regular),
    options: { epsilon: 0.01, element: 'f32', shardRows: 4096, fanIn: 2 },
  },
  { name: 'p = 4, row sums by fourth moments', keys: regular, options: { epsilon: 0.01, p: 4 } },
  { name: 'the 12 largest bounds', keys: regular, options: { epsilon: 0.01, keep: 12 } },
] satisfies { name: string; keys: DenseMatrix; options: RunOptions }[]

function fingerprint({ universal, origin, pairs, undefinedRows, stats }: Found) {
  return {
    universal: digest(levToBytes(universalContent(universal, origin))),
    size: universal.rowIds.length,
    pairs: digest(
      Float64Array.from(
        pairs.flatMap(({ query, key, score, dot, slack }) => [query, key, score, dot, slack]),
      ),
    ),
    pairCount: pairs.length,
    undefinedRows,
    exact: stats.queriesExactPass,
  }
}

const expected = new Map<string, ReturnType<typeof fingerprint>>()

eachEngine('same plan, same bytes', (context) => {
  test.each(someOf(inputs, 6))('$name', async ({ name, keys, options }) => {
    const found = fingerprint(await runOn(context(), keys, queriesOf(keys), options))
    if (!expected.has(name)) expected.set(name, found)
    expect(found).toEqual(expected.get(name))
    expect(found.pairCount).toBeGreaterThan(100)
  })
})

describe('the reference answers', () => {
  test('are not trivial: ridge and exact passes occur', async () => {
    const { universal, stats } = await runInline(singular, queriesOf(singular), { epsilon: 0.02 })
    expect(universal.factor.ridge).toBeGreaterThan(0)
    expect(stats.queriesExactPass).toBeGreaterThan(5)
    expect(
      (await runInline(refined, stack([], 4), { epsilon: 0.02 })).universal.factor.preconditioner,
    ).toBeDefined()
  })

  test('are complete', async () => {
    for (const keys of [regular, refined, singular]) {
      const all = queriesOf(keys)
      const queries = { ...all, rows: 40, data: all.data.slice(0, 40 * 4) }
      const { pairs, undefinedRows } = await runInline(keys, queries, { epsilon: 0.02 })
      const want = bruteForceHeavy(queries, keys, 0.02)
      const mine = new Set(pairs.map(({ query, key }) => `${query}:${key}`))
      const missed = want.pairs.filter(
        ({ query, key, score }) => score > 0.02 * (1 + 1e-12) && !mine.has(`${query}:${key}`),
      )
      expect(missed).toEqual([])
      expect(undefinedRows).toEqual(want.undefinedRows)
    }
  })
})

describe('other plans: equal up to slack', () => {
  const plans: Partial<RunOptions>[] = [
    { shards: 1 },
    { shards: 3, fanIn: 2 },
    { shardRows: 4096 },
    { shardRows: 8192, fanIn: 3, queryBatches: 1 },
    { queryBatches: 77 },
  ]
  test.each(tiered(plans.slice(1, 3), plans))('%o', async (plan) => {
    for (const { keys, options } of inputs.slice(0, 3)) {
      const queries = queriesOf(keys)
      const reference = await runInline(keys, queries, options)
      const other = await runInline(keys, queries, { ...options, ...plan })
      const slack = Math.max(...[reference, other].map(({ universal }) => universal.factor.thresholdSlack))
      const scores = new Map(
        reference.pairs.map(({ query, key, score, slack: own }) => [`${query}:${key}`, { score, own }]),
      )
      for (const { query, key, score, slack: mine } of other.pairs) {
        const known = scores.get(`${query}:${key}`)
        if (known) expect(Math.abs(score / known.score - 1)).toBeLessThanOrEqual(known.own + mine)
        else expect(score).toBeLessThanOrEqual(options.epsilon * (1 + 2 * mine))
        scores.delete(`${query}:${key}`)
      }
      for (const { score, own } of scores.values())
        expect(score).toBeLessThanOrEqual(options.epsilon * (1 + 2 * own))
      expect(other.undefinedRows).toEqual(reference.undefinedRows)
      const sizes = [reference, other].map(({ universal }) => universal.rowIds.length)
      if (slack < 1e-6 && reference.universal.factor.ridge === 0) expect(sizes[1]).toBe(sizes[0])
    }
  })
})
