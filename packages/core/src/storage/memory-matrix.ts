import { counted } from '../counted.ts'
import { LevError } from '../errors.ts'
import { MAX_COLS, type MatrixSource, type RowPlace, type SourceSpec } from './matrix-source.ts'
import { requireRowRequest } from './row-request.ts'

/** How messages and the summary name a matrix that has no file. */
export const MEMORY_NAME = '(matrix in memory)'

type MemorySpec = Extract<SourceSpec, { kind: 'memory' }>

/**
 * The matrix [rows, cols] in `data`, row-major. An array over a SharedArrayBuffer is used as it is, any other is
 * copied once into a SharedArrayBuffer; workers share it. Throws ShapeMismatch (length is not rows * cols), Content
 * (cols outside 1 .. 1024).
 */
export function matrix(
  data: Float32Array | Float64Array,
  shape: { readonly rows: number; readonly cols: number },
): MatrixSource {
  requireNumbers(data)
  const { rows, cols } = requireShape(shape)
  requireCount('rows', rows)
  requireCount('cols', cols)
  if (cols === 0) throw new LevError('Content', `${MEMORY_NAME}: d = 0: a row needs at least one column`)
  if (cols > MAX_COLS)
    throw new LevError('Content', `${MEMORY_NAME}: d = ${cols} > ${MAX_COLS}, the largest d served`)
  if (data.length !== rows * cols) {
    const found = `${counted(data.length, 'element')} given`
    throw new LevError(
      'ShapeMismatch',
      `${MEMORY_NAME}: ${rows} x ${cols} needs ${counted(rows * cols, 'element')}, ${found}`,
    )
  }
  return new MemoryMatrix({ kind: 'memory', rows, cols, data: shared(data) })
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
    requireRowRequest(this, rowStart, rowEnd, into)
    into.set(this.spec.data.subarray(rowStart * this.cols, rowEnd * this.cols))
  }

  locate(rowId: number): RowPlace {
    return { file: MEMORY_NAME, row: rowId }
  }

  close(): void {}
}

/** For callers without types. */
function requireNumbers(data: unknown): void {
  if (data instanceof Float32Array || data instanceof Float64Array) return
  const found = ArrayBuffer.isView(data)
    ? data.constructor.name
    : Array.isArray(data)
      ? 'plain array'
      : typeof data
  const message = `${MEMORY_NAME}: its data is a ${found}; a Float32Array or Float64Array is needed, as Float32Array.from(numbers)`
  throw new LevError('ShapeMismatch', message)
}

function requireShape<T>(shape: T | undefined): T {
  if (typeof shape === 'object' && shape !== null) return shape
  throw new LevError('ShapeMismatch', `${MEMORY_NAME}: say its shape, as in matrix(data, { rows, cols })`)
}

function requireCount(name: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return
  throw new LevError('ShapeMismatch', `${MEMORY_NAME}: ${name} is ${count}; a whole number >= 0 is needed`)
}

function shared(data: Float32Array | Float64Array): Float32Array | Float64Array {
  if (data.buffer instanceof SharedArrayBuffer) return data
  const buffer = new SharedArrayBuffer(data.byteLength)
  const copy = data instanceof Float32Array ? new Float32Array(buffer) : new Float64Array(buffer)
  copy.set(data)
  return copy
}
