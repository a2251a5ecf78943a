import {
  attentionName,
  Candidates,
  isQuadratic,
  LEAST_EPSILON,
  MAX_COLS,
  MOST_MEASURED,
  multiplySquare,
  requireCondition,
  requireKeptBounds,
  requireRowIds,
  requireTriangle,
  ridgeSlackOf,
  scoreRoom,
  transpose,
  unusable,
  validateBounds,
} from '@levattention/core/internal'
import { type Meta, requireNumbers, type ResultArrays, ROW_ID_TYPES, withResult } from './result-arrays.ts'
import { UNIVERSAL_NPZ_VERSION } from './universal-npz.ts'

/** Of k T by other dots than the file's own, which a ridge makes 1/64 of an x at most: of its square, twice. */
const RIDGE_MAP_ROOM = 1 + 1 / 16

/** Throws Content unless every number of the u.npz at `path` is in its range and agrees with the others. */
export function validateUniversalNpz(path: string): void {
  withResult(path, (arrays) => {
    const { file } = arrays
    const [count, dim] = arrays.shape('keys', 2)
    const meta = arrays.meta()
    meta.oneOf('formatVersion', UNIVERSAL_NPZ_VERSION)
    meta.integer('d', Math.max(1, dim), Math.min(MAX_COLS, dim))
    const rowCount = meta.integer('n', count)
    const p = meta.number('p', Number.MIN_VALUE, Number.MAX_VALUE)
    meta.oneOf('attention', attentionName({ p }))
    const epsilon = meta.number('epsilon', LEAST_EPSILON, 1)
    const causal = meta.truth('causal')
    const ridge = meta.number('ridge', 0, 1)
    const isTight = meta.has('ridgeRule') && meta.oneOf('ridgeRule', 'tight') === 'tight'
    const power = isQuadratic({ p }) ? undefined : { p }
    const sketch = arrays.has('factors') ? {} : undefined
    const ofRidge = causal ? 0 : ridgeSlackOf({ ridge, isTight, power, sketch })
    const thresholdSlack = ownSlack(meta, ofRidge)
    const rowIds = arrays.all('rowIds', ROW_ID_TYPES, count)
    requireRowIds(file, 'rowIds', rowIds.slice().sort(), meta.ranges('rows', rowCount))
    const bounds = arrays.all('bounds', ['f64'], count)
    const isInOrder = (bound: number, i: number) =>
      bound >= 0 &&
      bound <= 1 &&
      (i === 0 || bound < bounds[i - 1] || (bound === bounds[i - 1] && rowIds[i] > rowIds[i - 1]))
    requireNumbers(arrays, 'bounds', bounds, isInOrder, 'from 0 to 1, the largest first, ties by row id')
    requireKeptBounds(file, bounds, epsilon, { thresholdSlack }, causal)
    arrays.requireFinite('keys', ['f32', 'f64'], count, dim)
    const exponents = arrays.all('exponents', ['i32', 'i64'], dim)
    requireNumbers(arrays, 'exponents', exponents, (e) => e >= -1073 && e <= 1024, 'from -1073 to 1024')
    const factor = {
      ...factorFrom(arrays, meta, dim, p, causal),
      dim,
      rowCount,
      thresholdSlack,
      exponents: Int32Array.from(exponents),
      ridge,
      isTight,
      rank: meta.integer('rank', 0, Math.min(dim, rowCount)),
      condition: meta.number('condition', 1, 2 ** 53),
      live: new Uint8Array(dim).fill(1),
      lift: undefined,
    }
    const isOfSum = factor.ridge === 0 && !factor.preconditioner && !factor.power && !factor.sketch
    if (isOfSum) requireOwnSum(file, factor)
    const isMapped = factor.ridge > 0 && factor.preconditioner !== undefined
    const room = scoreRoom(factor) * (isMapped ? RIDGE_MAP_ROOM : 1)
    const keys = Candidates.of(dim, rowIds, bounds, arrays.all('keys', ['f32', 'f64'], count, dim))
    validateBounds(file, factor, keys, { p, causal, room })
  })
}

