// float16 and bfloat16 to float32 or float64. Every value of both is exact in float32.
// All functions run forward, so `raw` may lie in the tail of `into`'s own bytes: element i is read before any write
// reaches it (4 i + 4 <= 2 n + 2 i + 2 for i < n, likewise for the wider pairs).

let float16Table: Float32Array | undefined

/** into[i] = the float16 value with bits raw[i]. `raw` and `into` have one length. */
export function widenFloat16(raw: Uint16Array, into: Float32Array | Float64Array): void {
  const table = (float16Table ??= makeFloat16Table())
  for (let i = 0; i < raw.length; i++) into[i] = table[raw[i]]
}

/** into[i] = the bfloat16 value with bits raw[i]: the upper half of a float32. */
export function widenBfloat16(raw: Uint16Array, into: Float32Array | Float64Array): void {
  if (into instanceof Float32Array) {
    const bits = new Uint32Array(into.buffer, into.byteOffset, into.length)
    for (let i = 0; i < raw.length; i++) bits[i] = raw[i] << 16
    return
  }
  const bits = new Uint32Array(1)
  const value = new Float32Array(bits.buffer)
  for (let i = 0; i < raw.length; i++) {
    bits[0] = raw[i] << 16
    into[i] = value[0]
  }
}

/** into[i] = raw[i], float32 to float64. */
export function widenFloat32(raw: Float32Array, into: Float64Array): void {
  for (let i = 0; i < raw.length; i++) into[i] = raw[i]
}

function makeFloat16Table(): Float32Array {
  const table = new Float32Array(1 << 16)
  for (let bits = 0; bits < table.length; bits++) table[bits] = float16Value(bits)
  return table
}

/** Sign 1 bit, exponent 5 bits with bias 15, fraction 10 bits. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
