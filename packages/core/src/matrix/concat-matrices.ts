import { kindOf } from '../arguments/kind-of.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { FileMatrix } from './file-matrix.ts'
import type { FilePart, MatrixSource } from './matrix-source.ts'
import { matrixName, matrixPlace } from './part-place.ts'
import { requireMatrix } from './require-matrix.ts'
import { joinedNaming, withRowNaming } from './row-naming.ts'

/**
 * One matrix of the rows of `sources`, in that order; element types may differ (float64 if any part has it). It opens
 * the files by itself: the sources stay the caller's to close. Throws Content (columns differ), ShapeMismatch (none, or
 * a matrix in memory among several).
 */
export function concatMatrices(sources: readonly MatrixSource[]): MatrixSource {
  if (!Array.isArray(sources)) {
    const message = `concatMatrices: sources is ${kindOf(sources)}; matrices are needed, as in concatMatrices([a, b])`
    throw new LevError('ShapeMismatch', message)
  }
  sources.forEach((source: unknown, i) => requireMatrix(`matrix ${i}`, source))
  if (sources.length === 0) throw new LevError('ShapeMismatch', 'no matrix was given to put together')
  if (sources.length === 1) return sources[0]
  const [first] = sources
  const parts: FilePart[] = []
  let rows = 0
  for (const source of sources) {
    requireSameCols(first, source)
    if (source.spec.design)
      throw new LevError(
        'ShapeMismatch',
        'design matrices cannot be put together: put their tables together first',
      )
    parts.push(...shiftedParts(source, rows))
    rows += source.rows
  }
  const whole = new FileMatrix({ kind: 'files', rows, cols: first.cols, parts })
  const naming = joinedNaming(sources)
  return naming ? withRowNaming(whole, naming) : whole
}

function shiftedParts(source: MatrixSource, rows: number): FilePart[] {
  if (source.spec.kind === 'memory') {
    const message = 'matrices in memory cannot be put together: copy their rows into one array'
    throw new LevError('ShapeMismatch', message)
  }
  return source.spec.parts.map((part) => ({ ...part, firstRow: part.firstRow + rows }))
}

function requireSameCols(first: MatrixSource, source: MatrixSource): void {
  if (source.cols === first.cols) return
  const found = `${matrixName(source)}: ${counted(source.cols, 'column')}, but ${matrixName(first)} has ${first.cols}`
  const message = `${found}: files of one matrix have the same columns`
  throw new LevError('Content', message, matrixPlace(source))
}
