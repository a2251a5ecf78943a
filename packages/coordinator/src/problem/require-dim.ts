import {
  type ErrorPlace,
  LevError,
  type MatrixSource,
  counted,
  matrixName,
  matrixPlace,
} from '@levattention/core/internal'

/** Rows that come to others, and how they are called. */
interface NamedRows {
  readonly name: string
  readonly place: ErrorPlace
  readonly cols: number
}

/** Throws Content unless `rows` [r, d] have the d of the others, of which `others` tells: ' and K.npy (keys) 4'. */
export function requireDim({ name, place, cols }: NamedRows, dim: number, others: string): void {
  if (cols === dim) return
  const message = `${name} has ${counted(cols, 'column')}${others}; both need the same d`
  throw new LevError('Content', message, place)
}

/** Throws Content where queries [m, d] and keys [n, d], which `others` tells of, have different d. */
export function requireQueryDim(queries: MatrixSource, dim: number, others: string): void {
  const name = `${matrixName(queries)} (queries)`
  requireDim({ name, place: { ...matrixPlace(queries), input: 'queries' }, cols: queries.cols }, dim, others)
}

/** Throws Content where queries [m, d] and keys [n, d] have different d. */
export function requireSameDim(keys: MatrixSource, queries: MatrixSource): void {
  requireQueryDim(queries, keys.cols, ` and ${matrixName(keys)} (keys) ${keys.cols}`)
}
