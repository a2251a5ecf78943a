import { LevError } from '../errors/errors.ts'
import { RandomStream } from '../random/random.ts'
import { Candidates } from './candidates.ts'

/** Rows of a priority sample, unless the summary says otherwise: 1/sqrt(1024) = 3 % where all weigh alike. */
const SAMPLE_ROWS = 1024

/**
 * A priority sample (Duffield, Lund, Thorup, JACM 54(6), 2007) of the rows that are no candidates: row j has the priority
 * w_j / u_j, u_j uniform by (seed, row id), and the `rowCount` + 1 largest are kept. With the smallest of them as threshold,
 * Σ g_j max(1, threshold / w_j) over the others is an unbiased estimate of Σ g_j over all, for any g >= 0.
 *
 * Merge law: the largest of both. A function of the rows and weights alone, whatever the order.
 */
export interface PrioritySample {
  readonly rowCount: number
  readonly seed: number
  /** Row ids ascending; `bounds` holds priorities, `entryScores` the weights w_j. At most rowCount + 1. */
  readonly rows: Candidates
  /** W = Σ w over all rows that were offered. */
  readonly weightSum: number
  /** β: no bound of an offered row was above β times its weight. */
  readonly boundRatio: number
}

export function noSample(dim: number, seed: number, rowCount = SAMPLE_ROWS): PrioritySample {
  return { rowCount, seed, rows: new Candidates(dim, 'f32'), weightSum: 0, boundRatio: 0 }
}

/** The sample after `offered` as well: rows with their bounds, `weights` [offered.count] all above 0. */
export function offerRows(
  sample: PrioritySample,
  offered: Candidates,
  weights: Float64Array,
): PrioritySample {
  if (offered.count === 0) return sample
  const stream = new RandomStream(sample.seed, 'priorities')
  const priorities = Float64Array.from(
    offered.rowIds,
    (rowId, slot) => weights[slot] / stream.fineUniform(rowId),
  )
  const { dim, rowIds, keys, bounds } = offered
  let { weightSum, boundRatio } = sample
  weights.forEach((weight, slot) => {
    weightSum += weight
    boundRatio = Math.max(boundRatio, bounds[slot] / weight)
  })
  const drawn = Candidates.of(dim, rowIds, priorities, keys, weights)
  return { ...sample, rows: largest(sample.rows.union(drawn), sample.rowCount + 1), weightSum, boundRatio }
}

/** The sample of both parts' rows. Throws IncompatibleSummary where they were drawn in different ways. */
export function mergeSamples(a: PrioritySample, b: PrioritySample): PrioritySample {
  for (const term of ['rowCount', 'seed'] as const) {
    if (a[term] === b[term]) continue
    const name = term === 'seed' ? 'a seed' : 'a size'
    const message = `one summary's sample has ${name} of ${a[term]}, the other's of ${b[term]}; they cannot be merged`
    throw new LevError('IncompatibleSummary', message)
  }
  return {
    ...a,
    rows: largest(a.rows.union(b.rows), a.rowCount + 1),
    weightSum: a.weightSum + b.weightSum,
    boundRatio: Math.max(a.boundRatio, b.boundRatio),
  }
}

/** The rows that a sample stands on, and what each stands for: Σ g_j factor_j estimates Σ g_j. Plain data. */
export interface SampleExpansion {
  readonly rowIds: Float64Array // [count]
  readonly keys: Float32Array | Float64Array // [count, dim], as they were read
  readonly factors: Float64Array // [count]
}

export function expansionOf({ rows, rowCount }: PrioritySample): SampleExpansion {
  if (rows.count <= rowCount) return expanded(rows, 0)
  const threshold = rows.bounds.reduce((least, priority) => Math.min(least, priority), Infinity)
  const last = rows.bounds.lastIndexOf(threshold)
  const slots = Uint32Array.from(rows.rowIds.keys()).filter((slot) => slot !== last)
  return expanded(rows.at(slots), threshold)
}

function expanded({ rowIds, keys, entryScores: weights }: Candidates, threshold: number): SampleExpansion {
  return { rowIds, keys, factors: weights.map((weight) => Math.max(1, threshold / weight)) }
}

/** The `count` rows of largest priority; of equal ones those of smaller row id. */
function largest(rows: Candidates, count: number): Candidates {
  if (rows.count <= count) return rows
  const priorities = rows.bounds
  const order = Uint32Array.from({ length: rows.count }, (_, slot) => slot)
  order.sort((a, b) => priorities[b] - priorities[a] || a - b)
  return rows.at(order.subarray(0, count).sort())
}
