// @ts-check
/** Answers of 80 bits and better (test/golden/make_pairs.py), made once and kept below node_modules/.cache. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../test/support/digests.mjs'
import { readNpy, readNpz } from '../../test/support/npy.mjs'
import { ROOT } from '../../test/support/command.mjs'
import { hasNumpy, python } from './command.mjs'
import { requireEqual, Skip } from './check.mjs'

/** @typedef {import('../../test/support/golden.ts').GoldenSet} GoldenSet */

const cache = join(ROOT, 'node_modules/.cache/acceptance/pairs')
const stampPath = join(cache, 'stamp.json')
const scripts = ['make_pairs.py', 'make_linalg.py'].map((name) => join(ROOT, 'test/golden', name))
const GREY = 1e-6

/** The folder of the data beside the repository. Throws Skip where it is absent. */
export function sharedData() {
  const folder = join(ROOT, '../shared/data')
  if (existsSync(join(folder, 'real/manifest.json'))) return folder
  throw new Skip('../shared/data is not beside the repository')
}

/** Makes the answers unless they are there, of these inputs and scripts; returns how they were had. */
export async function makeGolden() {
  const data = sharedData()
  if (isFresh(data)) return `reused from ${cache}`
  if (!(await hasNumpy())) throw new Skip('python3 with numpy is not here')
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  await python(scripts[0], '--shared', join(ROOT, '../shared'), '--out', cache)
  writeFileSync(stampPath, JSON.stringify(stampOf()))
  return `made by ${scripts[0].slice(ROOT.length)}`
}

/** The sets of the cache; where they differ from what is committed, an error. */
export function goldenSets() {
  const sets = setsOf(cache)
  const committed = setsOf(join(ROOT, 'test/golden/pairs'))
  // leverageFloor says what of a set is committed; all else has to be the same.
  const answers = (/** @type {readonly GoldenSet[]} */ list) =>
    list.map((set) => ({ ...set, leverageFloor: undefined }))
  requireEqual(answers(sets), answers(committed), 'answers made here and committed ones')
  return sets
}

/**
 * A set's inputs and answers: pairs as a Map from query * rows + key to score.
 * @param {GoldenSet} set
 */
export function goldenAnswers({ name, rows, keysFile }) {
  const { query, key, score } = readNpz(join(cache, `${name}.pairs.npz`))
  const id = (/** @type {number} */ i) => query.data[i] * rows + key.data[i]
  return {
    keysPath: join(sharedData(), keysFile),
    queriesPath: join(cache, `${name}.queries.npy`),
    scores: new Map(Array.from(score.data, (value, i) => /** @type {const} */ ([id(i), value]))),
    leverage: readNpy(join(cache, `${name}.leverage.npy`)).data,
  }
}

/**
 * value >= epsilon, beyond doubt; or not below it, beyond doubt.
 * @param {number} value
 * @param {number} epsilon
 */
export const isRequired = (value, epsilon) => value >= epsilon * (1 + GREY)
/**
 * @param {number} value
 * @param {number} epsilon
 */
export const isAllowed = (value, epsilon) => value >= epsilon * (1 - GREY)

/** @param {string} data */
function isFresh(data) {
  if (!existsSync(stampPath)) return false
  if (readFileSync(stampPath, 'utf8') !== JSON.stringify(stampOf())) return false
  return setsOf(cache).every((set) => sha256(join(data, set.keysFile)) === set.keysSha256)
}

/** Of the scripts and of every file that they made. */
function stampOf() {
  const names = setsOf(cache).flatMap(({ name }) =>
    ['queries.npy', 'pairs.npz', 'leverage.npy'].map((end) => join(cache, `${name}.${end}`)),
  )
  return [...scripts, join(cache, 'manifest.json'), ...names].map((path) =>
    existsSync(path) ? sha256(path) : `${path} is missing`,
  )
}

/**
 * @param {string} folder
 * @returns {GoldenSet[]}
 */
function setsOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).sets
}
