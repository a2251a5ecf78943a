// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readNpyMatrix } from '../../test/support/npy.mjs'
import { readHeavy, writeNpy } from './arrays.mjs'
import { require, requireEqual } from './check.mjs'
import { summaryOf } from './command.mjs'
import { sharedData } from './golden.mjs'
import { filled } from './random.mjs'

/**
 * @typedef {import('../../test/support/oracle.ts').DenseMatrix} DenseMatrix
 * @typedef {{ causal: boolean, segment?: number }} Mask
 * @typedef {{ keys: string, queries: string }} Files
 *
 * @typedef {object} ManifestEntry
 * @property {string} name
 * @property {number | null} segment
 * @property {{ k: { file: string }, q?: { file: string } }} files
 */

const ROWS = 8192
const COLS = 64
const EPSILON = 0.02
/** Plain float64 sums of 128 products at most; a pair this near to epsilon may be on either side. */
const TOLERANCE = 1e-9
const POWERS = [2, 3]
/** Of heads whose model has no windows. */
const SEGMENT = 100

/**
 * Causal and segmented pairs of real heads and of 8,192 keys against a dense masked scan: 34 million scores each.
 * @type {import('./check.mjs').Concern}
 */
export const causal = {
  name: 'causal',
  about: `causal and segments, p = ${POWERS.join(' and ')}: ${ROWS} x ${COLS}, and all lm-* and use-* heads of ../shared/data, against a dense masked scan`,
  async *checks({ scratch }) {
    const files = { keys: join(scratch, 'causal-K.npy'), queries: join(scratch, 'causal-Q.npy') }
    yield { what: 'inputs', run: () => writeInputs(files) }
    for (const p of POWERS) {
      const masks = [{ causal: true }, { causal: true, segment: 1000 }, { causal: false, segment: 1000 }]
      for (const mask of masks) yield checkOf(`${ROWS} x ${COLS}`, files, mask, p, scratch)
    }
    for (const { name, keys, queries, segment } of heads()) {
      const masks = [{ causal: true }, { causal: false, segment }, { causal: true, segment }]
      // Dense, a stack of segments would be a million scores a query.
      for (const mask of name.endsWith('stack') ? masks.slice(1) : masks)
        for (const p of POWERS) yield checkOf(name, { keys, queries }, mask, p, scratch)
    }
  },
}

/** All lm-* and use-* heads; a stack has no queries of its own. */
function heads() {
  const folder = join(sharedData(), 'real')
  /** @type {{ entries: ManifestEntry[] }} */
  const { entries } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  return entries
    .filter(({ name }) => /^(lm|use)-/.test(name))
    .map(({ name, files, segment }) => ({
      name,
      keys: join(folder, files.k.file),
      queries: join(folder, (files.q ?? files.k).file),
      segment: segment ?? SEGMENT,
    }))
}

/**
 * @param {string} name
 * @param {Files} files
 * @param {Mask} mask
 * @param {number} p
 * @param {string} scratch
 */
function checkOf(name, files, mask, p, scratch) {
  const options = optionsOf(mask)
  return {
    what: `${name} ${options.join(' ')}, p = ${p}`,
    run: async () => await checkMask(files, mask, [...options, '--p', `${p}`], p, scratch),
  }
}

/** @param {Mask} mask */
function optionsOf({ segment, ...mask }) {
  return [...(mask.causal ? ['--causal'] : []), ...(segment === undefined ? [] : ['--segment', `${segment}`])]
}

/**
 * Keys of a falling spectrum, one in a hundred 20 times longer; every third query is a key.
 * @param {Files} files
 */
function writeInputs({ keys, queries }) {
  const row = (/** @type {number} */ i) => Math.floor(i / COLS)
  const K = filled(Float32Array, ROWS * COLS, 1, (i, normal) => {
    const length = row(i) % 100 === 42 ? 20 : 1
    return length * normal * 100 ** (-(i % COLS) / COLS)
  })
  const Q = filled(Float32Array, ROWS * COLS, 2, (i, normal) => (row(i) % 3 === 0 ? K[i] : normal))
  writeNpy(keys, [ROWS, COLS], K)
  writeNpy(queries, [ROWS, COLS], Q)
  return `${ROWS} x ${COLS} float32`
}

/**
 * @param {Files} files
 * @param {Mask} mask
 * @param {readonly string[]} options
 * @param {number} p
 * @param {string} scratch
 */
async function checkMask({ keys, queries }, mask, options, p, scratch) {
  const out = join(scratch, 'causal.npz')
  const inputs = ['--keys', keys, '--queries', queries, '--epsilon', `${EPSILON}`, ...options]
  const summary = await summaryOf('run', ...inputs, '--out', out, '--force')
  const heavy = readHeavy(out)
  requireEqual(summary.uncertifiedQueries, 0, 'uncertified queries')
  const K = readNpyMatrix(keys)
  const Q = readNpyMatrix(queries)
  const { rows } = K
  const found = new Map(
    heavy.pairs.map(({ query, key, score }) => /** @type {const} */ ([query * rows + key, score])),
  )
  requireEqual(found.size, heavy.pairs.length, 'distinct pairs')
  let worst = 0
  for (let query = 0; query < Q.rows; query++) {
    const { first, terms, sum } = maskedRow(K, Q, query, mask, p)
    if (sum === 0) continue // Undefined: a pair of it would be left over.
    for (let i = 0; i < terms.length; i++) {
      const key = first + i
      const score = terms[i] / sum
      const mine = found.get(query * rows + key)
      if (mine === undefined) {
        require(score < EPSILON * (1 + TOLERANCE), `missed: query ${query}, key ${key}, score ${score}`)
        continue
      }
      require(score >= EPSILON * (1 - TOLERANCE), `extra: query ${query}, key ${key}, score ${score}`)
      worst = Math.max(worst, Math.abs(mine / score - 1))
      found.delete(query * rows + key)
    }
  }
  requireEqual(found.size, 0, 'pairs of keys that their query does not see')
  require(worst <= TOLERANCE, `a score is off by a relative ${worst}`)
  const exact = summary.queriesExactPass
  const size = summary.universalSize === undefined ? '' : ` |U| ${summary.universalSize},`
  return `${heavy.pairs.length} pairs,${size} ${exact} queries by the exact pass; scores within ${worst.toPrecision(2)}`
}

/**
 * |<q, k_l>|^p of the keys from `first` on that a query sees, and their sum.
 * @param {DenseMatrix} keys
 * @param {DenseMatrix} queries
 * @param {number} query
 * @param {Mask} mask
 * @param {number} p
 */
function maskedRow({ rows, cols, data: keys }, { data: queries }, query, { segment = Infinity, ...mask }, p) {
  const first = segment === Infinity ? 0 : Math.floor(query / segment) * segment
  const end = mask.causal ? query + 1 : Math.min(rows, first + segment)
  const terms = new Float64Array(end - first)
  let sum = 0
  for (let key = first; key < end; key++) {
    let dot = 0
    for (let a = 0; a < cols; a++) dot += queries[query * cols + a] * keys[key * cols + a]
    terms[key - first] = Math.abs(dot) ** p
    sum += terms[key - first]
  }
  return { first, terms, sum }
}
