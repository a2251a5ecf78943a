// One law test for every search: what search.ts promises, whichever implementation a set gets. Catches: a pair that a certified
// query lacks or that is told wrongly, outcomes that `settle` and `pairs` tell differently, an answer that depends on the cut
// of the queries, on the kernels or on what was asked before, a NaN that is answered. Cannot catch: a key that U should
// hold and what appears only at sizes far above these (test/laws).
import {
  cutRows,
  joinAnswers,
  type MatrixSource,
  type QueryBlock,
  scalarKernels,
  type ScoresMode,
  type Search,
  type SearchAnswer,
  searchOf,
  type UniversalSet,
} from '@levattention/core/internal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { drawEstimate } from '#coordinator/keys/estimate-draws'
import { sumFourthMoments } from '#coordinator/keys/fourth-moments'
import { findUniversalSet, type UniversalOptions } from '#coordinator/keys/universal'
import type { RunContext } from '#coordinator/tasks/run-context'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutAtRandom } from '../../laws/cuts.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { bruteForceMasked } from '../../support/masked.ts'
import { adversarialQueries, anyKeys, gaussian, stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix } from '../../support/oracle.ts'
import { contextOf, sourceOf } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

const EPSILON = 0.05

interface Kind {
  readonly name: string
  readonly set?: Partial<UniversalOptions>
  readonly scores?: ScoresMode
  readonly moments?: boolean
  /** Whether it ever certifies a query, and ever tells a pair. */
  readonly tells: 'pairs' | 'outcomes' | 'nothing'
}

const KINDS: readonly Kind[] = [
  { name: 'p = 2', tells: 'pairs' },
  { name: 'p = 3, intervals', set: { p: 3 }, scores: 'interval', tells: 'pairs' },
  { name: 'p = 1.5, intervals', set: { p: 1.5 }, scores: 'interval', tells: 'pairs' },
  { name: 'p = 3, estimates', set: { p: 3 }, scores: 'estimate', tells: 'pairs' },
  { name: 'p = 1.5, estimates', set: { p: 1.5 }, scores: 'estimate', tells: 'pairs' },
  { name: 'p = 4, exact scores', set: { p: 4 }, scores: 'exact', tells: 'outcomes' },
  { name: 'p = 4, exact scores by moments', set: { p: 4 }, scores: 'exact', moments: true, tells: 'pairs' },
  { name: 'sketch', set: { method: 'sketch', delta: 1e-9 }, tells: 'outcomes' },
  { name: 'causal', set: { causal: true, shards: 3 }, tells: 'pairs' },
  { name: 'causal, p = 3', set: { causal: true, shards: 3, p: 3 }, tells: 'nothing' },
]

/** A set, queries, and how they are asked for. */
interface Asked {
  readonly universal: UniversalSet
  readonly queries: DenseMatrix
  /** The blocks of the queries, cut at `edges` too; each stands in one shard. */
  readonly blocks: (edges: readonly number[]) => QueryBlock[]
}

async function asked({ set = {}, scores, moments }: Kind, keys: DenseMatrix): Promise<Asked> {
  const kernels = scalarKernels()
  const context = contextOf(new InlineEngine(scalarKernels), kernels)
  const source = sourceOf(keys)
  const { universal: found } = await findUniversalSet(source, { epsilon: EPSILON, ...set }, context)
  const drawn = scores === 'estimate' ? await drawnFor(found, source, context) : found
  const universal = moments
    ? { ...drawn, moments: await sumFourthMoments(found, source, {}, context) }
    : drawn
  const { prefixes } = universal
  const queries = prefixes ? keys : adversarialQueries(keys, 3)
  const shards = prefixes ? cutRows(keys.rows, prefixes.shardRows) : [{ rowStart: 0, rowEnd: queries.rows }]
  const blocks = (edges: readonly number[]) =>
    shards.flatMap((shard, s) => {
      const inside = edges.filter((edge) => edge > shard.rowStart && edge < shard.rowEnd)
      const starts = [...new Set([shard.rowStart, ...inside])].sort((a, b) => a - b)
      return starts.map((start, i) => {
        const count = (starts[i + 1] ?? shard.rowEnd) - start
        const rows = queries.data.subarray(start * keys.cols, (start + count) * keys.cols)
        const standing = prefixes && { position: start, keys: source, shard, prefix: prefixes.grams[s] }
        return { rows, count, standing }
      })
    })
  return { universal, queries, blocks }
}

/** With draws by which a pair is missed with a chance of 1e-9. */
async function drawnFor(universal: UniversalSet, keys: MatrixSource, context: RunContext) {
  const draws = await drawEstimate(universal, { keys, seed: 3 }, {}, context)
  return { ...universal, estimate: { draws, delta: 1e-9, queryCount: 1 } }
}

function searchFor(universal: UniversalSet, { scores = 'exact' }: Kind, kernels = scalarKernels()): Search {
  return searchOf(kernels, universal, { epsilon: EPSILON, scores })
}

/** The answer of all `blocks`, as plain lists of numbers. */
function answer(blocks: readonly QueryBlock[], ask: (block: QueryBlock) => SearchAnswer | number) {
  let offset = 0
  const parts = blocks.map((block) => {
    const found = ask(block)
    if (typeof found === 'number') throw new Error(`not finite at ${found}`)
    const part = { offset, answer: found }
    offset += block.count
    return part
  })
  return joinAnswers(parts, offset)
}

