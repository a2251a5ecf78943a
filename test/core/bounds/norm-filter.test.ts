// Catches: a row that the norm bound drops though its computed tau reaches the threshold, in both precisions, with norms
// taken early (in other scales) too. Cannot catch: a filter that lets too many pass.
import {
  certifiedThreshold,
  NormsWhileSumming,
  factorOf,
  gramOfRows,
  NormFilter,
  regularStep,
  Scorer,
  symmetricEigenvalues,
  type Kernels,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'
import { sourceOf } from '../../support/run-inline.ts'

const ROWS = 300
const DIM = 5

/** Gaussian rows whose columns have sizes of their own, some rows long; the later half of another size. */
function keysOf(seed: number, drift: number) {
  const random = new Random(seed)
  const sizes = Array.from({ length: DIM }, () => 2 ** (20 * random.uniform() - 10))
  const data = Float64Array.from({ length: ROWS * DIM }, (_, i) => {
    const row = Math.floor(i / DIM)
    const long = row % 50 === 0 ? 8 : 1
    return Math.fround(random.normal() * sizes[i % DIM] * long * (row > ROWS / 2 ? drift : 1))
  })
  return { rows: ROWS, cols: DIM, data }
}

function tauOf(kernels: Kernels, keys: ReturnType<typeof keysOf>, element: 'f32' | 'f64' = 'f32') {
  const gram = gramOfRows({ source: sourceOf(keys, element), range: { rowStart: 0, rowEnd: ROWS }, kernels })
  const step = regularStep(gram)
  if (!step) throw new Error('these keys are regular')
  const factor = factorOf(step, ROWS)
  const [tau, rows] = [kernels.f64(ROWS), kernels.f64(ROWS * DIM)]
  rows.set(keys.data)
  const scorer = new Scorer(kernels, factor, ROWS)
  scorer.scale(rows, ROWS)
  scorer.score(tau, rows, ROWS)
  return { factor, tau: tau.slice(), gram, step }
}

describe.each(allKernels())('$name kernels', (kernels) => {
  test.each(['f32', 'f64'] as const)('%s: no row whose tau reaches the threshold is dropped', (element) => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, drift) => {
        const mark = kernels.mark()
        const keys = keysOf(seed, drift)
        const { factor, tau } = tauOf(kernels, keys, element)
        for (const target of [0, 25, 50, 150, 299]) {
          const threshold = tau[target] * (1 - 1e-12)
          const filter = new NormFilter(kernels, factor, certifiedThreshold(threshold), element, ROWS)
          const rows = element === 'f32' ? kernels.f32(ROWS * DIM) : kernels.f64(ROWS * DIM)
          rows.set(keys.data)
          if (rows instanceof Float64Array) new Scorer(kernels, factor, ROWS).scale(rows, ROWS)
          const kept = new Set(filter.compact(rows, ROWS))
          tau.forEach((value, r) => {
            if (value >= threshold) expect(kept.has(r), `row ${r} of seed ${seed}`).toBe(true)
          })
        }
        kernels.release(mark)
      }),
      { numRuns: 25 },
    )
  })

  test('norms taken before the factor is known drop none either, and many of the others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.5, max: 2, noNaN: true }), (seed, drift) => {
        const mark = kernels.mark()
        const keys = keysOf(seed, drift)
        const { factor, tau } = tauOf(kernels, keys)
        const norms = new NormsWhileSumming(kernels, DIM, ROWS)
        const rows = kernels.f32(ROWS * DIM)
        rows.set(keys.data)
        const half = ROWS / 2
        const squares = Float64Array.from({ length: DIM }, (_, a) => {
          let sum = 0
          for (let r = 0; r < half; r++) sum += keys.data[r * DIM + a] ** 2
          return sum
        })
        norms.add(rows.subarray(0, half * DIM), half, () => squares)
        norms.add(rows.subarray(half * DIM), ROWS - half, () => squares)
        const threshold = 0.9 * Math.max(...tau)
        const kept = new Set(norms.survivors(factor, certifiedThreshold(threshold)) ?? tau.keys())
        tau.forEach((value, r) => {
          if (value >= threshold) expect(kept.has(r), `row ${r} of seed ${seed}`).toBe(true)
        })
        if (drift < 1.2 && drift > 0.8) expect(kept.size).toBeLessThan(ROWS / 2)
        kernels.release(mark)
      }),
      { numRuns: 25 },
    )
  })

  test('a column that the first rows leave empty makes early norms say nothing', () => {
    const mark = kernels.mark()
    const keys = keysOf(1, 1)
    const { factor } = tauOf(kernels, keys)
    const norms = new NormsWhileSumming(kernels, DIM, ROWS)
    const rows = kernels.f32(ROWS * DIM)
    rows.set(keys.data)
    norms.add(rows, ROWS, () => Float64Array.of(0, 1, 1, 1, 1))
    expect(norms.survivors(factor, certifiedThreshold(0.1))).toBeUndefined()
    kernels.release(mark)
  })

  test('a part’s regular factor rests on a lower bound of its smallest eigenvalue, not far below it', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const mark = kernels.mark()
        const { step, gram } = tauOf(kernels, keysOf(seed, 1))
        const [smallest] = symmetricEigenvalues(step.matrix, gram.dim)
        expect(step.smallestEigenvalue).toBeLessThanOrEqual(smallest * (1 + 1e-12))
        expect(step.smallestEigenvalue).toBeGreaterThan(0.05 * smallest)
        kernels.release(mark)
      }),
      { numRuns: 40 },
    )
  })
})
