import { resolveArray, type OpenOptions } from './describe-file.ts'
import { FileMatrix } from './file-matrix.ts'
import { matrixPart, requireFloatArray, type FloatArray } from './matrix-part.ts'
import type { FilePart, MatrixSource, SourceSpec } from './matrix-source.ts'
import { MemoryMatrix } from './memory-matrix.ts'
import { badContent } from './refusal.ts'
import { shapeText } from './stored-array.ts'

/**
 * The matrix [rows, cols] at `address`: `k.npy`, `k.npy#[0,3]`, `k.npz#name[0]`, `k.safetensors#name`, or a raw file
 * by `options`. Reads the header only. Throws NotFound, Content (what is there is no matrix of floats), Option.
 */
export function openMatrix(address: string, options: OpenOptions = {}): MatrixSource {
  const { array, indices } = resolveArray(address, options)
  requireMatrixAxes(array.path, array.name, array.shape, indices.length)
  return matrixAt(requireFloatArray(array), indices)
}

/** One matrix of an array, as a source. */
export function matrixAt(array: FloatArray, leading: readonly number[]): MatrixSource {
  return fromParts([matrixPart(array, leading, 0)], array.shape.at(-1) ?? 0)
}

/** Opens a matrix again from its plain description, in another thread for instance. Files are opened when read. */
export function reopenMatrix(spec: SourceSpec): MatrixSource {
  return spec.kind === 'files' ? new FileMatrix(spec) : new MemoryMatrix(spec)
}

function fromParts(parts: readonly FilePart[], cols: number): MatrixSource {
  return new FileMatrix({
    kind: 'files',
    rows: parts.reduce((rows, part) => rows + part.rows, 0),
    cols,
    parts,
  })
}

function requireMatrixAxes(path: string, name: string, shape: readonly number[], indexCount: number): void {
  const left = shape.length - indexCount
  if (left === 2) return
  const found = `shape ${shapeText(shape)}`
  if (shape.length < 2) {
    throw badContent(
      path,
      `${found} is no matrix [rows, columns]. A vector as one column: numpy.reshape(-1, 1) and save again`,
    )
  }
  if (left < 2)
    throw badContent(path, `${found}: ${indexCount} indices leave no matrix; give ${shape.length - 2}`)
  const index = Array.from({ length: shape.length - 2 }, () => 0).join(',')
  throw badContent(
    path,
    `${found} holds several matrices. For one of them type '${path}#${name}[${index}]'; for each head by itself: --heads all`,
  )
}
