import { types } from 'node:util'
import { LevError } from '../errors.ts'
import { kindOf } from './kind-of.ts'

/**
 * `value`, the argument `name`, as an array of this realm: those of a `node:vm` context are taken as
 * well. Throws ShapeMismatch for anything but a Float32Array or a Float64Array.
 */
export function requireFloats(name: string, value: unknown): Float32Array | Float64Array {
  if (types.isFloat32Array(value))
    return value instanceof Float32Array
      ? value
      : new Float32Array(
          (value as Float32Array).buffer,
          (value as Float32Array).byteOffset,
          (value as Float32Array).length,
        )
  if (types.isFloat64Array(value))
    return value instanceof Float64Array
      ? value
      : new Float64Array(
          (value as Float64Array).buffer,
          (value as Float64Array).byteOffset,
          (value as Float64Array).length,
        )
  const message = `${name} is ${kindOf(value)}; a Float32Array or Float64Array is needed${adviceFor(value)}`
  throw new LevError('ShapeMismatch', message)
}

/** `value` as bytes of this realm. Throws Option for anything but a Uint8Array. */
export function requireBytes(name: string, value: unknown): Uint8Array {
  if (types.isUint8Array(value))
    return value instanceof Uint8Array
      ? value
      : new Uint8Array(
          (value as Uint8Array).buffer,
          (value as Uint8Array).byteOffset,
          (value as Uint8Array).length,
        )
  throw new LevError('Option', `${name} is ${kindOf(value)}; a Uint8Array is needed`)
}

function adviceFor(value: unknown): string {
  if (Buffer.isBuffer(value))
    return ': for the float32 numbers whose bytes it holds, new Float32Array(new Uint8Array(buffer).buffer)'
  if (types.isDataView(value) || types.isAnyArrayBuffer(value)) return ''
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return ', as Float64Array.from(numbers, Number)'
  return ''
}