function wanted({ universal: { p, prefixes, estimate }, queries }: Asked, keys: DenseMatrix) {
  // An estimate may tell pairs that are not heavy.
  const least = EPSILON * (estimate ? 0.01 : 0.99)
  return prefixes
    ? bruteForceMasked(queries, keys, least, { causal: true }, p)
    : bruteForceHeavy(queries, keys, least, p)
}

describe.each(KINDS)('$name', (kind) => {
  test('pairs are those of brute force, each score within what is told of it', async () => {
    const seen = { certified: 0, pairs: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anyKeys({ maxRows: 90, maxCols: 5 }), fewLong(), allAlike()),
        async (keys) => {
          const all = await asked(kind, keys)
          const search = searchFor(all.universal, kind)
          const { pairs, undefinedRows, uncertified } = answer(all.blocks([]), (block) => search.pairs(block))
          const found = new Map(Array.from(pairs.queries, (query, i) => [`${query}:${pairs.keyIds[i]}`, i]))
          const want = wanted(all, keys)
          for (const { query, key, score } of want.pairs) {
            const at = found.get(`${query}:${key}`)
            found.delete(`${query}:${key}`)
            if (score >= EPSILON * (1 + 1e-9) && !uncertified.includes(query))
              expect(at, `${query}:${key} ${score}`).toBeDefined()
            if (at === undefined) continue
            expect(Math.abs(pairs.scores[at] / score - 1)).toBeLessThanOrEqual(
              pairs.slacks[at] * 1.01 + 1e-12,
            )
            if (!pairs.lows || !pairs.highs) continue
            expect(pairs.lows[at]).toBeLessThanOrEqual(score * (1 + 1e-12))
            expect(pairs.highs[at]).toBeGreaterThanOrEqual(score * (1 - 1e-12))
          }
          expect([...found.keys()], 'invented').toEqual([])
          expect(want.undefinedRows).toEqual(expect.arrayContaining([...undefinedRows]))
          expect([...undefinedRows, ...uncertified]).toEqual(expect.arrayContaining([...want.undefinedRows]))
          seen.certified += all.queries.rows - undefinedRows.length - uncertified.length
          seen.pairs += pairs.queries.length
        },
      ),
      // Of a few at random none may be certified.
      { numRuns: tiered(6, 40), examples: [[gaussian(60, 3, 1)]] },
    )
    expect(seen.certified > 0, 'certified').toBe(kind.tells !== 'nothing')
    expect(seen.pairs > 0, 'pairs').toBe(kind.tells === 'pairs')
  })

  test('any cut of the queries, any kernels and any order give the same bits; settle tells the outcomes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anyKeys({ maxRows: 120, maxCols: 4 }), fewLong(), allAlike()),
        fc.nat(),
        async (keys, seed) => {
          const { universal, queries, blocks } = await asked(kind, keys)
          const first = searchFor(universal, kind)
          const whole = answer(blocks([]), (block) => first.pairs(block))
          const { undefinedRows, uncertified } = whole
          const cut = blocks(cutAtRandom(queries.rows, new Random(seed)).map(({ rowStart }) => rowStart))
          for (const kernels of allKernels()) {
            const search = searchFor(universal, kind, kernels)
            // Backwards first: nothing of it is left.
            for (const block of cut.toReversed()) search.pairs(block)
            expect(answer(cut, (block) => search.pairs(block))).toEqual(whole)
            const settled = answer(cut, (block) => search.settle(block))
            expect(settled).toMatchObject({ undefinedRows, uncertified })
            expect(settled.pairs.queries).toHaveLength(0)
          }
        },
      ),
      { numRuns: tiered(6, 30) },
    )
  })

  test('a block with a NaN or infinity has no answer, and leaves none behind', async () => {
    const keys = gaussian(60, 3, 5)
    const { universal, blocks } = await asked(kind, keys)
    const search = searchFor(universal, kind)
    const before = answer(blocks([]), (block) => search.pairs(block))
    for (const block of blocks([])) {
      for (const [at, value] of [
        [3 * block.count - 1, NaN],
        [4, -Infinity],
      ]) {
        const rows = block.rows.slice()
        rows[at] = value
        expect(search.pairs({ ...block, rows })).toBe(at)
        expect(search.settle({ ...block, rows })).toBe(at)
      }
    }
    expect(answer(blocks([]), (block) => search.pairs(block))).toEqual(before)
  })
})

/** Corners of a cube: no key is heavy for a query along an edge. */
function allAlike(): fc.Arbitrary<DenseMatrix> {
  return fc.nat().map((seed) => {
    const { rows, cols, data } = gaussian(200, 3, seed)
    return { rows, cols, data: data.map(Math.sign) }
  })
}

/** Rows of which few are long: with heavy pairs for every p, and factors that certify. */
function fewLong(): fc.Arbitrary<DenseMatrix> {
  return fc.record({ rows: fc.integer({ min: 30, max: 120 }), seed: fc.nat() }).map(({ rows, seed }) => {
    const { data, cols } = gaussian(rows, 3, seed)
    const long = Array.from({ length: rows }, (_, j) =>
      data.subarray(j * cols, (j + 1) * cols).map((x) => (j % 17 === 3 ? 8 * x : x)),
    )
    return stack(long, cols)
  })
}
