import { NO_EXPONENT } from '../arithmetic/column-exponents.ts'
import type { RowRanges } from '../matrix/row-ranges.ts'
import { LevError } from '../errors/errors.ts'

type Floats = Float32Array | Float64Array

/** A float64 has an exponent in this range (as `exponentOf` counts). */
const LEAST_EXPONENT = -1073
const MOST_EXPONENT = 1024

/** Throws Content at the first of `values` that is not `good`; `width`: columns, where it is a matrix. */
export function requireEach(
  file: string,
  field: string,
  values: ArrayLike<number>,
  good: (value: number, index: number) => boolean,
  wanted: string,
  width?: number,
): void {
  for (let i = 0; i < values.length; i++) {
    if (!good(values[i], i)) throw unusable(file, field, wanted, values[i], whereOf(i, width))
  }
}

export function whereOf(index: number, width?: number): string {
  if (width === undefined) return `at index ${index}`
  return `in row ${Math.floor(index / width)}, column ${index % width}`
}

export function requireFiniteBlock(file: string, field: string, values: Floats, width?: number): void {
  requireEach(file, field, values, Number.isFinite, 'finite numbers', width)
}

export function requireNotNegative(file: string, field: string, values: ArrayLike<number>): void {
  requireEach(
    file,
    field,
    values,
    (value) => value >= 0 && value < Infinity,
    'finite numbers that are not negative',
  )
}

export function requireShares(file: string, field: string, values: ArrayLike<number>): void {
  requireEach(file, field, values, (value) => value >= 0 && value <= 1, 'numbers from 0 to 1')
}

/** Throws Content unless `rowIds` ascend, each once, and lie in `ranges`. */
export function requireRowIds(file: string, field: string, rowIds: Float64Array, ranges: RowRanges): void {
  let range = 0
  for (let slot = 0; slot < rowIds.length; slot++) {
    const rowId = rowIds[slot]
    if (slot > 0 && !(rowId > rowIds[slot - 1])) {
      const wanted = `row ids that ascend, each once (the one before is ${rowIds[slot - 1]})`
      throw unusable(file, field, wanted, rowId, whereOf(slot))
    }
    while (range < ranges.length && rowId >= ranges[range].rowEnd) range++
    if (!(range < ranges.length && rowId >= ranges[range].rowStart))
      throw unusable(file, field, "row ids in the file's own ranges of rows", rowId, whereOf(slot))
  }
}

/** Throws Content unless `exponents` [dim] are those of float64 numbers, or of a column of zeros. */
export function requireExponents(file: string, field: string, exponents: Float64Array): void {
  const good = (e: number) =>
    e === NO_EXPONENT || (Number.isInteger(e) && e >= LEAST_EXPONENT && e <= MOST_EXPONENT)
  const wanted = `whole numbers from ${LEAST_EXPONENT} to ${MOST_EXPONENT}, or ${NO_EXPONENT} for a column of zeros`
  requireEach(file, field, exponents, good, wanted)
}

/** Throws Content unless `matrix` [dim, dim] is finite and zero above (`zero` 'upper') or below its diagonal. */
export function requireTriangle(
  file: string,
  field: string,
  matrix: Float64Array,
  dim: number,
  zero: 'upper' | 'lower',
): void {
  requireFiniteBlock(file, field, matrix, dim)
  const good = (value: number, i: number) => {
    const above = (i % dim) - Math.floor(i / dim)
    return value === 0 || (zero === 'upper' ? above <= 0 : above >= 0)
  }
  requireEach(file, field, matrix, good, `zero ${zero === 'upper' ? 'above' : 'below'} its diagonal`, dim)
}

/** As a Gram matrix is known: no entry is off by more than `relTol` of its columns' norms. */
interface GramTerms {
  readonly dim: number
  readonly rowCount: number
  readonly relTol: number
}

/**
 * Throws Content unless the upper triangle of `gram` [dim, dim] can be that of a Gram matrix: finite, diagonal >= 0,
 * |g_ab| <= sqrt(g_aa g_bb) but for rounding. With |computed - exact| <= g sqrt(G_aa G_bb), g = relTol, the computed entry is at
 * most (1+g)/(1-g) of the computed root: 1 + 3 g is more. Where a product underflows, each of the `rowCount` terms of a sum loses
 * 2^-1074 at most, which is added to each diagonal entry.
 */
export function requireGram(
  file: string,
  field: string,
  gram: Float64Array,
  { dim, rowCount, relTol }: GramTerms,
): void {
  requireFiniteBlock(file, field, gram, dim)
  const lost = (rowCount + 1) * Number.MIN_VALUE
  const norms = new Float64Array(dim)
  for (let a = 0; a < dim; a++) {
    const square = gram[a * dim + a]
    if (square < 0)
      throw unusable(file, field, 'a sum of squares on its diagonal', square, whereOf(a * dim + a, dim))
    norms[a] = Math.sqrt(square + lost)
  }
  const room = 1 + 3 * relTol + 2 ** -50
  for (let a = 0; a < dim; a++) {
    for (let b = a + 1; b < dim; b++) {
      const value = gram[a * dim + b]
      if (Math.abs(value) <= norms[a] * norms[b] * room) continue
      const wanted = 'a Gram matrix, no entry above the root of its diagonal entries'
      throw unusable(file, field, wanted, value, whereOf(a * dim + b, dim))
    }
  }
}

/** Throws Content unless `matrix` [dim, dim] is its own transpose, bit for bit. */
export function requireSymmetric(file: string, field: string, matrix: Float64Array, dim: number): void {
  for (let a = 0; a < dim; a++) {
    for (let b = 0; b < a; b++) {
      const value = matrix[a * dim + b]
      if (value !== matrix[b * dim + a])
        throw unusable(file, field, 'symmetric', value, whereOf(a * dim + b, dim))
    }
  }
}

/**
 * The Content error about a file whose checksum holds and whose `field` cannot be true. `found`: what stands there, where that is
 * told, and where in the field, as in 'at index 3'.
 */
export function unusable(
  file: string,
  field: string,
  wanted: string,
  ...found: [value?: unknown, where?: string]
): LevError {
  const [value, where] = found
  const text = found.length === 0 ? '' : `, and is ${textOf(value)}${where === undefined ? '' : ` ${where}`}`
  const message = `${file}: its '${field}' should be ${wanted}${text}; the file is not usable, build it again`
  return new LevError('Content', message, { file })
}

const MOST_CHARACTERS = 60

function textOf(value: unknown): string {
  const text =
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? JSON.stringify(value)
      : String(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
