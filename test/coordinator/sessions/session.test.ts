// Answers of sessions on real threads, as built. Catches: an answer that misses a pair or depends on the number of actors or
// the cut into parts, a limit that is not told. Cannot catch: wrong calls, and many at once (session-calls.test.ts).
import { partRowsOf } from '#coordinator/sessions/query-call'
import { describe, expect, test } from 'vitest'
import { bruteForceHeavy } from '../../support/oracle.ts'
import { runInline } from '../../support/run-inline.ts'
import { DIM, EPSILON, keys, queries, universal } from './example.ts'
import { pairsIn, sessionOf, universalOf } from './support.ts'

describe('answers', () => {
  test('have every pair of brute force, largest score first', async () => {
    const session = await sessionOf(universal)
    const answer = await session.query(queries.data)
    const expected = bruteForceHeavy(queries, keys, EPSILON).pairs
    const found = pairsIn(answer)
    expect(found.map(({ query, key }) => [query, key])).toEqual(
      expected.map(({ query, key }) => [query, key]),
    )
    found.forEach(({ score }, i) => expect(score).toBeCloseTo(expected[i].score, 12))
    expect(expected.length).toBeGreaterThan(1000)
    expect(answer).toMatchObject({ complete: true, queryCount: 2500 })
    for (let q = 0; q < 2500; q++) {
      const own = answer.scores.slice(answer.offsets[q], answer.offsets[q + 1])
      expect([...own]).toEqual([...own].sort((a, b) => b - a))
    }
  })

  test('are the same for any number of actors, cut into batches, and kernels', async () => {
    expect(partRowsOf(universal)).toBeLessThan(2500)
    const one = await (await sessionOf(universal)).query(queries.data)
    expect(await (await sessionOf(universal, { actorCount: 3 })).query(queries.data)).toEqual(one)
    const scalar = await sessionOf(universal, { scalar: true })
    expect(await scalar.query(Float32Array.from(queries.data))).toEqual(one)
    const some = await scalar.query(queries.data.subarray(77 * DIM, 80 * DIM))
    expect(some.scores).toEqual(one.scores.slice(one.offsets[77], one.offsets[80]))
  })

  test('of p = 3 are those of the search: certified ends, undecided queries told', async () => {
    const cubic = await universalOf(keys, EPSILON, 3)
    const session = await sessionOf(cubic, { actorCount: 2 })
    const answer = await session.query(queries.data)
    const wanted = await runInline(keys, queries, {
      epsilon: EPSILON,
      p: 3,
      keysGone: true,
    })
    expect(pairsIn(answer).map(({ query, key, score }) => [query, key, score])).toEqual(
      wanted.pairs.map(({ query, key, score }) => [query, key, score]),
    )
    expect([...answer.uncertified]).toEqual(wanted.uncertified)
    expect(answer.complete).toBe(wanted.uncertified.length === 0)
    expect(answer.scores.length).toBeGreaterThan(100)
    answer.scores.forEach((score, i) => {
      expect(answer.scoreLow![i]).toBeLessThanOrEqual(score)
      expect(answer.scoreHigh![i]).toBeGreaterThanOrEqual(score)
    })
  })

  test('of a set by sketches list queries with a possible pair, which only the keys decide', async () => {
    const sketched = await universalOf(keys, EPSILON, 2, { method: 'sketch' })
    const session = await sessionOf(sketched, { actorCount: 2, epsilon: 0.25 })
    const answer = await session.query(queries.data)
    const expected = new Set(bruteForceHeavy(queries, keys, 0.25).pairs.map(({ query }) => query))
    expect(answer).toMatchObject({ complete: false, queryCount: 2500 })
    expect(answer.scores.length).toBe(0)
    const listed = new Set(answer.uncertified)
    expect([...expected].filter((query) => !listed.has(query))).toEqual([])
    expect(expected.size).toBeGreaterThan(0)
    expect(listed.size).toBeLessThan(2500)
  })

  test('at a higher epsilon are those of a search at it', async () => {
    const session = await sessionOf(universal, { epsilon: 0.2 })
    const found = pairsIn(await session.query(queries.data))
    const expected = bruteForceHeavy(queries, keys, 0.2).pairs
    expect(found.map(({ query, key }) => [query, key])).toEqual(
      expected.map(({ query, key }) => [query, key]),
    )
  })

  test('a limit keeps each query’s largest scores and says what it cut', async () => {
    const session = await sessionOf(universal, { actorCount: 2 })
    const all = await session.query(queries.data)
    const cut = await session.query(queries.data, { limit: 1 })
    for (let q = 0; q < 2500; q++) {
      const count = all.offsets[q + 1] - all.offsets[q]
      expect(cut.offsets[q + 1] - cut.offsets[q]).toBe(Math.min(1, count))
      if (count > 0) expect(cut.scores[cut.offsets[q]]).toBe(all.scores[all.offsets[q]])
      expect(cut.cut.includes(q)).toBe(count > 1)
    }
    expect(cut.complete).toBe(false)
  })

  test('speak of the queries as they were at the call, and leave them to the caller', async () => {
    const session = await sessionOf(universal)
    const wanted = await session.query(queries.data)
    const changing = queries.data.slice()
    const answer = session.query(changing)
    changing.fill(1)
    expect(await answer).toEqual(wanted)
    expect(changing).toHaveLength(queries.data.length)
  })

  test('name the queries that the certificate does not cover: they are not complete', async () => {
    const nearly = { rows: 50, cols: 2, data: new Float64Array(100).fill(1) }
    nearly.data[41] = 1 + 2 ** -52
    const session = await sessionOf(await universalOf(nearly, EPSILON))
    const answer = await session.query(Float64Array.of(1, 0, -1, 1, 1, 1))
    expect([...answer.uncertified]).toEqual([1])
    expect(answer.complete).toBe(false)
  })

  test('of an empty universal set have no pairs', async () => {
    const even = { rows: 200, cols: 1, data: new Float64Array(200).fill(1) }
    const session = await sessionOf(await universalOf(even, EPSILON))
    const answer = await session.query(Float64Array.of(1, 2))
    expect(answer).toMatchObject({ queryCount: 2, complete: true, rowIds: new Float64Array(0) })
  })

  test('no queries: no pairs; zero queries: undefined rows', async () => {
    const session = await sessionOf(universal)
    expect(await session.query(new Float32Array(0))).toMatchObject({ queryCount: 0, complete: true })
    const answer = await session.query(new Float32Array(2 * DIM))
    expect([...answer.undefinedRows]).toEqual([0, 1])
    expect(answer.complete).toBe(true)
  })
})
