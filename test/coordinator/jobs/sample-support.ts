import { rowSampleOf } from '#coordinator/jobs/row-sample'
import { sample, type RowsOptions } from '#coordinator/jobs/sample'
import { withJob } from '#coordinator/job/job'
import { type DenseMatrix } from '../../support/oracle.ts'
import { gaussian, sourceOf, withContext } from './support.ts'

/** Threads start in seconds on a busy machine. */
export const SLOW = { timeout: 120_000 }

export async function sampleIn(keys: DenseMatrix, options: RowsOptions) {
  return await withContext(async (context) => ({
    ...(await rowSampleOf(sourceOf(keys), options, context)),
    warnings: context.stats.warnings.map(({ code }) => code),
  }))
}

export async function sampleFile(options: Parameters<typeof sample>[0], workers = 0) {
  return await withJob({ workers }, (job) => sample(options, job))
}

/** p_j = min(1, c tau_j) with Σ p_j = rows, c by bisection: slow, and nothing of the product in it. */
export function probabilitiesOf(leverage: Float64Array, rows: number): Float64Array {
  const at = (c: number) => leverage.map((tau) => Math.min(1, c * tau))
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
  let [low, high] = [0, 1]
  while (sum(at(high)) < rows) high *= 2
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (sum(at(middle)) < rows) low = middle
    else high = middle
  }
  return at(high)
}

/** 300 Gaussian rows, five of them long, ten copies of one, twenty zero. */
export function mixed(): DenseMatrix {
  const keys = gaussian(300, 3, 8)
  for (let a = 0; a < 3; a++) {
    for (const j of [0, 60, 120, 180, 299]) keys.data[3 * j + a] *= 25
    for (let j = 200; j < 210; j++) keys.data[3 * j + a] = keys.data[600 + a]
    for (let j = 100; j < 120; j++) keys.data[3 * j + a] = 0
  }
  return keys
}

/** Bernstein: a sum of independent terms of total `variance`, each within `most` of its mean, is farther off than this
 * with a probability of 1e-9 at most. */
export function bernstein(variance: number, most: number): number {
  const log = Math.log(2e9)
  return Math.sqrt(2 * variance * log) + (most * log) / 3
}
