import { LevError, type MatrixSource, counted, matrixName, matrixPlace } from '@levattention/core/internal'

/** Throws Content where queries [m, d] and keys [n, d] have different d. */
export function requireSameDim(keys: MatrixSource, queries: MatrixSource): void {
  if (keys.cols === queries.cols) return
  const message = `${matrixName(queries)} (queries) has ${counted(queries.cols, 'column')} and ${matrixName(keys)} (keys) ${keys.cols}; both need the same d`
  throw new LevError('Content', message, { ...matrixPlace(queries), input: 'queries' })
}