/** What a slack has beside the part of a ridge. */
function ownSlack(meta: Meta, ofRidge: number): number {
  // JSON has no infinity: null says that nothing bounds it.
  if (ofRidge === Infinity && meta.isNull('thresholdSlack')) return 1
  const told = meta.number('thresholdSlack', Math.max(1e-12, ofRidge), 1 + ofRidge)
  return Math.max(1e-12, told - ofRidge)
}

/** `lower` is D chol(H): H's condition, and its rank, which is that of all columns but those of zeros, whose rows are unit ones. */
function requireOwnSum(
  file: string,
  {
    dim,
    lower,
    condition,
    rank,
  }: {
    readonly dim: number
    readonly lower: Float64Array
    readonly condition: number
    readonly rank: number
  },
): void {
  const norms = Float64Array.from({ length: dim }, (_, a) =>
    Math.hypot(...lower.subarray(a * dim, (a + 1) * dim)),
  )
  const unit = lower.map((value, i) => value / norms[Math.floor(i / dim)])
  if (dim <= MOST_MEASURED)
    requireCondition(file, 'meta.condition', multiplySquare(unit, transpose(unit, dim), dim), dim, condition)
  const mayBeDead = norms.reduce(
    (sum, norm, a) => sum + (norm === 1 && lower[a * (dim + 1)] === 1 ? 1 : 0),
    0,
  )
  if (rank < dim - mayBeDead) throw unusable(file, 'meta.rank', `${dim}, as the factor is regular`, rank)
}

/** What scores a key, from the arrays, and what turns its score into a bound, from meta. */
function factorFrom(arrays: ResultArrays, meta: Meta, dim: number, p: number, causal: boolean) {
  const preconditioner = coordinatesFrom(arrays, dim)
  const power = powerFrom(meta, p, causal)
  if (!arrays.has('factors')) {
    for (const name of ['method', 'delta', 'inflation']) meta.absent(name, 'as no sketches made it')
    return { lower: lowerFrom(arrays, dim), preconditioner, power, sketch: undefined }
  }
  meta.oneOf('method', 'sketch')
  meta.number('delta', 0, 1)
  const inflation = meta.number('inflation', 1, Number.MAX_VALUE)
  if (!isQuadratic({ p }) || preconditioner)
    throw unusable(arrays.file, 'factors', 'absent, as sketches are for p = 2, in plain columns')
  const [sketches] = arrays.shape('factors', 3)
  const factors = arrays.all('factors', ['f64'], sketches, dim, dim)
  const lowers = Array.from({ length: sketches }, (_, i) =>
    requireLower(arrays.file, 'factors', factors.subarray(i * dim * dim, (i + 1) * dim * dim), dim),
  )
  if (sketches === 0) throw unusable(arrays.file, 'factors', 'of one sketch or more', 0)
  return { lower: lowers[0], preconditioner, power, sketch: { lowers, inflation } }
}

function lowerFrom(arrays: ResultArrays, dim: number): Float64Array {
  return requireLower(arrays.file, 'factor', arrays.all('factor', ['f64'], dim, dim), dim)
}

function requireLower(file: string, name: string, lower: Float64Array, dim: number): Float64Array {
  requireTriangle(file, name, lower, dim, 'upper')
  for (let a = 0; a < dim; a++)
    if (lower[a * (dim + 1)] === 0) throw unusable(file, name, 'no zero on its diagonal', 0, `in row ${a}`)
  return lower
}

/** The file does not say which columns of k T were compensated: here all are. */
function coordinatesFrom(arrays: ResultArrays, dim: number) {
  if (!arrays.has('forward')) return undefined
  arrays.requireFinite('forward', ['f64'], dim, dim)
  const forward = arrays.all('forward', ['f64'], dim, dim)
  return { forward, compensated: Uint32Array.from({ length: dim }, (_, a) => a) }
}

function powerFrom(meta: Meta, p: number, causal: boolean) {
  const quadratic = isQuadratic({ p })
  if (quadratic || causal) {
    for (const name of ['weightSum', 'weightRatio'])
      meta.absent(name, quadratic ? 'as p is 2' : 'as it is causal')
    return undefined
  }
  const weightSum = meta.number('weightSum', 0, Number.MAX_VALUE)
  // JSON has no infinity: null says that nothing bounds the keys.
  const weightRatio = meta.isNull('weightRatio') ? Infinity : meta.number('weightRatio', 0, Number.MAX_VALUE)
  return { p, weightSum, weightRatio }
}
