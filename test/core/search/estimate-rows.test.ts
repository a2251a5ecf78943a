// Catches: lower ends of row sums that lie above them more often than delta says, missed pairs, and a trial that would not see it: with the
// bound weakened tenfold it has to. Cannot catch: failures that only a delta far below .1 leaves room for (scripts/measure-estimate.mjs
// runs the same on larger sets).
import { compileKernels, wasmKernels } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { estimateTrial, mostFailures } from '../../support/estimate-trial.mjs'
import { gaussian, stack } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

const [ROWS, DIM, QUERIES, DELTA] = [600, 4, 8, 0.1]
const module = await compileKernels()
const SEEDS = tiered(20, 60)

/** Rows of three sizes, of which the few long ones are in U. */
function keysOf(seed: number) {
  const { data } = gaussian(ROWS, DIM, seed)
  const scales = [1, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 5]
  const rows = Array.from({ length: ROWS }, (_, j) =>
    data.subarray(j * DIM, (j + 1) * DIM).map((x) => (j % 97 === 3 ? 12 : scales[j % 12]) * x),
  )
  return sourceOf(stack(rows, DIM))
}

describe.each([1, 1.5, 3])('p = %s', (p) => {
  test('lower ends hold, and no pair is missed', async () => {
    const queries = sourceOf(gaussian(QUERIES, DIM, 7))
    const terms = { p, epsilon: 0.05, delta: DELTA, seeds: SEEDS, makeKernels: () => wasmKernels(module) }
    const { nominal, weakened, tried } = await estimateTrial(keysOf(5), queries, terms)
    expect(tried).toBe(QUERIES)
    expect(nominal.missed).toBe(0)
    expect(nominal.worst).toBeLessThanOrEqual(mostFailures(SEEDS, DELTA, QUERIES))
    expect(weakened.mean).toBeGreaterThan(SEEDS / 20)
  })
})
