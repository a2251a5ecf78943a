// @ts-check
/** Converged Lewis bounds by the NumPy oracle and what tested queries reach, made once and kept below node_modules/.cache. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../test/support/digests.mjs'
import { ROOT } from '../../test/support/command.mjs'
import { Skip } from './check.mjs'
import { hasNumpy, python } from './command.mjs'
import { sharedData } from './golden.mjs'

/**
 * @typedef {{ name: string, keysPath: string, queriesPath: string }} LewisSet
 * @typedef {{ set: LewisSet, p: number, least: number }} LewisJob
 */

const cache = join(ROOT, 'node_modules/.cache/acceptance/lewis')
const oracle = join(ROOT, '../shared/reference/oracle.py')
const searcher = join(ROOT, 'scripts/acceptance/reached.py')
const scripts = [oracle, searcher, join(ROOT, 'scripts/acceptance/powers.py')]
/** At once: the least cores of a machine that this is for. */
const PROCESSES = 2

/** The key files of the shared data, { name, keysPath, queriesPath }, and `-` where a set has no queries of its own. */
export function lewisSets() {
  const data = sharedData()
  const files = ['real', 'tabular'].flatMap((folder) =>
    readdirSync(join(data, folder)).map((file) => join(data, folder, file)),
  )
  return files
    .filter((file) => /\.k\.npy$|tabular.*\.npy$/.test(file))
    .map((keysPath) => {
      const name = keysPath.replace(/^.*\//, '').replace(/(\.k)?\.npy$/, '')
      const queriesPath = keysPath.replace(/\.k\.npy$/, '.q.npy')
      const ownQueries = queriesPath !== keysPath && existsSync(queriesPath)
      return { name, keysPath, queriesPath: ownQueries ? queriesPath : '-' }
    })
}

/**
 * Makes what is not yet there of every set and p, beginning none after `until` (of performance.now()); throws Skip without
 * NumPy or the oracle. Returns how it was had.
 * @param {readonly LewisSet[]} sets
 * @param {readonly number[]} powers
 * @param {number} least
 * @param {number} until
 */
export async function makeLewisAnswers(sets, powers, least, until) {
  if (!existsSync(oracle)) throw new Skip('../shared/reference/oracle.py is not beside the repository')
  const wanted = sets.flatMap((set) => powers.map((p) => ({ set, p, least })))
  const jobs = wanted.filter((job) => !existsSync(pathOf(job)))
  if (jobs.length === 0) return `reused from ${cache}`
  if (!(await hasNumpy())) throw new Skip('python3 with numpy is not here')
  mkdirSync(cache, { recursive: true })
  const left = jobs.slice()
  const work = async () => {
    for (let job; performance.now() < until && (job = left.shift());) await makeOne(job)
  }
  await Promise.all(Array.from({ length: PROCESSES }, work))
  const late = left.length === 0 ? '' : `; no time for ${left.length} more: run it again, these are kept`
  return `${jobs.length - left.length} of ${wanted.length} made by oracle.py universal, ${wanted.length - jobs.length} reused${late}`
}

/**
 * Whether there is an answer for every p.
 * @param {LewisSet} set
 * @param {readonly number[]} powers
 * @param {number} least
 */
export function hasLewisAnswers(set, powers, least) {
  return powers.every((p) => existsSync(pathOf({ set, p, least })))
}

/**
 * { bounds: Map from key to its converged Lewis bound, reached: Map from key to share, queryCount }.
 * @param {LewisSet} set
 * @param {number} p
 * @param {number} least
 */
export function lewisAnswer(set, p, least) {
  const { bounds, reached } = JSON.parse(readFileSync(pathOf({ set, p, least }), 'utf8'))
  const pairs = (/** @type {string} */ text) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' ').map(Number))
      .map(([key, value]) => /** @type {const} */ ([key, value]))
  const queryCount = Number(/^# (\d+) queries/.exec(reached)?.[1])
  return { bounds: new Map(pairs(bounds)), reached: new Map(pairs(reached)), queryCount }
}

/** @param {LewisJob} job */
async function makeOne(job) {
  const { set, p, least } = job
  const bounds = await python(oracle, 'universal', set.keysPath, `${least}`, '--p', `${p}`)
  const boundsPath = `${pathOf(job)}.bounds.txt`
  writeFileSync(boundsPath, bounds)
  const reached = await python(searcher, set.keysPath, set.queriesPath, `${p}`, boundsPath)
  writeFileSync(pathOf(job), JSON.stringify({ bounds, reached }))
}

/**
 * Named by everything that the answer depends on.
 * @param {LewisJob} job
 */
function pathOf({ set, p, least }) {
  const inputs = [...scripts, set.keysPath, set.queriesPath].filter((path) => path !== '-').map(sha256)
  const digest = createHash('sha256')
    .update(JSON.stringify([inputs, p, least]))
    .digest('hex')
  return join(cache, `${set.name}.${p}.${digest.slice(0, 16)}.json`)
}
