/** Answers of 80 bits and better (test/golden/make_pairs.py), made once and kept below node_modules/.cache. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readNpy, readNpz } from './arrays.mjs'
import { hasNumpy, python, root } from './command.mjs'
import { requireEqual, Skip } from './check.mjs'

const cache = join(root, 'node_modules/.cache/acceptance/pairs')
const stampPath = join(cache, 'stamp.json')
const scripts = ['make_pairs.py', 'make_linalg.py'].map((name) => join(root, 'test/golden', name))
const GREY = 1e-6

/** The folder of the data beside the repository. Throws Skip where it is absent. */
export function sharedData() {
  const folder = join(root, '../shared/data')
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
  await python(scripts[0], '--shared', join(root, '../shared'), '--out', cache)
  writeFileSync(stampPath, JSON.stringify(stampOf()))
  return `made by ${scripts[0].slice(root.length)}`
}

/** The sets of the cache; where they differ from what is committed, an error. */
export function goldenSets() {
  const { sets } = readJson(join(cache, 'manifest.json'))
  const committed = readJson(join(root, 'test/golden/pairs/manifest.json')).sets
  // leverageFloor says what of a set is committed; all else has to be the same.
  const answers = (list) => list.map((set) => ({ ...set, leverageFloor: undefined }))
  requireEqual(answers(sets), answers(committed), 'answers made here and committed ones')
  return sets
}

/** A set's inputs and answers: pairs as a Map from query * rows + key to score. */
export function goldenAnswers({ name, rows, keysFile }) {
  const { query, key, score } = readNpz(join(cache, `${name}.pairs.npz`))
  const id = (i) => query.data[i] * rows + key.data[i]
  return {
    keysPath: join(sharedData(), keysFile),
    queriesPath: join(cache, `${name}.queries.npy`),
    scores: new Map(Array.from(score.data, (value, i) => [id(i), value])),
    leverage: readNpy(join(cache, `${name}.leverage.npy`)).data,
  }
}

/** value >= epsilon, beyond doubt; or not below it, beyond doubt. */
export const isRequired = (value, epsilon) => value >= epsilon * (1 + GREY)
export const isAllowed = (value, epsilon) => value >= epsilon * (1 - GREY)

/** The digest of test/golden/README.md: int32 little-endian ids, (query, key) interleaved. */
export function idsDigest(...columns) {
  const ids = Int32Array.from({ length: columns[0].length * columns.length }, (_, i) => {
    return columns[i % columns.length][Math.floor(i / columns.length)]
  })
  return createHash('sha256').update(ids).digest('hex')
}

function isFresh(data) {
  if (!existsSync(stampPath)) return false
  if (JSON.stringify(readJson(stampPath)) !== JSON.stringify(stampOf())) return false
  const { sets } = readJson(join(cache, 'manifest.json'))
  return sets.every((set) => sha256(join(data, set.keysFile)) === set.keysSha256)
}

/** Of the scripts and of every file that they made. */
function stampOf() {
  const names = readJson(join(cache, 'manifest.json')).sets.flatMap(({ name }) =>
    ['queries.npy', 'pairs.npz', 'leverage.npy'].map((end) => join(cache, `${name}.${end}`)),
  )
  return [...scripts, join(cache, 'manifest.json'), ...names].map((path) =>
    existsSync(path) ? sha256(path) : `${path} is missing`,
  )
}

/** Of a file. */
export function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
