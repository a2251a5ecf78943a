// What a session's threads keep, called in this one. Catches: an actor that answers otherwise than core does, whose refused call
// changes it, or that throws instead of answering with the error. Cannot catch: threads and
// the progress that is told between them (test/coordinator/sessions).
import { KeySummary } from '@levattention/core'
import {
  rankedPairs,
  scalarKernels,
  searchBatch,
  searchOf,
  type UniversalSet,
} from '@levattention/core/internal'
import { resultOf } from '@levattention/worker/internal/wire-error'
import { SearchActor, SummaryActor } from '@levattention/worker/internal/actors'
import { beforeAll, describe, expect, test } from 'vitest'
import { gaussian } from '../support/matrices.ts'
import { runInline } from '../support/run-inline.ts'

const EPSILON = 0.02
const TERMS = { dim: 3, epsilon: EPSILON }
const keys = gaussian(200, 3, 1)
const queries = gaussian(40, 3, 2)
const bad = queries.data.with(3 * 7 + 1, NaN)

describe('SearchActor', () => {
  let universal: UniversalSet
  beforeAll(async () => {
    universal = (await runInline(keys, queries, { epsilon: EPSILON })).universal
  })
  const actorOf = () => new SearchActor({ universal, epsilon: EPSILON }, scalarKernels())
  const asked = (data: Float64Array, limit = Infinity) => ({ queries: data, queryStart: 0, limit })

  test('answers with the pairs of core, at most so many a query', () => {
    const actor = actorOf()
    expect(actor.ping()).toEqual({ ok: true, result: 'scalar' })
    const search = searchOf(scalarKernels(), universal, { epsilon: EPSILON, scores: 'interval' })
    for (const limit of [Infinity, 1]) {
      const wanted = rankedPairs(searchBatch(search, universal, queries.data, 0), limit)
      expect(resultOf(actor.query(asked(queries.data, limit)))).toEqual(wanted)
      expect(wanted.scores.length).toBeGreaterThan(limit === 1 ? 0 : 5)
    }
  })

  test('answers a wrong query with its place in the whole batch, and goes on', () => {
    const actor = actorOf()
    const before = actor.query(asked(queries.data))
    const place = expect.objectContaining({ row: 1007, column: 1 }) as object
    expect(actor.query({ ...asked(bad), queryStart: 1000 })).toMatchObject({
      ok: false,
      error: { tag: 'Content', place },
    })
    expect(actor.query(asked(queries.data))).toEqual(before)
  })
})

describe('SummaryActor', () => {
  const half = 3 * 100

  test('fills as a KeySummary does, and goes on from its bytes', async () => {
    const first = new SummaryActor({ terms: TERMS }, scalarKernels())
    expect(await first.update(keys.data.subarray(0, half))).toEqual({ ok: true, result: 100 })
    const second = new SummaryActor({ bytes: resultOf(first.toBytes()) }, scalarKernels())
    expect(await second.update(keys.data.subarray(half))).toEqual({ ok: true, result: 200 })
    const begun = new KeySummary(TERMS).update(keys.data.slice(0, half)).toBytes()
    const wanted = KeySummary.fromBytes(begun).update(keys.data.slice(half))
    expect(resultOf(second.toBytes())).toEqual(wanted.toBytes())
    expect(resultOf(second.universalSet()).rowIds).toEqual(wanted.universalSet().rowIds)
    const { pairs, rowCount } = resultOf(second.query({ queries: queries.data, limit: Infinity }))
    expect(rowCount).toBe(200)
    expect(pairs.scores.length).toBe(wanted.heavyPairs(queries.data).scores.length)
  })

  test('absorbs nothing of rows that are refused, nor does a wrong query change it', async () => {
    const actor = new SummaryActor({ terms: TERMS }, scalarKernels())
    await actor.update(keys.data)
    const before = resultOf(actor.toBytes())
    expect(await actor.update(bad)).toMatchObject({ ok: false, error: { tag: 'Content' } })
    expect(await actor.update(new Float64Array(4))).toMatchObject({
      ok: false,
      error: { tag: 'ShapeMismatch' },
    })
    expect(actor.query({ queries: bad, limit: 1 })).toMatchObject({ ok: false, error: { tag: 'Content' } })
    expect(resultOf(actor.toBytes())).toEqual(before)
  })
})
