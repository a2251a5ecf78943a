// All 65,536 patterns of both 16-bit types against an independent library (float16) and the definition (bfloat16).
// Catches: any wrong value, sign of zero, subnormal; overlap errors when the raw bytes lie in the destination's tail.
import { widenBfloat16, widenFloat16 } from '@levattention/core/internal'
import { Float16Array } from '@petamoriken/float16'
import { describe, expect, test } from 'vitest'

const ALL_PATTERNS = Uint16Array.from({ length: 65_536 }, (_, bits) => bits)

/** Puts the patterns into the tail of the destination's bytes, as the reader does, and widens from there. */
function widenInPlace(
  widen: (raw: Uint16Array, into: Float32Array | Float64Array) => void,
  into: Float32Array | Float64Array,
): number[] {
  const raw = new Uint16Array(into.buffer, into.byteLength - ALL_PATTERNS.byteLength, ALL_PATTERNS.length)
  raw.set(ALL_PATTERNS)
  widen(raw, into)
  return [...into]
}

function bfloat16Value(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint16(0, bits) // the upper half, big-endian
  return view.getFloat32(0)
}

/** The patterns whose values differ, zeros of different sign included. */
function differing(found: readonly number[], expected: readonly number[]): number[] {
  return [...ALL_PATTERNS].filter((bits) => !Object.is(found[bits], expected[bits]))
}

describe.each([
  ['float32', (length: number) => new Float32Array(length)],
  ['float64', (length: number) => new Float64Array(length)],
])('into %s, from the tail of the same bytes', (_, make) => {
  test('every float16 pattern has the value that @petamoriken/float16 gives it', () => {
    expect(
      differing(widenInPlace(widenFloat16, make(65_536)), [...new Float16Array(ALL_PATTERNS.buffer)]),
    ).toEqual([])
  })

  test('every bfloat16 pattern is the float32 whose upper half it is', () => {
    expect(
      differing(widenInPlace(widenBfloat16, make(65_536)), [...ALL_PATTERNS].map(bfloat16Value)),
    ).toEqual([])
  })
})
