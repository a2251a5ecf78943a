// @ts-check
// node scripts/measure-recovery.mjs: the table of docs/planted.md. The planted test model (`generate planted --noise
// --coherence`): what theory.md section 10 predicts of the leverage scores, and what is found; a Markdown table.
import {
  compileKernels,
  matrix,
  plantedKeys,
  plantedModel,
  predictedLeverage,
  wasmKernels,
} from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { RunStats } from '#coordinator/tasks/run-context'

const SEED = 1
const EPSILON = 0.1

/** N noise keys, d, relevant keys, coherence c, and N v². The last rows break one condition each. */
const CASES = [
  [100_000, 16, 10, 0, 1],
  [100_000, 64, 20, 0, 1],
  [100_000, 64, 20, 2, 1],
  [100_000, 64, 60, 5, 2],
  [100_000, 128, 100, 1, 4],
  [1_000_000, 64, 20, 2, 1],
  [1500, 64, 20, 0, 1],
  [100_000, 64, 20, 0, 20],
  [100_000, 64, 20, 18, 1],
  [100_000, 64, 60, 40, 1],
]

const module = await compileKernels()
console.log(
  '| N | d | relevant | c | N v² | relevant leverage: predicted | found, least to most | largest of noise: predicted | found | separated at epsilon 0.1: predicted | found: relevant, noise in U |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|---|')
for (const [noiseCount, dim, plantedCount, coherence, spread] of CASES) {
  const rowCount = noiseCount + plantedCount
  const model = plantedModel({
    rowCount,
    dim,
    queryCount: 0,
    plantedCount,
    seed: SEED,
    relevant: { coherence, noise: spread / noiseCount },
  })
  if (model.relevant === undefined) throw new Error('a model without relevant keys')
  const predicted = predictedLeverage(model.relevant, rowCount, dim, plantedCount)
  const leverage = await leverageOf(model)
  const sorted = [...model.plantedIds].map((id) => leverage[id]).sort((a, b) => a - b)
  const planted = new Set(model.plantedIds)
  const noise = leverage.filter((_, row) => !planted.has(row))
  const isPredicted = predicted.relevant >= EPSILON && predicted.noiseAtMost < EPSILON
  const found = sorted.filter((tau) => tau >= EPSILON).length
  const noiseFound = noise.filter((tau) => tau >= EPSILON).length
  const cells = [
    noiseCount,
    dim,
    plantedCount,
    coherence,
    spread,
    text(predicted.relevant),
    `${text(sorted[0])} to ${text(sorted[plantedCount - 1])}`,
    text(predicted.noiseAtMost),
    text(noise.reduce((most, tau) => Math.max(most, tau), 0)),
    isPredicted ? 'yes' : 'no',
    `${found} of ${plantedCount}, ${noiseFound}`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

/**
 * The leverage scores of all keys: at this epsilon U holds every key.
 * @param {import('@levattention/core/internal').PlantedModel} model
 */
async function leverageOf(model) {
  const { rowCount: rows, dim: cols } = model
  const keys = matrix(plantedKeys(model, { rowStart: 0, rowEnd: rows }), { rows, cols })
  const makeKernels = () => wasmKernels(module)
  const engine = new InlineEngine(makeKernels)
  const context = {
    engine,
    kernels: makeKernels(),
    signal: undefined,
    onProgress: undefined,
    stats: new RunStats(),
  }
  const { universal } = await findUniversalSet(keys, { epsilon: 1e-12 }, context)
  await engine.close()
  const leverage = new Float64Array(rows)
  universal.rowIds.forEach((row, slot) => {
    leverage[row] = universal.bounds[slot]
  })
  return leverage
}

/** @param {number} value */
function text(value) {
  return String(Number(value.toPrecision(3)))
}
