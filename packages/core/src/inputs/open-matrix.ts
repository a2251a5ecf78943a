import { counted } from '../errors/counted.ts'
import type { ArrayIndex } from '../errors/errors.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'
import { FileMatrix } from '../matrix/file-matrix.ts'
import {
  type MatrixAxes,
  matrixPart,
  requireFloatArray,
  requireInflated,
  type FloatArray,
} from './matrix-part.ts'
import type { FilePart, MatrixSource, SourceSpec } from '../matrix/matrix-source.ts'
import { MEMORY_NAME } from '../matrix/memory-matrix.ts'
import { withHeldColumns, withRowNaming } from '../matrix/row-naming.ts'
import { requireAddress } from './open-options.ts'
import type { Opening } from './ready-line.ts'
import { heldColumnsAt, namingOf } from './table-names.ts'
import { badContent } from '../files/refusal.ts'
import { arrayLabel, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { columnAdvice } from './element-advice.ts'
import { matrixAddress, severalMatrices } from './input-advice.ts'
import { fileWord } from '../files/typed-code.ts'

/**
 * The matrix [rows, cols] at `address`: `k.npy`, `k.npy#[0,3]`, `k.npy#[0,:,3]`, `k.npz#name[0]`, `k.safetensors#name`, or a raw file
 * by `options`; `k.npy#.T` and `k.npz#name.T` take the columns as rows. Reads the header only. Throws NotFound, Content (what is there is no matrix of floats), Option.
 */
export function openMatrix(address: string, options: OpenOptions = {}): MatrixSource {
  requireAddress('openMatrix', address, options)
  const { array, indices } = resolveArray(address, options)
  const opening = { call: 'openMatrix', options } as const
  const axes = matrixAxes(requireFloatArray(array, opening), indices)
  const source = matrixAt(requireReadable(array, opening), axes)
  // What names the rows of a table says nothing of its columns.
  const isTable = options.inflated?.what !== undefined && !array.isTransposed
  if (!isTable) return source
  return withHeldColumns(withRowNaming(source, namingOf(address, options)), heldColumnsAt(address, options))
}

/** The matrix at `axes` of `array`. Throws Content (d = 0, d > 4096). */
export function matrixAt(array: FloatArray, axes: MatrixAxes): MatrixSource {
  const part = matrixPart(array, axes)
  return new FileMatrix({ kind: 'files', rows: part.rows, cols: array.shape[axes.columnAxis], parts: [part] })
}

/** Throws Content unless the array is one of floats, complete, and not compressed. */
export function requireReadable(array: StoredArray, opening: Opening): FloatArray {
  const floats = requireFloatArray(array, opening)
  requireInflated(array, opening)
  return floats
}

/** The files of a matrix with their first row ids, for the summary. */
export function inputParts(source: {
  readonly spec: SourceSpec
}): Pick<FilePart, 'path' | 'firstRow' | 'rows'>[] {
  const { spec } = source
  if (spec.kind === 'memory') return [{ path: MEMORY_NAME, firstRow: 0, rows: spec.rows }]
  return spec.parts.map(({ path, firstRow, rows }) => ({ path, firstRow, rows }))
}

/** The two axes that `indices` leave of the array. Throws Content where they leave more or fewer. */
function matrixAxes(array: StoredArray, indices: ArrayIndex): MatrixAxes {
  const { shape } = array
  const found = `shape ${shapeText(shape)}`
  if (shape.length < 2) {
    const todo = shape.length === 0 ? 'it holds one number' : columnAdvice(array)
    throw badContent(arrayLabel(array), `${found} is no matrix [rows, columns]; ${todo}`)
  }
  const index = shape.map((_, axis) => indices.at(axis) ?? ':')
  const [rowAxis, columnAxis, ...others] = index.flatMap((at, axis) => (at === ':' ? [axis] : []))
  if (columnAxis !== undefined && others.length === 0) return { index, rowAxis, columnAxis }
  if (columnAxis === undefined) {
    const indexCount = indices.filter((at) => at !== ':').length
    const address = shape.length === 2 ? fileWord(arrayLabel(array)) : matrixAddress(array, indices)
    const advice = `type \`${address}\``
    throw badContent(
      arrayLabel(array),
      `${found}: no matrix is left by ${counted(indexCount, 'index').replace('indexes', 'indices')}; ${advice}`,
    )
  }
  throw severalMatrices(array, indices, `${found} holds several matrices`)
}
