// The fused plan: shards drop keys by their own factors, and U is the one of all keys at once.
// Catches: a key that a shard drops though all keys together keep it, rows left open and not selected from again. Cannot
// catch: shards that are cut in another way by the coordinator (engines.test.ts).
import {
  Candidates,
  certifiedThreshold,
  dropBelow,
  factorOf,
  finalThreshold,
  firstStep,
  mergeStates,
  REGULAR_BELOW_SLACK,
  scalarKernels,
  selectRows,
  summarizeShard,
  type SummaryState,
  universalSetOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyKeys, stack, wellConditionedKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { type DenseMatrix } from '../support/oracle.ts'
import { roundedToF32, sourceOf } from '../support/run-inline.ts'
import { certify, scoresOf } from './certify.ts'
import { mergeAtRandom, cutAtRandom, expectSameUpToSlack } from './cuts.ts'
import { tiered } from '../support/tier.ts'

const kernels = scalarKernels()

/** The fused pass by hand: shards with their own factors, drops on the way, a second look at what stayed open. */
function fusedUniversal(keys: DenseMatrix, epsilon: number, element: 'f32' | 'f64', random: Random) {
  const source = sourceOf(keys, element)
  const empty = () => new Candidates(keys.cols, element)
  const shards = cutAtRandom(keys.rows, random).filter(({ rowStart, rowEnd }) => rowEnd > rowStart)
  const states = shards.map((range): SummaryState => {
    const { gram, candidates } = summarizeShard({ source, range, kernels }, epsilon)
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
    selectRows({ source, range, kernels }, factor, finalThreshold(factor, epsilon)),
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
          const all = selectRows(
            { source, range: { rowStart: 0, rowEnd: keys.rows }, kernels },
            factor,
            certifiedThreshold(0),
          )
          const batch = universalSetOf(kernels, factor, all, epsilon)
          if (factor.ridge === 0) expectSameUpToSlack(universal, batch)
          // By the ridge the batch keeps from 0.7 epsilon on: what is missing was dropped by a regular factor below epsilon.
          else for (const rowId of universal.rowIds) expect(batch.rowIds).toContain(rowId)
          seen.open += merged.openRanges.length
          seen.closed += shards.length - merged.openRanges.length
          seen.dropped += dropped
        },
      ),
      { numRuns: tiered(30, 80) },
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
  expect(
    summarizeShard({ source, range: { rowStart: 0, rowEnd: 2 }, kernels }, 0.5).candidates,
  ).toBeUndefined()
  const twins = sourceOf(
    stack(
      [...Array(50)].map(() => Float64Array.of(1, 1, 2)),
      3,
    ),
  )
  expect(
    summarizeShard({ source: twins, range: { rowStart: 0, rowEnd: 50 }, kernels }, 0.5).candidates,
  ).toBeUndefined()
  const { candidates, gram } = summarizeShard({ source, range: { rowStart: 0, rowEnd: 41 }, kernels }, 0.3)
  const tau = scoresOf(factorOf(firstStep(gram), 41), source)
  expect(Array.from(candidates!.rowIds)).toEqual([...tau.keys()].filter((j) => tau[j] >= 0.3))
})

test('a shard of zeros is regular of rank 0 and holds nothing', () => {
  const source = sourceOf({ rows: 10, cols: 2, data: new Float64Array(20) })
  expect(summarizeShard({ source, range: { rowStart: 0, rowEnd: 10 }, kernels }, 0.5).candidates!.count).toBe(
    0,
  )
})
