// @ts-check
import { join } from 'node:path'
import { idsDigest, sha256 } from '../../test/support/digests.mjs'
import { readNpyMatrix, readNpz, readNpzMeta } from '../../test/support/npy.mjs'
import { scoreTolerance } from '../../test/support/score-tolerance.mjs'
import { readHeavy } from './arrays.mjs'
import { require, requireEqual } from './check.mjs'
import { summaryOf } from './command.mjs'
import { goldenAnswers, goldenSets, isAllowed, isRequired, makeGolden, sharedData } from './golden.mjs'

/**
 * @typedef {import('../../test/support/golden.ts').GoldenSet} GoldenSet
 * @typedef {ReturnType<typeof goldenAnswers>} Answers
 */

/**
 * Heavy pairs and universal sets of every shared set, against answers that nobody doubts.
 * @type {import('./check.mjs').Concern}
 */
export const pairs = {
  name: 'pairs',
  about: 'every set of ../shared/data at epsilon .1, .05, .01 against answers of 80 bits',
  async *checks({ scratch }) {
    sharedData()
    yield { what: 'the answers', run: makeGolden }
    for (const set of goldenSets()) yield { what: set.name, run: async () => await checkSet(set, scratch) }
  },
}

/**
 * @param {GoldenSet} set
 * @param {string} scratch
 */
async function checkSet(set, scratch) {
  const answers = goldenAnswers(set)
  const tolerance = scoreTolerance(readNpyMatrix(answers.keysPath), readNpyMatrix(answers.queriesPath))
  /** @type {{ pairs: number, worst: number, size: number, ridge: number }[]} */
  const found = []
  for (const { epsilon } of set.epsilons) {
    const heavy = await runSet(answers, epsilon, scratch)
    const worst = checkPairs(set, answers, heavy, epsilon, tolerance)
    found.push({
      pairs: heavy.pairs.length,
      worst,
      ...(await checkUniversal(set, answers, epsilon, scratch)),
    })
  }
  const own = await checkOwnFile(set, scratch)
  const column = (/** @type {'pairs' | 'size'} */ name) => found.map((one) => one[name]).join('/')
  const worst = Math.max(...found.map((one) => one.worst))
  const ridge = found.some((one) => one.ridge > 0) ? ', by the ridge certificate' : ''
  return (
    `${column('pairs')} pairs, |U| ${column('size')}${ridge}; ` +
    `scores within ${worst.toPrecision(2)} of their tolerance${own}`
  )
}

/**
 * @param {Answers} answers
 * @param {number} epsilon
 * @param {string} scratch
 */
async function runSet({ keysPath, queriesPath }, epsilon, scratch) {
  const out = join(scratch, 'heavy.npz')
  const universal = join(scratch, 'run.lev')
  const inputs = ['--keys', keysPath, '--queries', queriesPath, '--epsilon', `${epsilon}`]
  const summary = await summaryOf('run', ...inputs, '--out', out, '--universal', universal, '--force')
  const heavy = readHeavy(out)
  requireEqual(summary.pairs, heavy.pairs.length, 'pairs in the summary')
  requireEqual(summary.uncertifiedQueries, 0, 'uncertified queries in the summary')
  requireEqual(summary.undefinedRows, heavy.undefinedRows.length, 'undefined rows in the summary')
  return heavy
}

/**
 * Returns the largest error of a score, as a share of its tolerance.
 * @param {GoldenSet} set
 * @param {Answers} answers
 * @param {ReturnType<typeof readHeavy>} heavy
 * @param {number} epsilon
 * @param {ReturnType<typeof scoreTolerance>} tolerance
 */
function checkPairs({ name, rows, undefinedQueries }, { scores }, heavy, epsilon, tolerance) {
  const place = `${name} at ${epsilon}`
  const reported = new Set(heavy.pairs.map(({ query, key }) => query * rows + key))
  requireEqual(reported.size, heavy.pairs.length, `${place}: distinct pairs`)
  const ids = [...scores.keys()]
  const missed = ids.filter((id) => isRequired(scores.get(id) ?? 0, epsilon) && !reported.has(id))
  require(missed.length === 0, `${place}: ${missed.length} missed: ${listed(missed, rows)}`)
  const extra = [...reported].filter((id) => !isAllowed(scores.get(id) ?? 0, epsilon))
  require(extra.length === 0, `${place}: ${extra.length} extra: ${listed(extra, rows)}`)
  requireEqual(heavy.undefinedRows, undefinedQueries, `${place}: undefined rows`)
  requireEqual(heavy.uncertified, [], `${place}: uncertified queries`)
  let worst = 0
  for (const { query, key, score } of heavy.pairs) {
    const error = Math.abs(score / (scores.get(query * rows + key) ?? 0) - 1)
    const share = error / tolerance(query, key)
    require(share <= 1, `${place}: query ${query}, key ${key}: score ${score} is off by ${error}`)
    worst = Math.max(worst, share)
  }
  return worst
}

