// Catches: numbers of some combination of rules, extras, masks, segments, windows, samples and tiles of keys that are not the
// oracle's; rows whose keys have no weight that float64 holds. Cannot catch: what the oracle has wrong as well (golden.test.ts).
import * as fc from 'fast-check'
import { scalarKernels } from '@levattention/core/internal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { contextOf } from '../../support/run-inline.ts'
import { oracleCoverage, type OracleCoverageOptions } from '../../support/softmax/coverage.ts'
import { coveredHere, expectCoverage } from '../../support/softmax/coverage-product.ts'
import { tiered } from '../../support/tier.ts'

const context = () => contextOf(new InlineEngine(scalarKernels), scalarKernels())

const RULES = [
  'leverage',
  'norm-max',
  'norm-min',
  'random',
  'query-moments',
  'sampled-queries',
  'accumulated',
  'best',
]
const selects = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(...RULES), fc.constantFrom('', '+local', '+sinks', '+rest', '+local+sinks')),
    {
      minLength: 1,
      maxLength: 3,
      selector: ([rule]) => rule,
    },
  )
  .map((all) =>
    all.map(([rule, extra]) => (rule === 'best' ? rule + extra.replace('+rest', '') : rule + extra)),
  )

const cases = fc.record({
  seed: fc.nat(1000),
  rows: fc.integer({ min: 3, max: 20 }),
  select: selects,
  keep: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
  local: fc.nat(3),
  sinkTokens: fc.nat(3),
  restClusters: fc.integer({ min: 1, max: 4 }),
  causal: fc.boolean(),
  holdout: fc.boolean(),
  mask: fc.boolean(),
  segment: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
  sample: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  scale: fc.constantFrom(0.5, 3, 400),
})

test('whatever is asked, every number is the oracle’s', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, rows, mask, segment, sample, causal, holdout, ...rest }) => {
      const heads = {
        queries: [gaussian(rows, 3, seed), gaussian(rows, 3, seed + 1)],
        keys: [gaussian(rows, 3, seed + 2)],
        values: [gaussian(rows, 2, seed + 3)],
      }
      const options: OracleCoverageOptions = {
        ...rest,
        seed: seed + 4,
        ...(causal && { causal }),
        ...(holdout && { holdout }),
        ...(mask && {
          keyMask: Uint8Array.from({ length: rows }, (_, j) => Math.min(1, (j * 5 + seed) % 4)),
        }),
        ...(segment !== undefined && { segment }),
        ...(sample !== undefined && { sample }),
      }
      const found = await coveredHere({ heads, element: 'f64', options }, context())
      expectCoverage(found, oracleCoverage(heads, options), 1e-7)
    }),
    { numRuns: tiered(25, 200) },
  )
})

test('more keys than a tile, more queries than a group, near and far local keys', async () => {
  const rows = 300
  const heads = {
    queries: [gaussian(90, 5, 1)],
    keys: [gaussian(rows, 5, 2)],
    values: [gaussian(rows, 3, 3)],
  }
  const options: OracleCoverageOptions = {
    select: ['leverage', 'random', 'best+local', 'accumulated+local'],
    keep: [2, 40],
    local: 30,
    causal: true,
    queryStart: 200,
    slidingWindow: 270,
  }
  const found = await coveredHere({ heads, element: 'f64', options }, context())
  expectCoverage(found, oracleCoverage(heads, options), 1e-10)
  expect(found[0].rows.length).toBe(90)
})
