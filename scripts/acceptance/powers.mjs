// @ts-check
import { join } from 'node:path'
import { openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { readNpz } from '../../test/support/npy.mjs'
import { ROOT } from '../../test/support/command.mjs'
import { require, requireEqual } from './check.mjs'
import { python } from './command.mjs'
import { goldenAnswers, goldenSets, makeGolden, sharedData } from './golden.mjs'

/**
 * @typedef {import('@levattention/coordinator').LevAttention} LevAttention
 * @typedef {import('@levattention/core').UniversalSet} UniversalSet
 * @typedef {import('@levattention/core').MatrixSource} MatrixSource
 * @typedef {import('../../test/support/golden.ts').GoldenSet} GoldenSet
 * @typedef {import('../../test/support/npy.mjs').NpyArray} NpyArray
 * @typedef {Record<'query' | 'key' | 'score' | 'tolerance' | 'undefined', NpyArray>} Answers
 * @typedef {{ scores: Map<number, number>, undefinedRows: number[] }} Found
 */

const POWERS = ['0.3', '0.5', '1', '1.5', '2', '2.5', '3', '4', '6', '8']
const EPSILONS = [0.1, 0.05, 0.01]
const GREY = 1e-6

/**
 * Heavy pairs of every shared set for p below and above 2, against 80-bit brute force.
 * @type {import('./check.mjs').Concern}
 */
export const powers = {
  name: 'powers',
  about: `every set of ../shared/data, p ${POWERS.join(', ')}, epsilon .1, .05, .01, also for queries made against each p`,
  async *checks({ scratch }) {
    sharedData()
    yield { what: 'the queries', run: makeGolden }
    const lev = await levattention()
    try {
      for (const set of goldenSets())
        yield { what: set.name, run: async () => await checkSet(lev, set, scratch) }
    } finally {
      await lev.close()
    }
  },
}

/**
 * @param {LevAttention} lev
 * @param {GoldenSet} set
 * @param {string} scratch
 */
async function checkSet(lev, set, scratch) {
  const { keysPath, queriesPath } = goldenAnswers(set)
  const out = join(scratch, `powers-${set.name}`)
  const script = join(ROOT, 'scripts/acceptance/powers.py')
  const queryCount = Number(
    await python(script, keysPath, queriesPath, out, `${Math.min(...EPSILONS)}`, ...POWERS),
  )
  const inputs = { keys: openMatrix(keysPath), queries: openMatrix(`${out}.queries.npy`) }
  const sizes = []
  let pairCount = 0
  let worst = 0
  for (const p of POWERS) {
    const answers = /** @type {Answers} */ (readNpz(`${out}.${p}.npz`))
    for (const epsilon of EPSILONS) {
      const place = `${set.name}, p = ${p}, epsilon ${epsilon}`
      const universal = await lev.universalSet(inputs.keys, { epsilon, p: Number(p) })
      const found = await pairsOf(lev, universal, inputs, set.rows)
      const share = judge(place, answers, found, epsilon, set.rows)
      requireInside(place, answers, new Set(universal.rowIds), epsilon)
      pairCount += found.scores.size
      worst = Math.max(worst, share)
      if (epsilon === EPSILONS.at(-1)) sizes.push(universal.rowIds.length)
    }
  }
  return `${queryCount} queries, ${pairCount} pairs; |U| at .01: ${sizes.join(', ')} of ${set.rows}; scores within ${worst.toPrecision(2)} of their tolerance`
}

/**
 * @param {LevAttention} lev
 * @param {UniversalSet} universal
 * @param {{ keys: MatrixSource, queries: MatrixSource }} inputs
 * @param {number} rows
 */
async function pairsOf(lev, universal, { keys, queries }, rows) {
  /** @type {Found} */
  const { scores, undefinedRows } = { scores: new Map(), undefinedRows: [] }
  for await (const batch of lev.heavyAttentions(universal, queries, { keys })) {
    requireEqual(batch.uncertified.length, 0, 'uncertified queries')
    undefinedRows.push(...batch.undefinedRows)
    for (let q = 0; q + 1 < batch.offsets.length; q++) {
      for (let i = batch.offsets[q]; i < batch.offsets[q + 1]; i++)
        scores.set((batch.queryStart + q) * rows + batch.keyIds[i], batch.scores[i])
    }
  }
  return { scores, undefinedRows }
}

/**
 * Throws at a missed, extra or wrong pair; returns the largest error of a score as a share of its tolerance.
 * @param {string} place
 * @param {Answers} answers
 * @param {Found} found
 * @param {number} epsilon
 * @param {number} rows
 */
function judge(
  place,
  { query, key, score, tolerance, undefined: zero },
  { scores, undefinedRows },
  epsilon,
  rows,
) {
  requireEqual(undefinedRows, [...zero.data], `${place}: undefined rows`)
  const left = new Map(scores)
  let worst = 0
  score.data.forEach((wanted, i) => {
    const name = `${place}: query ${query.data[i]}, key ${key.data[i]}, score ${wanted}`
    const id = query.data[i] * rows + key.data[i]
    const grey = Math.max(GREY, tolerance.data[i])
    const mine = left.get(id)
    left.delete(id)
    if (mine === undefined) return require(wanted < epsilon * (1 + grey), `missed: ${name}`)
    require(wanted >= epsilon * (1 - grey), `extra: ${name}`)
    const error = Math.abs(mine / wanted - 1)
    require(error <= tolerance.data[i], `${name}: ${mine} is off by ${error}, more than ${tolerance.data[i]}`)
    worst = Math.max(worst, error / tolerance.data[i])
  })
  require(left.size === 0, `${place}: ${left.size} extra pairs, the first of score ${[...left.values()][0]}`)
  return worst
}

/**
 * A key that some query brings to epsilon is in U.
 * @param {string} place
 * @param {Answers} answers
 * @param {ReadonlySet<number>} kept
 * @param {number} epsilon
 */
function requireInside(place, { key, score, tolerance }, kept, epsilon) {
  score.data.forEach((value, i) => {
    if (value < epsilon * (1 + Math.max(GREY, tolerance.data[i]))) return
    require(kept.has(key.data[i]), `${place}: key ${key.data[i]} has a score of ${value} and is not in U`)
  })
}
