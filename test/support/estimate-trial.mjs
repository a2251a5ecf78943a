// @ts-check
/**
 * Tries estimates of row sums against brute force over many seeds: how often the lower end of a query's row sum lies above the row
 * sum, with the whole chance for each query alone (what is promised for all of them is lower), and with the bound weakened tenfold (its
 * logarithm of the chance is a tenth), where failures have to be seen; and which heavy pairs are missed. All stages are looked at, whether
 * a query needs them or not.
 */
import {
  estimateStages,
  newRows,
  PowerQueries,
  powerFunction,
  RowSumEstimates,
  scalarKernels,
  withScratch,
} from '@levattention/core/internal'
import { drawEstimate } from '#coordinator/keys/estimate-draws'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { RunStats } from '#coordinator/tasks/run-context'

/**
 * @typedef {import('@levattention/core').MatrixSource} MatrixSource
 * @typedef {import('@levattention/core/internal').UniversalSet} UniversalSet
 * @typedef {import('@levattention/core/internal').Kernels} Kernels
 * @typedef {{ readonly p: number, readonly epsilon: number, readonly delta: number, readonly seeds: number, readonly makeKernels?: () => Kernels }} TrialTerms
 * @typedef {Record<Mode, { worst: number, mean: number, missed: number, told: number }>} TrialFound
 * @typedef {'nominal' | 'weakened'} Mode
 */

/** @type {readonly Mode[]} */
const MODES = ['nominal', 'weakened']

/**
 * `worst`: the largest number of seeds, of any query, with a lower end above the row sum, `mean`: over the queries; `missed`, `told`:
 * pairs over all seeds. Queries that the set leaves to an exact pass are left out: `tried` is the number of the others, `heavy` of
 * their pairs. Keys [n, d] and queries [m, d] are in memory.
 *
 * @param {MatrixSource} keys
 * @param {MatrixSource} queries
 * @param {TrialTerms} terms
 */
export async function estimateTrial(
  keys,
  queries,
  { p, epsilon, delta, seeds, makeKernels = scalarKernels },
) {
  const engine = new InlineEngine(makeKernels)
  const kernels = makeKernels()
  const context = { engine, kernels, signal: undefined, onProgress: undefined, stats: new RunStats() }
  const { universal } = await findUniversalSet(keys, { epsilon, p }, context)
  const exact = bruteForce(keys, queries, p)
  /** @type {Map<number, number>[]} */
  const failures = MODES.map(() => new Map())
  const missed = MODES.map(() => 0)
  const told = MODES.map(() => 0)
  let tried = 0
  let heavy = 0
  for (let seed = 0; seed < seeds; seed++) {
    const draws = await drawEstimate(universal, { keys, seed }, {}, context)
    MODES.forEach((mode, at) => {
      const estimate = { draws, ...chanceOf(mode, delta, keys.cols) }
      const found = trySeed({ ...universal, estimate }, queries, exact, epsilon, kernels)
      for (const query of found.failed) failures[at].set(query, (failures[at].get(query) ?? 0) + 1)
      missed[at] += found.missed
      told[at] += found.told
      tried = found.tried
      heavy = found.heavy
    })
  }
  await engine.close()
  const found = /** @type {TrialFound} */ (
    Object.fromEntries(
      MODES.map((mode, at) => {
        const counts = [...failures[at].values()]
        const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(1, tried)
        return [mode, { worst: Math.max(0, ...counts), mean, missed: missed[at], told: told[at] }]
      }),
    )
  )
  return { ...found, tried, heavy, universalSize: universal.rowIds.length }
}

/**
 * `weakened`: its logarithm log(16/chance of a stage) is a tenth of the nominal one.
 *
 * @param {Mode} mode
 * @param {number} delta
 * @param {number} dim
 */
function chanceOf(mode, delta, dim) {
  if (mode === 'nominal') return { delta, queryCount: 1 }
  const share = 2 * estimateStages(dim).length
  return { delta: share * 16 * Math.exp(-Math.log((16 * share) / delta) / 10), queryCount: 1 }
}

/**
 * @param {UniversalSet} universal
 * @param {MatrixSource} queries
 * @param {ReturnType<typeof bruteForce>} exact
 * @param {number} epsilon
 * @param {Kernels} kernels
 */
function trySeed(universal, queries, exact, epsilon, kernels) {
  const m = queries.rows
  const { power, sums } = exact
  const rows = allRows(queries)
  const counts = { failed: /** @type {number[]} */ ([]), missed: 0, told: 0, tried: 0, heavy: 0 }
  withScratch(kernels, () => {
    const summed = new PowerQueries(kernels, universal)
    const rowSums = new RowSumEstimates(kernels, universal, summed.power)
    summed.forSome({ rows, count: m }, { undefinedRows: [], uncertified: [] }, (some) => {
      const begun = some.flatMap((one) => rowSums.begin(one, epsilon) ?? [])
      rowSums.improve(begun, () => true)
      for (const { summed: one, low } of begun) {
        counts.tried++
        const scale = one.root / 2 ** one.shift // of x in units of q.k
        const sum = sums[one.query] / power(scale)
        if (low > sum * (1 + 1e-9)) counts.failed.push(one.query)
        for (const dot of one.dots) {
          const share = power(dot / one.root)
          const isTold = power(Math.abs(dot / one.root) + one.dotError) >= epsilon * low * (1 - 1e-9)
          if (isTold) counts.told++
          if (share < epsilon * sum * (1 + 1e-9)) continue
          counts.heavy++
          if (!isTold) counts.missed++
        }
      }
    })
  })
  return counts
}

/**
 * Row sums of |q.k|^p over all keys.
 *
 * @param {MatrixSource} keys
 * @param {MatrixSource} queries
 * @param {number} p
 */
function bruteForce(keys, queries, p) {
  const power = powerFunction(p)
  const [n, m, d] = [keys.rows, queries.rows, keys.cols]
  const [k, q] = [allRows(keys), allRows(queries)]
  const sums = new Float64Array(m)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let dot = 0
      for (let a = 0; a < d; a++) dot += q[i * d + a] * k[j * d + a]
      sums[i] += power(dot)
    }
  return { power, sums }
}

/** @param {MatrixSource} source */
function allRows(source) {
  const rows = newRows(source.element, source.rows * source.cols)
  source.readRows(0, source.rows, rows)
  return rows
}

/**
 * The most failures of `seeds` that a chance of `delta` leaves with a probability of 99 % for the worst of `queries`: of each, 1 - 0.01/queries.
 *
 * @param {number} seeds
 * @param {number} delta
 * @param {number} queries
 */
export function mostFailures(seeds, delta, queries) {
  let term = (1 - delta) ** seeds
  let below = term
  let count = 0
  while (1 - below > 0.01 / queries) {
    term *= (((seeds - count) / (count + 1)) * delta) / (1 - delta)
    below += term
    count++
  }
  return count
}
