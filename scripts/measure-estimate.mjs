// @ts-check
// node scripts/measure-estimate.mjs [--keys K.npy --queries Q.npy] [--rows 100000 --cols 64] [--queries-tried 32] [--seeds 200]
// [--p .5,1,1.5,3,4] [--epsilon .01] [--delta .1]: how often the lower end of a row sum by --scores estimate lies above the row sum, over
// seeds, and which heavy pairs are missed. Planted keys unless files are named; without queries their own rows are. One line a p.
import { scriptArguments } from './script-arguments.mjs'
import {
  compileKernels,
  matrix,
  openMatrix,
  plantedKeys,
  plantedModel,
  plantedQueries,
  wasmKernels,
} from '@levattention/core/internal'
import { estimateTrial, mostFailures } from '../test/support/estimate-trial.mjs'

const { values } = scriptArguments({
  options: {
    keys: { type: 'string' },
    queries: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    cols: { type: 'string', default: '64' },
    'queries-tried': { type: 'string', default: '32' },
    seeds: { type: 'string', default: '200' },
    p: { type: 'string', default: '.5,1,1.5,3,4' },
    epsilon: { type: 'string', default: '.01' },
    delta: { type: 'string', default: '.1' },
  },
})

const [seeds, m, epsilon, delta] = [values.seeds, values['queries-tried'], values.epsilon, values.delta].map(
  Number,
)
const module = await compileKernels()
const { keys, queries } = values.keys === undefined ? planted() : fromFiles(values.keys, values.queries)
console.log(
  `keys [${keys.rows}, ${keys.cols}], epsilon ${epsilon}, ${seeds} seeds; at delta ${delta} a query fails in at most ` +
    `${mostFailures(seeds, delta, m)} of them, with 99 % for the worst of ${m}`,
)
console.log(
  '| p | universal set | queries | heavy | missed | told / heavy | fails, worst (mean) | weakened |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (const p of values.p.split(',').map(Number)) {
  const found = await estimateTrial(keys, queries, {
    p,
    epsilon,
    delta,
    seeds,
    makeKernels: () => wasmKernels(module),
  })
  const fails = (/** @type {'nominal' | 'weakened'} */ mode) =>
    `${found[mode].worst} (${found[mode].mean.toFixed(2)})`
  const more = found.heavy === 0 ? '-' : (found.nominal.told / seeds / found.heavy).toFixed(3)
  console.log(
    `| ${p} | ${found.universalSize} | ${found.tried} | ${found.heavy} | ${found.nominal.missed} | ${more} | ` +
      `${fails('nominal')} | ${fails('weakened')} |`,
  )
}

function planted() {
  const [rows, cols] = [Number(values.rows), Number(values.cols)]
  const model = plantedModel({ rowCount: rows, dim: cols, queryCount: m })
  const k = plantedKeys(model, { rowStart: 0, rowEnd: rows })
  const q = plantedQueries(model, { rowStart: 0, rowEnd: m })
  return { keys: shared(k, rows, cols), queries: shared(q, m, cols) }
}

/**
 * @param {string} keyFile
 * @param {string | undefined} queryFile
 */
function fromFiles(keyFile, queryFile) {
  const rowsOf = openMatrix(keyFile)
  const source = queryFile === undefined ? rowsOf : openMatrix(queryFile)
  const rows = new Float64Array(m * source.cols)
  const row = source.element === 'f64' ? new Float64Array(source.cols) : new Float32Array(source.cols)
  // Spread over all rows.
  for (let i = 0; i < m; i++) {
    const at = Math.floor((i * source.rows) / m)
    source.readRows(at, at + 1, row)
    rows.set(row, i * source.cols)
  }
  return { keys: rowsOf, queries: matrix(rows, { rows: m, cols: source.cols }) }
}

/**
 * @param {Float32Array} data
 * @param {number} rows
 * @param {number} cols
 */
function shared(data, rows, cols) {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength))
  copy.set(data)
  return matrix(copy, { rows, cols })
}