/**
 * @param {readonly number[]} ids
 * @param {number} rows
 */
const listed = (ids, rows) =>
  ids
    .slice(0, 5)
    .map((id) => `(query ${Math.floor(id / rows)}, key ${id % rows})`)
    .join(', ')

/**
 * U as `build` writes it for NumPy; its .lev is that of `run`.
 * @param {GoldenSet} set
 * @param {Answers} answers
 * @param {number} epsilon
 * @param {string} scratch
 */
async function checkUniversal({ name, condition, epsilons }, { keysPath, leverage }, epsilon, scratch) {
  const place = `U of ${name} at ${epsilon}`
  const [lev, npz, runLev] = ['u.lev', 'u.npz', 'run.lev'].map((file) => join(scratch, file))
  await summaryOf('build', keysPath, '--epsilon', `${epsilon}`, '--out', lev, '--out', npz, '--force')
  requireEqual(sha256(lev), sha256(runLev), `${place}: bytes by build and by run`)
  const { rowIds, bounds } = readNpz(npz)
  const kept = [...rowIds.data]
  const keptSet = new Set(kept)
  const missing = [...leverage.keys()].filter(
    (row) => isRequired(leverage[row], epsilon) && !keptSet.has(row),
  )
  require(missing.length === 0, `${place}: without rows ${missing.slice(0, 5).join(', ')}`)
  requireSorted(kept, bounds.data, place)
  const ridge = Number(readNpzMeta(npz).ridge)
  if (!(ridge > 0)) {
    const wanted = epsilons.find((one) => one.epsilon === epsilon)?.universal.sha256
    requireEqual(idsDigest([...kept].sort((a, b) => a - b)), wanted, `${place}: digest of the rows`)
    requireBounds(kept, bounds.data, leverage, Math.max(1e-9, 8 * 2 ** -53 * condition), place)
  }
  return { size: kept.length, ridge }
}

/**
 * Bound descending, ties by row id.
 * @param {readonly number[]} rowIds
 * @param {Float64Array} bounds
 * @param {string} place
 */
function requireSorted(rowIds, bounds, place) {
  for (let i = 1; i < rowIds.length; i++) {
    const sorted = bounds[i - 1] > bounds[i] || (bounds[i - 1] === bounds[i] && rowIds[i - 1] < rowIds[i])
    require(sorted, `${place}: slots ${i - 1} and ${i} are out of order`)
  }
}

/**
 * @param {readonly number[]} rowIds
 * @param {Float64Array} bounds
 * @param {Float64Array} leverage
 * @param {number} tolerance
 * @param {string} place
 */
function requireBounds(rowIds, bounds, leverage, tolerance, place) {
  for (let i = 0; i < rowIds.length; i++) {
    const error = Math.abs(bounds[i] / leverage[rowIds[i]] - 1)
    require(error <= tolerance, `${place}: row ${rowIds[i]}: bound ${bounds[i]} is off by ${error}`)
  }
}

/**
 * The head's own float32 file as queries, where all of it is among the answers: the same pairs.
 * @param {GoldenSet} set
 * @param {string} scratch
 */
async function checkOwnFile(set, scratch) {
  const { ownRows, name, keysFile } = set
  if (ownRows.count !== ownRows.of) return ''
  const keysPath = join(sharedData(), keysFile)
  const queriesPath = ownRows.from === 'keys' ? keysPath : keysPath.replace(/\.k\.npy$/, '.q.npy')
  const { epsilon, groups } = set.epsilons[set.epsilons.length - 1]
  const out = join(scratch, 'own.npz')
  const inputs = ['--keys', keysPath, '--queries', queriesPath, '--epsilon', `${epsilon}`]
  await summaryOf('run', ...inputs, '--out', out, '--force')
  const { pairs: own } = readHeavy(out)
  const digest = idsDigest(
    own.map(({ query }) => query),
    own.map(({ key }) => key),
  )
  requireEqual(digest, groups.own.sha256, `${name}: digest of the pairs of its own file at ${epsilon}`)
  return ', own file alike'
}
