/**
 * Catches: a verification of softmax pairs that finds fault with answers of another language, or lets a fault pass: a pair too few,
 * one below epsilon or hidden, a wrong score, dot, lse or slack, a key that is not among the largest. Cannot catch: terms that are
 * taken from the wrong place; softmax-files.test.ts does.
 */
import { describe, expect, test } from 'vitest'
import { sees } from '@levattention/core/internal'
import { pairsCases } from '../../support/softmax/golden.ts'
import { oracleSoftmaxPairs } from '../../support/softmax-oracle.ts'
import { visibilityOf } from '../../core/softmax/pairs-inline.ts'
import { gaussian } from '../jobs/support.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { type Head, headOf, softmaxDifference } from './softmax-support.ts'
import { someOf } from '../../support/tier.ts'

const CASES = pairsCases()

describe.each(someOf(CASES, 12))('$name: $why', (golden) => {
  const { answers, options } = golden
  const heads = answers.map((_, h) => headOf(golden, answers, h))

  test('the golden answer is right', async () => {
    for (const head of heads) {
      expect(await softmaxDifference(head, head.file)).toBeUndefined()
      const f64 = { ...head, options: { ...head.options, precision: 'f64' as const } }
      const slack = new Float64Array(head.queries.rows).fill(1e-10)
      expect(await softmaxDifference(f64, { ...head.file, slack })).toBeUndefined()
    }
  })

  test('each pair that it lacks is missed, unless another is as large', async () => {
    for (const head of heads) {
      const { pairs } = head.file
      for (const at of [0, pairs.length >> 1, pairs.length - 1]) {
        const pair = pairs[at]
        if (pair === undefined || pair.score < (options.epsilon ?? 0) * (1 + 1e-6)) continue
        const found = await softmaxDifference(head, { ...head.file, pairs: pairs.toSpliced(at, 1) })
        expect(found).toMatchObject({ kind: 'missed', query: pair.query })
        if (options.top === undefined) expect(found?.key).toBe(pair.key)
      }
    }
  })

  test('a score, a dot or an lse that is off is wrong', async () => {
    for (const head of heads) {
      const { pairs, lse } = head.file
      const at = pairs.findIndex(({ score }) => score > 1e-200 && score < 0.99)
      if (at < 0) continue
      const { query, key, score, dot } = pairs[at]
      const wrong = { kind: 'wrong', query, key }
      const change = (fields: object) => ({
        ...head.file,
        pairs: pairs.with(at, { ...pairs[at], ...fields }),
      })
      expect(await softmaxDifference(head, change({ score: score * (1 + 5e-3) }))).toMatchObject(wrong)
      expect(await softmaxDifference(head, change({ dot: dot + 1e-3 + Math.abs(dot) * 1e-3 }))).toMatchObject(
        wrong,
      )
      expect(await softmaxDifference(head, change({ dot: NaN }))).toMatchObject(wrong)
      for (const off of [0.01, NaN, -Infinity]) {
        const other = lse?.with(query, off === 0.01 ? lse[query] + off : off)
        const found = await softmaxDifference(head, { ...head.file, lse: other ?? new Float64Array(0) })
        expect(found).toMatchObject({ kind: 'wrong', query })
        expect(found).not.toHaveProperty('key')
      }
    }
  })

  test('a hidden pair is extra, and an lse of a query that was not asked for is wrong', async () => {
    for (const head of heads) {
      const { rows: n } = head.keys
      const hidden = hiddenPair(head)
      if (hidden === undefined) continue
      const pairs = [...head.file.pairs, hidden].sort((a, b) => a.query - b.query || a.key - b.key)
      const { query, key } = hidden
      expect(await softmaxDifference(head, { ...head.file, pairs })).toMatchObject({
        kind: 'extra',
        query,
        key,
      })
      expect(key).toBeLessThan(n)
      if (options.queryRows === undefined) continue
      const lse = head.file.lse?.with(0, 1)
      const found = await softmaxDifference(head, { ...head.file, lse: lse ?? new Float64Array(0) })
      expect(found).toMatchObject({ kind: 'wrong', query: 0 })
    }
  })

  function hiddenPair({ keys, queries, file }: Head) {
    const visibility = visibilityOf(options)
    const taken = new Set(file.pairs.map(({ query, key }) => `${query},${key}`))
    for (let query = 0; query < queries.rows; query++)
      for (let key = 0; key < keys.rows; key++)
        if (!sees(visibility, query, key) && !taken.has(`${query},${key}`))
          return { query, key, score: 0.0001, dot: 0 }
    return undefined
  }
})

