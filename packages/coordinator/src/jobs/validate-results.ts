import {
  isDrawn,
  LEAST_EPSILON,
  MAX_COLS,
  requireRowIds,
  requireTriangle,
  rowStream,
  scalePowerOfTwo,
  solveLower,
  unusable,
} from '@levattention/core/internal'
import { requireNumbers, type ResultArrays, withResult } from './result-arrays.ts'

/** Keys whose bounds are computed again. */
const MOST_TRIED = 1024
/** As of .lev: two computed ridge scores differ by less (core's validate-bounds.ts). */
const RIDGE_ROOM = 1.3 / 0.7
/** What a ridge certificate makes a score larger by. */
const RIDGE_INFLATION = 1.1 / 0.7

/** Throws Content unless every number of the u.npz at `path` is in its range and agrees with the others. */
export function validateUniversalNpz(path: string): void {
  withResult(path, (arrays) => {
    const { file } = arrays
    const [count, dim] = arrays.shape('keys', 2)
    const meta = arrays.meta()
    meta.integer('d', Math.max(1, dim), Math.min(MAX_COLS, dim))
    const rows = meta.integer('n', count)
    const p = meta.number('p', Number.MIN_VALUE, Number.MAX_VALUE)
    meta.number('epsilon', LEAST_EPSILON, 1)
    meta.integer('rank', 0, Math.min(dim, rows))
    meta.number('condition', 1, 2 ** 53)
    const slack = meta.number('thresholdSlack', 1e-12, 1)
    const ridge = meta.number('ridge', 0, 1)
    const isCausal = meta.truth('causal')
    const rowIds = arrays.all('rowIds', ['u64'], count)
    requireRowIds(file, 'rowIds', rowIds.slice().sort(), meta.ranges('rows', rows))
    const bounds = arrays.all('bounds', ['f64'], count)
    const isInOrder = (bound: number, i: number) =>
      bound >= 0 &&
      bound <= 1 &&
      (i === 0 || bound < bounds[i - 1] || (bound === bounds[i - 1] && rowIds[i] > rowIds[i - 1]))
    requireNumbers(arrays, 'bounds', bounds, isInOrder, 'from 0 to 1, the largest first, ties by row id')
    arrays.requireFinite('keys', ['f32', 'f64'], count, dim)
    const exponents = arrays.all('exponents', ['i32'], dim)
    requireNumbers(arrays, 'exponents', exponents, (e) => e >= -1073 && e <= 1024, 'from -1073 to 1024')
    if (arrays.has('factors')) {
      const [sketches] = arrays.shape('factors', 3)
      const factors = arrays.all('factors', ['f64'], sketches, dim, dim)
      for (let at = 0; at < factors.length; at += dim * dim)
        requireTriangle(file, 'factors', factors.subarray(at, at + dim * dim), dim, 'upper')
      return
    }
    const factor = arrays.all('factor', ['f64'], dim, dim)
    requireTriangle(file, 'factor', factor, dim, 'upper')
    for (let a = 0; a < dim; a++)
      if (factor[a * (dim + 1)] === 0)
        throw unusable(file, 'factor', 'no zero on its diagonal', { where: `in row ${a}`, value: 0 })
    if (arrays.has('forward')) arrays.requireFinite('forward', ['f64'], dim, dim)
    else if (p === 2 && !isCausal) requireBounds(arrays, { rowIds, bounds, factor, exponents, ridge, slack })
  })
}

interface Scored {
  readonly rowIds: Float64Array
  readonly bounds: Float64Array
  readonly factor: Float64Array
  readonly exponents: Float64Array
  readonly ridge: number
  readonly slack: number
}

/** p = 2: a bound is the score |factor⁻¹ y|², within twice its slack. Of many keys evenly spaced ones are tried. */
function requireBounds(
  arrays: ResultArrays,
  { rowIds, bounds, factor, exponents, ridge, slack }: Scored,
): void {
  const dim = exponents.length
  const keys = arrays.all('keys', ['f32', 'f64'], bounds.length, dim)
  const step = Math.max(1, Math.ceil(bounds.length / MOST_TRIED))
  const room = ridge > 0 ? RIDGE_ROOM : 1 + 4 * slack + 1e-9
  for (let slot = 0; slot < bounds.length; slot += step) {
    const y = Float64Array.from(exponents, (e, a) => scalePowerOfTwo(keys[slot * dim + a], -e))
    const tau =
      solveLower(factor, y, dim).reduce((sum, x) => sum + x * x, 0) * (ridge > 0 ? RIDGE_INFLATION : 1)
    if (bounds[slot] >= Math.min(1, tau / room) && bounds[slot] <= tau * room) continue
    throw unusable(arrays.file, 'bounds', `about ${Math.min(1, tau)}, by its factor (row ${rowIds[slot]})`, {
      where: `at index ${slot}`,
      value: bounds[slot],
    })
  }
}

/** Throws Content unless every number of the row sample at `path` is in its range and agrees with the others. */
export function validateSampleNpz(path: string): void {
  withResult(path, (arrays) => {
    const { file } = arrays
    const [count, dim] = arrays.shape('rows', 2)
    const meta = arrays.meta()
    const n = meta.integer('n', count)
    meta.integer('d', Math.max(1, dim), Math.min(MAX_COLS, dim))
    meta.integer('rank', 0, Math.min(dim, n))
    meta.number('condition', 1, 2 ** 53)
    meta.number('thresholdSlack', 1e-12, 1)
    meta.number('probabilitySum', 0, n)
    meta.number('rowsExpected', 0, n)
    const seed = meta.integer('seed', 0)
    const rowIds = arrays.all('rowIds', ['u64'], count)
    requireRowIds(file, 'rowIds', rowIds, n > 0 ? [{ rowStart: 0, rowEnd: n }] : [])
    const chances = arrays.all('probabilities', ['f64'], count)
    const stream = rowStream(seed)
    const isOfSeed = (chance: number, i: number) =>
      chance > 0 && chance <= 1 && isDrawn(stream, rowIds[i], chance)
    requireNumbers(
      arrays,
      'probabilities',
      chances,
      isOfSeed,
      "above 0 and at most 1, of rows that 'meta.seed' draws",
    )
    const weights = arrays.all('weights', ['f64'], count)
    requireNumbers(
      arrays,
      'weights',
      weights,
      (weight, i) => weight === 1 / chances[i],
      "1 over 'probabilities'",
    )
    const certain = chances.reduce((sum, chance) => sum + (chance === 1 ? 1 : 0), 0)
    meta.integer('rowsCertain', certain, certain)
    arrays.requireFinite('rows', ['f32', 'f64'], count, dim)
  })
}
