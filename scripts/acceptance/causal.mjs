import { join } from 'node:path'
import { readHeavy, readNpy, writeNpy } from './arrays.mjs'
import { require, requireEqual } from './check.mjs'
import { summaryOf } from './command.mjs'
import { filled } from './random.mjs'

const ROWS = 8192
const COLS = 64
const EPSILON = 0.02
/** Plain float64 sums of 64 products; a pair this near to epsilon may be on either side. */
const TOLERANCE = 1e-9

/** Causal pairs of 8,192 keys against a dense masked scan: 34 million scores. */
export const causal = {
  name: 'causal',
  about: `${ROWS} x ${COLS} causal, p = 2 and 3, against a dense masked scan`,
  async *checks({ scratch }) {
    const files = { keys: join(scratch, 'causal-K.npy'), queries: join(scratch, 'causal-Q.npy') }
    yield { what: 'inputs', run: () => writeInputs(files) }
    for (const p of [2, 3]) yield { what: `p = ${p}`, run: async () => await checkPower(files, p, scratch) }
  },
}

/** Keys of a falling spectrum, one in a hundred 20 times longer; every third query is a key. */
function writeInputs({ keys, queries }) {
  const row = (i) => Math.floor(i / COLS)
  const K = filled(Float32Array, ROWS * COLS, 1, (i, normal) => {
    const length = row(i) % 100 === 42 ? 20 : 1
    return length * normal * 100 ** (-(i % COLS) / COLS)
  })
  const Q = filled(Float32Array, ROWS * COLS, 2, (i, normal) => (row(i) % 3 === 0 ? K[i] : normal))
  writeNpy(keys, [ROWS, COLS], K)
  writeNpy(queries, [ROWS, COLS], Q)
  return `${ROWS} x ${COLS} float32`
}

async function checkPower({ keys, queries }, p, scratch) {
  const out = join(scratch, 'causal.npz')
  const inputs = ['--keys', keys, '--queries', queries, '--causal', '--epsilon', `${EPSILON}`, '--p', `${p}`]
  const summary = await summaryOf('run', ...inputs, '--out', out, '--force')
  const heavy = readHeavy(out)
  requireEqual(summary.uncertifiedQueries, 0, 'uncertified queries')
  const found = new Map(heavy.pairs.map(({ query, key, score }) => [query * ROWS + key, score]))
  requireEqual(found.size, heavy.pairs.length, 'distinct pairs')
  const [K, Q] = [readNpy(keys).data, readNpy(queries).data]
  let worst = 0
  for (let query = 0; query < ROWS; query++) {
    const { terms, sum } = maskedRow(K, Q, query, p)
    for (let key = 0; key <= query; key++) {
      const score = terms[key] / sum
      const mine = found.get(query * ROWS + key)
      if (mine === undefined) {
        require(score < EPSILON * (1 + TOLERANCE), `missed: query ${query}, key ${key}, score ${score}`)
        continue
      }
      require(score >= EPSILON * (1 - TOLERANCE), `extra: query ${query}, key ${key}, score ${score}`)
      worst = Math.max(worst, Math.abs(mine / score - 1))
      found.delete(query * ROWS + key)
    }
  }
  requireEqual(found.size, 0, 'pairs of keys behind their query')
  require(worst <= TOLERANCE, `a score is off by a relative ${worst}`)
  const exact = summary.queriesExactPass
  return `${heavy.pairs.length} pairs, |U| ${summary.universalSize}, ${exact} queries by the exact pass; scores within ${worst.toPrecision(2)}`
}

/** |<q, k_l>|^p for l = 0 .. query, and their sum. */
function maskedRow(keys, queries, query, p) {
  const terms = new Float64Array(query + 1)
  let sum = 0
  for (let key = 0; key <= query; key++) {
    let dot = 0
    for (let a = 0; a < COLS; a++) dot += queries[query * COLS + a] * keys[key * COLS + a]
    terms[key] = Math.abs(dot) ** p
    sum += terms[key]
  }
  return { terms, sum }
}
