// Streams, merges and the fused plan: p = 2 gives one U however the keys are cut and in whatever order the parts meet.
// Catches: a key that a part drops though all keys together keep it, a merge that is not associative or commutative up to
// rounding, rows left open and not selected from again. Cannot catch: parts that are cut in another way by the coordinator
// (test/laws/engines.test.ts).
import {
  boundThreshold,
  Candidates,
  dropBelow,
  type Factor,
  factorOf,
  factorOfState,
  firstStep,
  KeySummary,
  mergeStates,
  REGULAR_BELOW_SLACK,
  scalarKernels,
  selectRows,
  summarizeShard,
  type SummaryState,
  type UniversalSet,
  universalSetOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  anyKeys,
  keyLikeKeys,
  nearlyDeficientKeys,
  Random,
  stack,
  wellConditionedKeys,
} from '../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix } from '../support/oracle.ts'
import { roundedToF32, sourceOf } from '../support/run-inline.ts'
import { certify, scoresOf, streamed } from './certify.ts'

const kernels = scalarKernels()

/** Merges all parts in a random order and tree. */
function mergeAtRandom<S>(parts: readonly S[], random: Random, merge: (a: S, b: S) => S): S {
  const left = parts.slice()
  while (left.length > 1) {
    const [a] = left.splice(random.below(left.length), 1)
    const [b] = left.splice(random.below(left.length), 1)
    left.splice(random.below(left.length + 1), 0, merge(a, b))
  }
  return left[0]
}

/** 1 to 17 row ranges that cover [0, rows), cut at random; some may be empty. */
function cutAtRandom(rows: number, random: Random): { rowStart: number; rowEnd: number }[] {
  const edges = [
    0,
    ...[...Array(random.below(17))].map(() => random.below(rows + 1)).sort((a, b) => a - b),
    rows,
  ]
  return edges.slice(1).map((rowEnd, i) => ({ rowStart: edges[i], rowEnd }))
}

/** U and the batch's may differ by keys within slack of the threshold; bounds agree within both slacks. */
function expectSameUpToSlack(universal: UniversalSet, batch: UniversalSet): void {
  const slack = universal.factor.thresholdSlack + batch.factor.thresholdSlack
  const edge = batch.epsilon * (1 + 3 * slack)
  const bounds = new Map(Array.from(batch.rowIds, (rowId, slot) => [rowId, batch.bounds[slot]]))
  universal.rowIds.forEach((rowId, slot) => {
    const known = bounds.get(rowId)
    if (known === undefined) expect(universal.bounds[slot]).toBeLessThanOrEqual(edge)
    else expect(Math.abs(universal.bounds[slot] - known)).toBeLessThanOrEqual(2 * slack * known)
    bounds.delete(rowId)
  })
  for (const [rowId, bound] of bounds) expect(bound, `row ${rowId}`).toBeLessThanOrEqual(edge)
}

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
      { numRuns: 60 },
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
      { numRuns: 60 },
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

/** The fused pass by hand: shards with their own factors, drops on the way, a second look at what stayed open. */
function fusedUniversal(keys: DenseMatrix, epsilon: number, element: 'f32' | 'f64', random: Random) {
  const source = sourceOf(keys, element)
  const empty = () => new Candidates(keys.cols, element)
  const shards = cutAtRandom(keys.rows, random).filter(({ rowStart, rowEnd }) => rowEnd > rowStart)
  const states = shards.map((range): SummaryState => {
    const { gram, candidates } = summarizeShard(source, range, kernels, epsilon)
    return {
      dim: keys.cols,
      epsilon,
      p: 2,
      policy: 'whole',
      ranges: [range],
      gram,
      candidates: candidates ?? empty(),
      openRanges: candidates ? [] : [range],
      triangular: undefined,
      dropRidge: 0,
    }
  })
  const dropped = { early: 0 }
  const merged = mergeAtRandom(states, random, (a, b) => {
    const both = mergeStates(a, b)
    const step = firstStep(both.gram)
    if (!(step.slack < REGULAR_BELOW_SLACK) || random.uniform() < 0.3) return both
    const candidates = dropBelow(kernels, factorOf(step, both.gram.rowCount), both.candidates, epsilon)
    dropped.early += both.candidates.count - candidates.count
    return { ...both, candidates }
  })
  const { factor } = certify(keys, element)
  const again = merged.openRanges.map((range) =>
    selectRows(source, range, kernels, factor, boundThreshold(factor, epsilon)),
  )
  const candidates = again.reduce((all, more) => all.union(more), merged.candidates)
  return {
    universal: universalSetOf(kernels, factor, candidates, epsilon),
    merged,
    shards,
    dropped: dropped.early,
  }
}

