// @ts-check
// As much of Protocol Buffers' wire format as rewriting an ONNX graph takes: a message is a row of fields, each of which keeps its
// bytes, so that what is not looked at is copied as it was.

/**
 * A field: its number, its payload (of fields with a length; empty of others), and all its bytes.
 * @typedef {{ readonly number: number, readonly payload: Uint8Array, readonly raw: Uint8Array }} Field
 */

/** Wire types. */
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5]

/**
 * The fields of a message, in their order. Throws where the bytes are none.
 * @param {Uint8Array} bytes
 * @returns {Field[]}
 */
export function fieldsOf(bytes) {
  /** @type {Field[]} */
  const fields = []
  let at = 0
  while (at < bytes.length) {
    const start = at
    const [key, afterKey] = varintAt(bytes, at)
    const [from, end] = payloadAt(bytes, afterKey, key % 8)
    if (end > bytes.length)
      throw new Error(`a field at byte ${start} ends beyond its message: not an ONNX file?`)
    at = end
    fields.push({
      number: Math.floor(key / 8),
      payload: bytes.subarray(from, end),
      raw: bytes.subarray(start, end),
    })
  }
  return fields
}

/**
 * Where a field's payload begins and ends; of numbers it is empty.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} wireType
 * @returns {[from: number, end: number]}
 */
function payloadAt(bytes, at, wireType) {
  if (wireType === VARINT) {
    const [, end] = varintAt(bytes, at)
    return [end, end]
  }
  if (wireType === FIXED64) return [at + 8, at + 8]
  if (wireType === FIXED32) return [at + 4, at + 4]
  if (wireType !== LENGTH) throw new Error(`wire type ${wireType} at byte ${at}: not an ONNX file?`)
  const [length, from] = varintAt(bytes, at)
  return [from, from + length]
}

/**
 * A number in groups of 7 bits, the lowest first, and where it ends. Beyond 2^53 it is rounded: such numbers are only passed over.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[value: number, end: number]}
 */
function varintAt(bytes, at) {
  let value = 0
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at++]
    value += (byte & 127) * shift
    if (!(byte >= 128)) return [value, at]
  }
}

/**
 * @param {number} value
 * @returns {number[]}
 */
function varint(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

/**
 * A field with a length: text, bytes or a message.
 * @param {number} number
 * @param {string | Uint8Array} payload
 */
export function lengthField(number, payload) {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return joined([Uint8Array.from([...varint(number * 8 + LENGTH), ...varint(bytes.length)]), bytes])
}

/**
 * @param {number} number
 * @param {number} value a whole number of at least 0
 */
export function numberField(number, value) {
  return Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value)])
}

/** @param {readonly Uint8Array[]} parts */
export function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** @param {Uint8Array} bytes */
export function textOf(bytes) {
  return new TextDecoder().decode(bytes)
}