describe('what golden answers do not have', () => {
  const [keys, queries] = [gaussian(300, 6, 1), gaussian(20, 6, 2)]
  const sources = { keys: sourceOf(keys, 'f64'), queries: sourceOf(queries, 'f64') }
  const asked = (options: { epsilon?: number; top?: number; precision?: 'f32' | 'f64' }): Head => {
    const [{ pairs, lse }] = oracleSoftmaxPairs({ queries: [queries], keys: [keys] }, options)
    return { ...sources, options, file: { pairs, lse } }
  }

  test('a pair below epsilon is extra, whatever slack the file states', async () => {
    const head = asked({ epsilon: 0.02 })
    const { pairs } = asked({ epsilon: 0.018 }).file
    const at = pairs.findIndex(({ score }) => score < 0.0199)
    const { query, key } = pairs[at]
    const more = pairs.filter((pair, i) => i === at || pair.score >= 0.02)
    expect(await softmaxDifference(head, { ...head.file, pairs: more })).toMatchObject({
      kind: 'extra',
      query,
      key,
    })
    for (const slack of [0, 1e-9, 1e-3, 0.5, 1e300]) {
      const stated = { ...head.file, pairs: more, slack: new Float64Array(20).fill(slack) }
      const found = await softmaxDifference(head, stated)
      expect(found?.kind).toBe(slack > 1e-3 ? 'wrong' : 'extra')
    }
  })

  test('a score is held to the slack that is stated, and to what the precision allows', async () => {
    const head = asked({ epsilon: 0.02 })
    const f64 = asked({ epsilon: 0.02, precision: 'f64' })
    const pairs = head.file.pairs.map((pair) => ({ ...pair, score: pair.score * (1 + 5e-4) }))
    const file = { ...head.file, pairs }
    const stated = (slack: number) => ({ ...file, slack: new Float64Array(20).fill(slack) })
    expect(await softmaxDifference(head, file)).toBeUndefined()
    expect(await softmaxDifference(head, stated(6e-4))).toBeUndefined()
    expect(await softmaxDifference(head, stated(4e-4))).toMatchObject({ kind: 'wrong' })
    expect(await softmaxDifference(f64, file)).toMatchObject({ kind: 'wrong' })
  })

  test('a slack that no row can have is wrong', async () => {
    for (const [precision, limit] of [
      ['f32', 1e-3],
      ['f64', 1e-9],
    ] as const) {
      const head = asked({ epsilon: 0.02, precision })
      const stated = (slack: number) => ({ ...head.file, slack: new Float64Array(20).with(7, slack) })
      expect(await softmaxDifference(head, stated(limit))).toBeUndefined()
      const found = await softmaxDifference(head, stated(limit * 1.01))
      expect(found).toMatchObject({ kind: 'wrong', query: 7 })
      expect(found?.message).toContain('the file says that its scores lie within')
    }
  })

  test.each([{ top: 5 }, { top: 5, epsilon: 0.02 }])('a swapped key of the largest, %o', async (options) => {
    const head = asked(options)
    const { pairs } = head.file
    const next = asked({ top: 6 }).file.pairs
    const has = (pair: { query: number; key: number }) =>
      pairs.some(({ query, key }) => query === pair.query && key === pair.key)
    const sixth = next.find((pair) => !has(pair) && pair.score > 0.021)
    if (sixth === undefined) throw new Error('no sixth key of a share of 0.021')
    const own = pairs.filter(({ query }) => query === sixth.query)
    const fifth = own.reduce((a, b) => (b.score < a.score ? b : a))
    const swapped = pairs
      .map((pair) => (pair === fifth ? sixth : pair))
      .sort((a, b) => a.query - b.query || a.key - b.key)
    const kinds = await softmaxDifference(head, { ...head.file, pairs: swapped })
    const missed = { kind: 'missed', key: fifth.key }
    const extra = { kind: 'extra', key: sixth.key }
    expect(kinds).toMatchObject({ query: sixth.query, ...(fifth.key < sixth.key ? missed : extra) })
    const both = [...pairs, sixth].sort((a, b) => a.query - b.query || a.key - b.key)
    expect(await softmaxDifference(head, { ...head.file, pairs: both })).toMatchObject({
      kind: 'extra',
      query: sixth.query,
      key: sixth.key,
    })
  })

  test('of equal keys any may be among the largest, and no more than so many', async () => {
    const twins = { rows: 600, cols: 3, data: new Float64Array(1800).fill(1) }
    const asking = gaussian(1, 3, 4)
    const [{ pairs, lse }] = oracleSoftmaxPairs({ queries: [asking], keys: [twins] }, { top: 3 })
    const options = { top: 3 }
    const head = {
      keys: sourceOf(twins, 'f64'),
      queries: sourceOf(asking, 'f64'),
      options,
      file: { pairs, lse },
    }
    const others = pairs.map((pair, i) => ({ ...pair, key: 100 * i + 7 }))
    expect(await softmaxDifference(head, { pairs: others, lse })).toBeUndefined()
    const more = [...others, { ...others[0], key: 500 }]
    expect(await softmaxDifference(head, { pairs: more, lse })).toMatchObject({ kind: 'extra' })
    expect(await softmaxDifference(head, { pairs: others.slice(1), lse })).toMatchObject({ kind: 'missed' })
  })

  test('a pair of a key or query that does not exist is extra', async () => {
    const head = asked({ epsilon: 0.02 })
    for (const beyond of [
      { query: 19, key: 300, score: 0.03, dot: 1 },
      { query: 20, key: 0, score: 0.03, dot: 1 },
    ]) {
      const found = await softmaxDifference(head, { pairs: [...head.file.pairs, beyond] })
      expect(found).toMatchObject({ kind: 'extra', query: beyond.query, key: beyond.key })
    }
  })

  test('of a sample of queries nothing is said of the others', async () => {
    const head = asked({ epsilon: 0.02 })
    const pairs = head.file.pairs.filter(({ query }) => query !== 7)
    expect(await softmaxDifference(head, { pairs }, [1, 3, 19])).toBeUndefined()
    expect(await softmaxDifference(head, { pairs }, [3, 7])).toMatchObject({ kind: 'missed', query: 7 })
  })

  test('logits that float64 cannot tell apart: nothing could be judged', async () => {
    const long = { rows: 20, cols: 6, data: queries.data.map((x) => x * 1e14) }
    const head = { ...asked({ epsilon: 0.02 }), queries: sourceOf(long, 'f64') }
    await expect(softmaxDifference(head, { pairs: [] })).rejects.toThrow('nothing could be judged')
  })
})