describe.each(['f64', 'f32'] as const)('the fused plan, %s', (element) => {
  test('U is the one of all keys at once, up to slack, though shards drop by themselves and some stay open', () => {
    const seen = { open: 0, closed: 0, dropped: 0 }
    fc.assert(
      fc.property(
        fc.oneof(wellConditionedKeys({ maxRows: 300 }), anyKeys({ maxRows: 120, maxCols: 6 })),
        fc.constantFrom(0.2, 0.05, 0.01),
        fc.nat(),
        (drawn, epsilon, seed) => {
          const keys = element === 'f32' ? roundedToF32(drawn) : drawn
          const { universal, merged, shards, dropped } = fusedUniversal(
            keys,
            epsilon,
            element,
            new Random(seed),
          )
          const { factor, source } = certify(keys, element)
          const all = selectRows(source, { rowStart: 0, rowEnd: keys.rows }, kernels, factor, 0)
          const batch = universalSetOf(kernels, factor, all, epsilon)
          if (factor.ridge === 0) expectSameUpToSlack(universal, batch)
          // By the ridge the batch keeps from 0.7 epsilon on: what is missing was dropped by a regular factor below epsilon.
          else for (const rowId of universal.rowIds) expect(batch.rowIds).toContain(rowId)
          seen.open += merged.openRanges.length
          seen.closed += shards.length - merged.openRanges.length
          seen.dropped += dropped
        },
      ),
      { numRuns: 80 },
    )
    expect(seen.open).toBeGreaterThan(0)
    expect(seen.closed).toBeGreaterThan(0)
    expect(seen.dropped).toBeGreaterThan(0)
  })
})

test('a shard that has too few rows, or is singular, drops nothing; a regular one keeps what its own Gram does not exclude', () => {
  const keys = stack(
    [
      ...[...Array(40)].map((_, j) => Float64Array.of(1, Math.sin(j), Math.cos(3 * j))),
      Float64Array.of(9, 0, 0),
    ],
    3,
  )
  const source = sourceOf(keys)
  expect(summarizeShard(source, { rowStart: 0, rowEnd: 2 }, kernels, 0.5).candidates).toBeUndefined()
  const twins = sourceOf(
    stack(
      [...Array(50)].map(() => Float64Array.of(1, 1, 2)),
      3,
    ),
  )
  expect(summarizeShard(twins, { rowStart: 0, rowEnd: 50 }, kernels, 0.5).candidates).toBeUndefined()
  const { candidates, gram } = summarizeShard(source, { rowStart: 0, rowEnd: 41 }, kernels, 0.3)
  const tau = scoresOf(factorOf(firstStep(gram), 41), source)
  expect(Array.from(candidates!.rowIds)).toEqual([...tau.keys()].filter((j) => tau[j] >= 0.3))
})

test('a shard of zeros is regular of rank 0 and holds nothing', () => {
  const source = sourceOf({ rows: 10, cols: 2, data: new Float64Array(20) })
  expect(summarizeShard(source, { rowStart: 0, rowEnd: 10 }, kernels, 0.5).candidates!.count).toBe(0)
})

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
      for (const tiny of [2 ** -40, 2 ** -20, 2 ** -10, 1]) {
        for (const later of [0, 2 ** -30, 2 ** -12, 2 ** -5]) {
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
