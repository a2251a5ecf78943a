// Catches: a universal set that comes back from its file with another bit, answer or certificate than it had; drops that the
// file forgets. Cannot catch: damage of the file (test/core/storage/lev-container is for that).
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import {
  coverRidgeOf,
  GramSearch,
  KeySummary,
  levFromBytes,
  levToBytes,
  pairsOf,
  scalarKernels,
  type SearchAnswer,
  summaryContent,
  summaryOf,
  universalContent,
  universalFrom,
  type MergeRecord,
  type UniversalSet,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { streamed } from '../../laws/certify.ts'
import { digest } from '../../laws/digest.ts'
import { adversarialQueries, anyKeys, rankDeficientKeys, stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { contextOf, roundedToF32, sourceOf } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

interface Built {
  readonly universal: UniversalSet
  readonly origin: MergeRecord
}

async function built(keys: DenseMatrix, element: 'f32' | 'f64', rowOffset: number): Promise<Built> {
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  return await findUniversalSet(sourceOf(keys, element), { epsilon: 0.05, rowOffset }, context)
}

/** U of a stream in triangular form. */
function builtByStream(keys: DenseMatrix): Built {
  const summary = streamed(keys, { form: 'triangular' })
  const { gram, ranges, triangular } = summary.state
  return {
    universal: summary.universalSet(),
    origin: { gram, ranges, triangular, shardRows: 0, shardSquaredNorms: new Float64Array(0) },
  }
}

function answers(universal: UniversalSet, queries: DenseMatrix) {
  const search = new GramSearch(scalarKernels(), universal, universal)
  const block = { rows: queries.data, count: queries.rows }
  const { pairs, ...rest } = search.pairs(block) as SearchAnswer
  return { pairs: pairsOf(pairs), ...rest }
}

function expectComesBack({ universal, origin }: Built, queries: DenseMatrix): void {
  const bytes = levToBytes(universalContent(universal, origin))
  const back = universalFrom(levFromBytes(bytes))
  expect(digest(levToBytes(universalContent(back.universal, back.origin)))).toBe(digest(bytes))
  expect(back.universal.rowIds).toEqual(universal.rowIds)
  expect(back.universal.bounds).toEqual(universal.bounds)
  expect(back.universal.keys).toEqual(universal.keys)
  expect(back.universal.rowCount).toBe(universal.rowCount)
  expect(answers(back.universal, queries)).toEqual(answers(universal, queries))
  expect(coverRidgeOf(back.universal.factor)).toBe(coverRidgeOf(universal.factor))
}

/** Two columns that agree to 2^-12 .. 2^-18: regular after a refining pass. */
const nearlyEqualColumns = fc.tuple(fc.integer({ min: 12, max: 18 }), fc.nat()).map(([bits, seed]) => {
  const random = new Random(seed)
  const rows = [...Array(40)].map(() => {
    const x = random.normal()
    return Float64Array.of(x, x + random.normal() * 2 ** -bits, random.normal())
  })
  return stack(rows, 3)
})

test('U, its factor and every answer come back bit for bit: regular, refined, ridge, R', async () => {
  const seen = { plain: 0, refined: 0, ridge: 0, byR: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        nearlyEqualColumns,
        rankDeficientKeys({ maxRows: 50, maxCols: 6 }),
        anyKeys({ maxRows: 50, maxCols: 6 }),
      ),
      fc.constantFrom('f32' as const, 'f64' as const),
      fc.constantFrom(0, 10 ** 12),
      async (drawn, element, rowOffset) => {
        const keys = element === 'f32' ? roundedToF32(drawn) : drawn
        const queries = adversarialQueries(keys, 3)
        const whole = await built(keys, element, rowOffset)
        expectComesBack(whole, queries)
        const stream = builtByStream(keys)
        expectComesBack(stream, queries)
        const { factor } = whole.universal
        seen[factor.ridge > 0 ? 'ridge' : factor.preconditioner ? 'refined' : 'plain']++
        if (stream.universal.factor.root) seen.byR++
      },
    ),
    { numRuns: tiered(20, 50) },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
})

test('as a summary it holds its keys in row order, what dropped the others, and can be merged', async () => {
  const rows = [...Array(60).keys()].map((j) =>
    Float64Array.of(1 + (j % 5), 1 + (j % 5), j === 7 ? 9 : Math.sin(j)),
  )
  const keys = stack(rows, 3)
  const { universal, origin } = await built(keys, 'f64', 100)
  expect(universal.factor.ridge).toBeGreaterThan(0)
  const state = summaryOf(universal, origin)
  expect(state.dropRidge).toBe(coverRidgeOf(universal.factor))
  expect(state.dropRidge).toBeGreaterThan(0)
  expect(Array.from(state.candidates.rowIds)).toEqual(Array.from(universal.rowIds.toSorted()))
  expect(state.ranges).toEqual([{ rowStart: 100, rowEnd: 160 }])
  const merged = KeySummary.of(state).merge(new KeySummary({ dim: 3, epsilon: 0.05 }).update(keys.data))
  expect(merged.rowCount).toBe(120)
  expect(merged.state.dropRidge).toBe(state.dropRidge)
})

test('a causal set comes back with the sums before each shard, and is refused where these do not fit', async () => {
  const random = new Random(3)
  const keys = stack(
    Array.from({ length: 9000 }, () => Float64Array.of(random.normal(), 0, random.normal() * 1e200)),
    3,
  )
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  const options = { epsilon: 0.05, causal: true, shardRows: 4096 }
  const { universal, origin } = await findUniversalSet(sourceOf(keys, 'f64'), options, context)
  const content = universalContent(universal, origin)
  const back = universalFrom(levFromBytes(levToBytes(content)))
  expect(back.universal.prefixes).toEqual(universal.prefixes)
  expect(back.universal.prefixes?.grams.map(({ rowCount }) => rowCount)).toEqual([0, 4096, 8192])
  expect(back.universal.rowIds).toEqual(universal.rowIds)
  expect(digest(levToBytes(universalContent(back.universal, back.origin)))).toBe(digest(levToBytes(content)))
  const cut = { ...content, header: { ...content.header, shardRows: 8192 } }
  expect(() => universalFrom(levFromBytes(levToBytes(cut)))).toThrow(
    expect.objectContaining({
      tag: 'Content',
      message: expect.stringMatching(/'prefixGrams'/) as string,
    }),
  )
})

test('a summary without U is refused with what to do', () => {
  const file = levFromBytes(levToBytes(summaryContent(streamed(stack([Float64Array.of(1)], 1)).state)))
  expect(() => universalFrom(file)).toThrow(
    expect.objectContaining({
      tag: 'Content',
      message: expect.stringMatching(/is a summary.*merge/) as string,
    }),
  )
})

test.each([
  ['epsilon', NaN],
  ['epsilon', 0],
  ['epsilon', 1.5],
  ['p', NaN],
  ['p', -1],
  ['p', Infinity],
  ['condition', NaN],
])('a file that says %s = %f is refused, though its checksum holds', async (name, value) => {
  const keys = { rows: 3, cols: 2, data: Float64Array.of(1, 0, 0, 1, 1, 1) }
  const { universal, origin } = await built(keys, 'f64', 0)
  const content = universalContent(universal, origin)
  const bytes = levToBytes({ ...content, header: { ...content.header, [name]: value } })
  expect(() => universalFrom(levFromBytes(bytes, 'odd.lev'))).toThrow(`odd.lev: its '${name}' should be`)
})
