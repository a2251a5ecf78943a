// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readNpz, readNpzMeta } from '../../test/support/npy.mjs'
import { readHeavy, writeRows } from './arrays.mjs'
import { require, requireEqual } from './check.mjs'
import { summaryOf } from './command.mjs'
import { definedCases } from './defined-cases.mjs'

/**
 * Inputs at the edge, whose answers are known without computing.
 * @type {import('./check.mjs').Concern}
 */
export const definedAnswers = {
  name: 'defined-answers',
  about: 'empty, zero, huge, tiny and repeated inputs: answers in closed form, through files',
  async *checks({ scratch }) {
    for (const one of definedCases()) {
      yield { what: one.what, run: async () => await checkCase(one, scratch) }
    }
  },
}

/** @typedef {import('./defined-cases.mjs').DefinedCase} DefinedCase */

/**
 * Of both element types, or of float64 alone.
 * @param {DefinedCase} wanted
 * @param {string} scratch
 */
async function checkCase(wanted, scratch) {
  const { cols, keys, queries, universal, pairs, undefinedRows } = wanted
  const paths = Object.fromEntries(
    ['K.npy', 'Q.npy', 'heavy.npz', 'heavy.csv', 'heavy.ndjson', 'u.lev', 'u.npz'].map((name) => [
      name,
      join(scratch, name),
    ]),
  )
  for (const float32 of wanted.float32 ? [true, false] : [false]) {
    writeRows(paths['K.npy'], keys, { cols, float32 })
    writeRows(paths['Q.npy'], queries, { cols, float32 })
    await checkPairs(paths, wanted)
    await checkTexts(paths, wanted)
    await checkUniversal(paths, wanted)
  }
  return `${pairs.length} pairs, |U| ${universal.length}, ${undefinedRows.length} undefined`
}

/**
 * @param {Record<string, string>} paths
 * @param {DefinedCase} wanted
 */
async function checkPairs(paths, { keys, epsilon, universal, pairs, undefinedRows, queries }) {
  const out = paths['heavy.npz']
  const inputs = ['--keys', paths['K.npy'], '--queries', paths['Q.npy'], '--epsilon', `${epsilon}`]
  const outputs = ['--out', out, '--universal', paths['u.lev'], '--force']
  const summary = await summaryOf('run', ...inputs, ...outputs)
  const heavy = readHeavy(out)
  requireEqual([heavy.queryCount, heavy.keyCount], [queries.length, keys.length], 'shape of the .npz')
  requireEqual(
    idsOf(heavy.pairs),
    pairs.map(([query, key]) => [query, key]),
    'pairs',
  )
  heavy.pairs.forEach(({ score }, i) =>
    requireNear(score, pairs[i][2], `score of pair ${idsOf(heavy.pairs)[i].join()}`),
  )
  requireEqual(heavy.undefinedRows, undefinedRows, 'undefined rows')
  requireEqual(heavy.uncertified, [], 'uncertified queries')
  const { n, m, universalSize, pairs: pairCount, undefinedRows: undefinedCount, uncertifiedQueries } = summary
  requireEqual(
    { n, m, universalSize, pairCount, undefinedCount: undefinedCount ?? 0, uncertifiedQueries },
    {
      n: keys.length,
      m: queries.length,
      universalSize: universal.length,
      pairCount: pairs.length,
      undefinedCount: undefinedRows.length,
      uncertifiedQueries: 0,
    },
    'summary',
  )
}

/**
 * The same pairs as text, from the universal set, by `query`.
 * @param {Record<string, string>} paths
 * @param {DefinedCase} wanted
 */
async function checkTexts(paths, { pairs }) {
  const given = [
    'query',
    '--universal',
    paths['u.lev'],
    '--queries',
    paths['Q.npy'],
    '--keys',
    paths['K.npy'],
  ]
  for (const name of ['heavy.csv', 'heavy.ndjson']) {
    await summaryOf(...given, '--out', paths[name], '--force')
  }
  const [head, ...lines] = readFileSync(paths['heavy.csv'], 'utf8').trimEnd().split('\n')
  requireEqual(head, 'query,key,score,dot', 'first line of the .csv')
  const csv = lines.map((line) => line.split(',').slice(0, 2).map(Number))
  const objects = readFileSync(paths['heavy.ndjson'], 'utf8').split('\n').filter(Boolean)
  const ids = pairs.map(([query, key]) => [query, key])
  requireEqual(csv, ids, 'pairs of the .csv')
  requireEqual(idsOf(objects.map((line) => JSON.parse(line))), ids, 'pairs of the .ndjson')
}

/**
 * @param {Record<string, string>} paths
 * @param {DefinedCase} wanted
 */
async function checkUniversal(paths, { epsilon, universal }) {
  const [lev, npz] = [paths['u.lev'], paths['u.npz']]
  await summaryOf('build', paths['K.npy'], '--epsilon', `${epsilon}`, '--out', lev, '--out', npz, '--force')
  const { rowIds, bounds } = readNpz(npz)
  const found = new Map(Array.from(rowIds.data, (id, i) => /** @type {const} */ ([id, bounds.data[i]])))
  requireEqual(
    [...found.keys()].sort((a, b) => a - b),
    universal.map(([rowId]) => rowId),
    'rows of U',
  )
  const ridge = Number(readNpzMeta(npz).ridge)
  for (const [rowId, leverage] of universal) {
    const bound = found.get(rowId) ?? NaN
    if (ridge > 0) require(bound >= leverage * (1 - 1e-9), `bound of row ${rowId}: ${bound}`)
    else requireNear(bound, leverage, `bound of row ${rowId}`)
  }
}

/** @param {readonly { query: number, key: number }[]} pairs */
const idsOf = (pairs) => pairs.map(({ query, key }) => [query, key])

/**
 * @param {number} found
 * @param {number} wanted
 * @param {string} what
 */
function requireNear(found, wanted, what) {
  require(Math.abs(found - wanted) <= 1e-9 * wanted, `${what}: ${found} instead of ${wanted}`)
}
