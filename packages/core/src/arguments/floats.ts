import { types } from 'node:util'
import { type ErrorTag, LevError } from '../errors/errors.ts'
import { arrayAdvice } from './array-advice.ts'
import { kindOf } from './kind-of.ts'

/**
 * `value`, the argument `name`, as an array of this realm: those of a `node:vm` context are taken as
 * well. Throws ShapeMismatch for anything but a Float32Array or a Float64Array, and for one that has lost its buffer.
 */
export function requireFloats(name: string, value: unknown): Float32Array | Float64Array {
  if (types.isFloat32Array(value)) {
    requireKept(name, value, 'ShapeMismatch')
    return value instanceof Float32Array ? value : new Float32Array(...partOf(value))
  }
  if (types.isFloat64Array(value)) {
    requireKept(name, value, 'ShapeMismatch')
    return value instanceof Float64Array ? value : new Float64Array(...partOf(value))
  }
  const message = `${name} is ${kindOf(value)}; a Float32Array or Float64Array is needed${arrayAdvice(value)}`
  throw new LevError('ShapeMismatch', message)
}

/** `value` as bytes of this realm. Throws Option for anything but a Uint8Array that has its buffer. */
export function requireBytes(name: string, value: unknown): Uint8Array {
  if (!types.isUint8Array(value))
    throw new LevError('Option', `${name} is ${kindOf(value)}; a Uint8Array is needed`)
  requireKept(name, value, 'Option')
  return value instanceof Uint8Array ? value : new Uint8Array(...partOf(value))
}

/** True where the buffer of `view` was transferred, or shrank below it: such a view has length 0, as an empty one. */
export function isLost(view: NodeJS.TypedArray): boolean {
  if (view.length > 0) return false
  try {
    // Fails for such views alone.
    view.keys()
    return false
  } catch {
    return true
  }
}

/** Throws `tag` where the buffer of `view`, the argument `name`, was transferred, or shrank below it. */
export function requireKept(name: string, view: NodeJS.TypedArray, tag: ErrorTag): void {
  if (!isLost(view)) return
  const message = `${name} is ${kindOf(view)} that has lost its numbers: its buffer has been transferred, or shrank; give a copy away instead`
  throw new LevError(tag, message)
}

function partOf(view: NodeJS.TypedArray): [ArrayBufferLike, number, number] {
  return [view.buffer, view.byteOffset, view.length]
}
