// @ts-check
// Heavy hitters of the last 24 hours, hour after hour: each hour's rows become one summary of a few kilobytes, and the
// window is the merge of the last 24. Nothing is ever taken out of a summary: an hour that is over is left out of the merge.
//   node examples/sliding-window.mjs [KEYS.npy QUERIES.npy [ROWS_AN_HOUR]]
// prints a line of JSON an hour: the window's rows, the keys that some query can give 0.05, and the queries' heavy pairs.
import { KeySummary, matrix, openMatrix } from '@levattention/core'

const HOURS = 24
const EPSILON = 0.05
const [keysPath, queriesPath, hourText = '500'] = process.argv.slice(2)
const rowsAnHour = Number(hourText)
const keys = keysPath === undefined ? madeUp(40 * rowsAnHour) : openMatrix(keysPath)
const queries = rowsOf(queriesPath === undefined ? madeUp(3) : openMatrix(queriesPath))

/** @type {Uint8Array[]} */
const hours = [] // the bytes of each hour's summary: what another process, a file or a socket would hand over
for (let rowStart = 0; rowStart < keys.rows; rowStart += rowsAnHour) {
  const rows = rowsOf(keys, rowStart, Math.min(keys.rows, rowStart + rowsAnHour))
  hours.push(new KeySummary({ dim: keys.cols, epsilon: EPSILON, rowStart }).update(rows).toBytes())
  if (hours.length > HOURS) hours.shift()
  report(hours.map((bytes) => KeySummary.fromBytes(bytes)).reduce((window, hour) => window.merge(hour)))
}
keys.close()

/** @param {KeySummary} window */
function report(window) {
  const { keyIds, scores, offsets, uncertified } = window.heavyPairs(queries)
  const pairs = []
  for (let query = 0; query + 1 < offsets.length; query++)
    for (let at = offsets[query]; at < offsets[query + 1]; at++)
      pairs.push([query, keyIds[at], Number(scores[at].toFixed(6))])
  const universal = [...window.universalSet().rowIds].sort((a, b) => a - b)
  console.log(JSON.stringify({ rows: window.rowCount, universal, pairs, uncertified: [...uncertified] }))
}

/**
 * @param {import('@levattention/core').MatrixSource} source
 * @param {number} [rowStart]
 * @param {number} [rowEnd]
 */
function rowsOf(source, rowStart = 0, rowEnd = source.rows) {
  const length = (rowEnd - rowStart) * source.cols
  const rows = source.element === 'f64' ? new Float64Array(length) : new Float32Array(length)
  source.readRows(rowStart, rowEnd, rows)
  return rows
}

/**
 * Rows of 8 numbers, one in a thousand 30 times longer.
 * @param {number} rows
 */
function madeUp(rows) {
  let state = rows
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31 - 0.5
  const data = Float32Array.from(
    { length: rows * 8 },
    (_, i) => next() * (Math.floor(i / 8) % 1000 === 700 ? 30 : 1),
  )
  return matrix(data, { rows, cols: 8 })
}
