import { types } from 'node:util'
import { requireFloats } from '../arguments/floats.ts'
import { shown } from '../arguments/kind-of.ts'
import { ANY } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { MAX_COLS, type MatrixSource, type RowPlace, type SourceSpec } from './matrix-source.ts'
import { requireRowId, requireRowRequest } from './row-request.ts'

/** How messages and the summary name a matrix that has no file. */
export const MEMORY_NAME = '(matrix in memory)'

type MemorySpec = Extract<SourceSpec, { kind: 'memory' }>

/**
 * The matrix [rows, cols] in `data`, row-major. An array over a SharedArrayBuffer is used as it is, any other is
 * copied once into a SharedArrayBuffer; workers share it. Throws ShapeMismatch (no such array, length is not rows * cols),
 * Option (`shape` says something else too), Content (cols outside 1 .. 4096).
 */
export function matrix(
  data: Float32Array | Float64Array,
  shape: { readonly rows: number; readonly cols: number },
): MatrixSource {
  const numbers = requireFloats(`${MEMORY_NAME}: data`, data)
  const { rows, cols } = requireShape(shape)
  requireCount('rows', rows)
  requireCount('cols', cols)
  if (cols === 0) throw new LevError('Content', `${MEMORY_NAME}: d = 0: a row needs at least one column`)
  if (cols > MAX_COLS)
    throw new LevError('Content', `${MEMORY_NAME}: d = ${cols} > ${MAX_COLS}, the largest d served`)
  if (numbers.length !== rows * cols) {
    const found = `${counted(numbers.length, 'element')} given`
    const message = `${MEMORY_NAME}: ${rows} x ${cols} needs ${counted(rows * cols, 'element')}, ${found}`
    throw new LevError('ShapeMismatch', message)
  }
  return new MemoryMatrix({ kind: 'memory', rows, cols, data: shared(numbers) })
}

export class MemoryMatrix implements MatrixSource {
  readonly spec: MemorySpec
  readonly element: 'f32' | 'f64'

  constructor(spec: MemorySpec) {
    this.spec = spec
    this.element = spec.data instanceof Float64Array ? 'f64' : 'f32'
  }

  get rows(): number {
    return this.spec.rows
  }

  get cols(): number {
    return this.spec.cols
  }

  readRows(rowStart: number, rowEnd: number, into: Float32Array | Float64Array): void {
    requireRowRequest(this, rowStart, rowEnd, into).set(
      this.spec.data.subarray(rowStart * this.cols, rowEnd * this.cols),
    )
  }

  locate(rowId: number): RowPlace {
    requireRowId(rowId)
    return { file: MEMORY_NAME, row: rowId }
  }

  close(): void {}
}

/** For callers without types. Throws Option for an order or an element type: they would count for nothing. */
function requireShape<Shape>(shape: Shape): Shape {
  if (typeof shape !== 'object' || shape === null)
    throw new LevError('ShapeMismatch', `${MEMORY_NAME}: say its shape, as in matrix(data, { rows, cols })`)
  requireOptions('matrix', { rows: ANY, cols: ANY }, shape)
  return shape
}

function requireCount(name: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return
  const message = `${MEMORY_NAME}: ${name} is ${shown(count)}; a whole number >= 0 is needed`
  throw new LevError('ShapeMismatch', message)
}

function shared(data: Float32Array | Float64Array): Float32Array | Float64Array {
  if (types.isSharedArrayBuffer(data.buffer)) return data
  const buffer = new SharedArrayBuffer(data.byteLength)
  const copy = data instanceof Float32Array ? new Float32Array(buffer) : new Float64Array(buffer)
  copy.set(data)
  return copy
}
