// Catches: queries outside the certificate that are decided twice, in the wrong batch, not at all, or by more passes over the
// keys than they need; answers of a broadcast that is not the one asked for. Cannot catch: a wrong exact pass (its own tests).
import { decideExactly } from '#coordinator/queries/exact'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { planKeys } from '#coordinator/plan/plan'
import { toSharedMemory } from '#coordinator/tasks/shared-memory'
import { EXACT_QUERIES_A_PASS, type HeavyBatch, scalarKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { contextOf, heavyOn, sourceOf } from '../../support/run-inline.ts'

/** All rows (1, 1) times something, but one with 2^-52 more in its second column. */
const keys = stack(
  [...Array(60).keys()].map((j) =>
    Float64Array.of(1 + (j % 3), (1 + (j % 3)) * (j === 41 ? 1 + 2 ** -52 : 1)),
  ),
  2,
)

/** Null queries (they see row 41 alone), ordinary ones and zeros, in no order. */
function mixedQueries(count: number) {
  const random = new Random(8)
  const kinds = [...Array(count)].map(() => random.below(3))
  const rows = kinds.map((kind) => {
    const x = 1 + random.below(7)
    return kind === 0 ? Float64Array.of(x, -x) : kind === 1 ? Float64Array.of(x, 2) : new Float64Array(2)
  })
  return { kinds, queries: stack(rows, 2) }
}

async function setUp() {
  const engine = new InlineEngine(scalarKernels)
  const context = contextOf(engine, scalarKernels())
  const { universal } = await findUniversalSet(sourceOf(keys), { epsilon: 0.3 }, context)
  return { context, universal, engine }
}

test('more null queries than a round and a pass: each is decided once, in its batch', async () => {
  const { kinds, queries } = mixedQueries(13_000)
  const { context, universal } = await setUp()
  const nulls = kinds.filter((kind) => kind === 0).length
  expect(nulls).toBeGreaterThan(4096)
  const stages: string[] = []
  const watched = { ...context, onProgress: ({ stage }: { stage: string }) => void stages.push(stage) }
  const options = { epsilon: 0.3, keys: sourceOf(keys) }
  const { pairs, undefinedRows, uncertified } = await heavyOn(watched, universal, sourceOf(queries), options)
  expect(pairs.map(({ query, key, score }) => [query, key, score])).toEqual(
    kinds.flatMap((kind, query) => (kind === 0 ? [[query, 41, 1]] : [])),
  )
  expect(undefinedRows).toEqual([...kinds.keys()].filter((query) => kinds[query] === 2))
  expect(uncertified).toEqual([])
  expect(context.stats.queriesExactPass).toBe(nulls)
  expect(context.stats.queriesSettled).toBe(kinds.length - nulls)
  // Two rounds of full passes; each query goes through Dot2 and, as it nearly vanishes everywhere, once more exactly.
  const passes = stages.filter((stage) => stage === 'exact').length
  expect(passes).toBeLessThanOrEqual(2 * (Math.ceil(nulls / EXACT_QUERIES_A_PASS) + 2))
})

test('any number of batches gives the same pairs', async () => {
  const { queries } = mixedQueries(700)
  const { context, universal } = await setUp()
  const answers = []
  for (const queryBatches of [1, 3, 700]) {
    answers.push(
      await heavyOn(context, universal, sourceOf(queries), {
        epsilon: 0.3,
        keys: sourceOf(keys),
        queryBatches,
      }),
    )
  }
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
})

test('batches come in query order and are complete in themselves', async () => {
  const { queries } = mixedQueries(2500)
  const { context, universal } = await setUp()
  let next = 0
  for await (const batch of findHeavyPairs(
    universal,
    sourceOf(queries),
    { epsilon: 0.3, keys: sourceOf(keys) },
    context,
  )) {
    const { queryStart, queryCount, offsets, keyIds, scores, dots, mass, slack }: HeavyBatch = batch
    expect(queryStart).toBe(next)
    next += queryCount
    expect(offsets).toHaveLength(queryCount + 1)
    expect(mass).toHaveLength(queryCount)
    expect(slack).toHaveLength(queryCount)
    for (const column of [keyIds, scores, dots]) expect(column).toHaveLength(offsets[queryCount])
  }
  expect(next).toBe(2500)
})

test('with the keys gone, null queries are listed and nothing is read', async () => {
  const { kinds, queries } = mixedQueries(300)
  const { context, universal } = await setUp()
  const found = await heavyOn(context, universal, sourceOf(queries), { epsilon: 0.3 })
  expect(found.uncertified).toEqual([...kinds.keys()].filter((query) => kinds[query] === 0))
  expect(found.pairs).toEqual([])
})

test('two searches side by side on one engine keep their own universal sets', async () => {
  const { context, universal } = await setUp()
  const other = await findUniversalSet(
    sourceOf(stack([Float64Array.of(1, 0), Float64Array.of(0, 1)], 2)),
    { epsilon: 0.3 },
    context,
  )
  const queries = sourceOf(stack([Float64Array.of(1, 2), Float64Array.of(2, 1)], 2))
  const search = (of: typeof universal) => heavyOn(context, of, queries, { epsilon: 0.3 })
  const alone = [await search(universal), await search(other.universal)]
  const together = await Promise.all([search(universal), search(other.universal), search(universal)])
  expect(together).toEqual([alone[0], alone[1], alone[0]])
})

test('deciding no query is no pass', async () => {
  const { context, universal } = await setUp()
  const plan = planKeys(keys, 0.3)
  const work = { keys: sourceOf(keys), queries: sourceOf(stack([], 2)), universal, epsilon: 0.3, plan }
  const decision = await decideExactly(work, [], context)
  expect(decision.size).toBe(0)
})

test('shared copies hold the same numbers in shared memory, and what is shared stays', () => {
  const plain = {
    a: Float64Array.of(1, 2),
    b: { c: Int32Array.of(3), d: 'text', e: undefined },
    f: [Uint8Array.of(4)],
    g: null,
  }
  const shared = toSharedMemory(plain)
  expect(shared).toEqual(plain)
  for (const array of [shared.a, shared.b.c, shared.f[0]])
    expect(array.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(shared.a).not.toBe(plain.a)
  expect(toSharedMemory(shared).a).toBe(shared.a)
  const part = Float64Array.of(1, 2, 3).subarray(1, 2)
  expect(Array.from(toSharedMemory(part))).toEqual([2])
})
