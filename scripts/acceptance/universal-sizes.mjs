// @ts-check
import { openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { require, Skip } from './check.mjs'
import { hasLewisAnswers, lewisAnswer, lewisSets, makeLewisAnswers } from './lewis-answers.mjs'
import { countChecks } from './universal-counts.mjs'

/**
 * @typedef {import('@levattention/coordinator').LevAttention} LevAttention
 * @typedef {import('@levattention/core').UniversalSet} UniversalSet
 * @typedef {import('./lewis-answers.mjs').LewisSet} LewisSet
 * @typedef {ReturnType<typeof lewisAnswer>} LewisAnswer
 */

const POWERS = [1, 3, 4]
const EPSILONS = [0.01, 0.1]
const LEAST = Math.min(...EPSILONS)
const MOST_TIMES = 1.1
/** About how long the oracle may work, and when the last count is begun: six minutes in all on two quiet cores. */
const ANSWER_SECONDS = 180
const LAST_BEGIN_SECONDS = 330
/** A bound or share this near to epsilon may be on either side: float64 on both sides of the comparison. */
const GREY = 1e-6

/**
 * How large U is for p other than 2: against converged Lewis weights, and in numbers.
 * @type {import('./check.mjs').Concern}
 */
export const universalSizes = {
  name: 'universal-sizes',
  about: `|U| for p ${POWERS.join(', ')}, epsilon ${EPSILONS.join(', ')}: at most ${MOST_TIMES} times the oracle's converged Lewis U on ../shared/data; one pass; a table of counts up to 10^6 x 64`,
  async *checks({ scratch }) {
    const start = performance.now()
    yield* oracleChecks(start + ANSWER_SECONDS * 1000)
    const until = start + LAST_BEGIN_SECONDS * 1000
    yield* countChecks({ scratch, powers: POWERS, epsilons: EPSILONS, until })
  },
}

/**
 * @param {number} until
 * @returns {AsyncGenerator<import('./check.mjs').Check, void>}
 */
async function* oracleChecks(until) {
  /** @type {LewisSet[]} */
  let sets = []
  let made = false
  const make = async () => {
    sets = lewisSets()
    const how = await makeLewisAnswers(sets, POWERS, LEAST, until)
    made = true
    return how
  }
  yield { what: 'the answers', run: make }
  if (!made) return
  const lev = await levattention()
  try {
    for (const set of sets) yield { what: set.name, run: async () => await checkSet(lev, set) }
  } finally {
    await lev.close()
  }
}

/**
 * Sizes of one set: those of the oracle, by several passes and by one.
 * @param {LevAttention} lev
 * @param {LewisSet} set
 */
async function checkSet(lev, set) {
  if (!hasLewisAnswers(set, POWERS, LEAST)) throw new Skip('there was no time for its answers')
  const keys = openMatrix(set.keysPath)
  const texts = []
  let queryCount = 0
  for (const p of POWERS) {
    const answer = lewisAnswer(set, p, LEAST)
    queryCount = Math.max(queryCount, answer.queryCount)
    for (const epsilon of EPSILONS) {
      const place = `${set.name}, p = ${p}, epsilon ${epsilon}`
      const several = await lev.universalSet(keys, { epsilon, p })
      const one = await lev.universalSet(keys, { epsilon, p, passes: 1 })
      const oracle = checkSizes(place, answer, several, epsilon)
      checkHolds(place, answer, { several, 'one pass': one }, epsilon, p)
      texts.push(`p ${p}, ${epsilon}: ${oracle}, ${several.rowIds.length}, ${one.rowIds.length}`)
    }
  }
  return `of ${keys.rows} keys the oracle's, several passes', one pass': ${texts.join('; ')}; ${queryCount} queries`
}

/**
 * Returns |U| of the oracle.
 * @param {string} place
 * @param {LewisAnswer} answer
 * @param {UniversalSet} several
 * @param {number} epsilon
 */
function checkSizes(place, { bounds }, { rowIds }, epsilon) {
  const wanted = atLeast(bounds, epsilon * (1 - GREY)).length
  const most = Math.floor(MOST_TIMES * wanted)
  require(rowIds.length <=
    most, `${place}: |U| is ${rowIds.length}, the oracle's ${wanted}, so ${most} at most`)
  return wanted
}

/**
 * Every U holds what some tested query brings to epsilon. For p <= 2 one pass's holds the oracle's too: no weights have lower
 * bounds than converged ones (theory.md section 2).
 * @param {string} place
 * @param {LewisAnswer} answer
 * @param {Record<string, UniversalSet>} sets
 * @param {number} epsilon
 * @param {number} p
 */
function checkHolds(place, { bounds, reached }, sets, epsilon, p) {
  for (const [name, { rowIds }] of Object.entries(sets)) {
    const kept = new Set(rowIds)
    const requireAll = (/** @type {readonly number[]} */ wanted, /** @type {string} */ why) => {
      const missing = wanted.filter((key) => !kept.has(key))
      require(missing.length ===
        0, `${place}, ${name}: U is without ${missing.length} keys ${why}: ${missing.slice(0, 5).join(', ')}`)
    }
    requireAll(atLeast(reached, epsilon * (1 + GREY)), 'that a tested query brings to epsilon')
    if (p <= 2 && name === 'one pass') requireAll(atLeast(bounds, epsilon * (1 + GREY)), "of the oracle's U")
  }
}

/**
 * @param {ReadonlyMap<number, number>} values
 * @param {number} least
 */
function atLeast(values, least) {
  return [...values].filter(([, value]) => value >= least).map(([key]) => key)
}
