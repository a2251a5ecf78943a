import { LevError } from '../errors/errors.ts'
import { MAX_SAMPLE, sampleSorted } from '../random/random.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { type RelevantOptions, type RelevantShape, relevantShape } from './relevant-shape.ts'

/**
 * The planted test model (theory.md section 10), in distribution the one that golden files were made from by NumPy: Gaussian keys, of which
 * `plantedCount` are scaled to a leverage of about 0.01 to 0.1; the first half of the queries each point near one of them.
 */
interface PlantedShape {
  readonly rowCount: number // n
  readonly dim: number // d
  readonly queryCount: number // m
  readonly plantedCount: number
  readonly seed: number
  /** Given: the keys are those of theory.md section 10, unit relevant keys amid noise, instead (relevant-rows.ts). */
  readonly relevant?: RelevantShape | undefined
}

/** The shape with its planted rows: plain data for map tasks. */
export interface PlantedModel extends PlantedShape {
  /** Row ids, ascending [plantedCount]: a function of (seed, n, plantedCount). */
  readonly plantedIds: Float64Array
}

const DEFAULT_PLANTED = 200

/** Throws Option where a number is out of its range. `plantedCount`: 200 by default, or n where there are fewer rows. */
export function plantedModel(
  shape: Omit<PlantedShape, 'plantedCount' | 'seed' | 'relevant'> & {
    plantedCount?: number
    seed?: number
    relevant?: RelevantOptions | undefined
  },
): PlantedModel {
  const { rowCount, dim, queryCount, seed = 1 } = shape
  const most = shape.relevant ? Math.max(0, dim - 1) : DEFAULT_PLANTED
  const { plantedCount = Math.min(most, DEFAULT_PLANTED, rowCount) } = shape
  requireCount('n', rowCount, 0, Number.MAX_SAFE_INTEGER)
  requireCount('d', dim, 1, MAX_COLS)
  requireCount('m', queryCount, 0, Number.MAX_SAFE_INTEGER)
  requireCount('planted', plantedCount, 0, Math.min(rowCount, MAX_SAMPLE))
  const relevant = shape.relevant && relevantShape(shape.relevant, rowCount, dim, plantedCount)
  const plantedIds = sampleSorted(plantedCount, rowCount, seed, 'plantedIds')
  return { rowCount, dim, queryCount, plantedCount, seed, plantedIds, ...(relevant ? { relevant } : {}) }
}

function requireCount(option: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  const why = option === 'planted' && most < MAX_SAMPLE ? ', the number of rows' : ''
  const wanted = `a whole number from ${least} to ${most}${why}`
  throw new LevError('Option', `--${option} is ${value}; it must be ${wanted}`, { option })
}
