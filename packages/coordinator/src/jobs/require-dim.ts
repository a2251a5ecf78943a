import { inputParts, LevError, type MatrixSource, counted } from '@levattention/core/internal'

/** Throws Content where queries [m, d] and keys [n, d] have different d. */
export function requireSameDim(keys: MatrixSource, queries: MatrixSource): void {
  if (keys.cols === queries.cols) return
  const file = nameOf(queries)
  const message = `${file} (queries) has ${counted(queries.cols, 'column')} and ${nameOf(keys)} (keys) ${keys.cols}; both need the same d`
  throw new LevError('Content', message, { file })
}

/** The first file of a matrix. */
export function nameOf(source: MatrixSource): string {
  return inputParts(source).at(0)?.path ?? 'a matrix without rows'
}
