import { widenBfloat16, widenFloat16, widenFloat32 } from './half.ts'
import { BYTES_PER_ELEMENT, type DType } from './matrix-source.ts'

type Floats = Float32Array | Float64Array

/** 2^53 is 2^21 times 2^32. */
const LARGEST_HIGH = 2 ** 21
const TWO_POW_32 = 2 ** 32

/**
 * Turns the elements of `dtype`, little-endian, whose bytes lie at the end of `into`'s own, into the numbers that fill `into`: each is
 * read before anything is written over it. 32 and 64 bits want a Float64Array. `onRounded` hears of each integer of 64 bits beyond 2^53 in
 * magnitude, where float64 rounds: of its index.
 */
export function widenTail(dtype: DType, into: Floats, onRounded: (index: number) => void): void {
  const { buffer, length } = into
  const tail = (width: number): number => into.byteOffset + into.byteLength - length * width
  switch (dtype) {
    case 'f16':
      widenFloat16(new Uint16Array(buffer, tail(2), length), into)
      break
    case 'bf16':
      widenBfloat16(new Uint16Array(buffer, tail(2), length), into)
      break
    case 'f32':
      if (into instanceof Float64Array) widenFloat32(new Float32Array(buffer, tail(4), length), into)
      break
    case 'f64':
      break
    case 'i64':
    case 'u64':
      widenWide(new Uint32Array(buffer, tail(8), 2 * length), dtype === 'i64', into, onRounded)
      break
    case 'bool':
      // NumPy's astype(float), too, is 1 of any byte but 0; a loop of their own costs other bytes nothing.
      widenFlags(new Uint8Array(buffer as ArrayBuffer, tail(1), length), into)
      break
    default:
      // Shared memory as well, which the constructors' union has no type for.
      widenIntegers(new INTEGERS[dtype](buffer as ArrayBuffer, tail(BYTES_PER_ELEMENT[dtype]), length), into)
  }
}

const INTEGERS = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
} as const

type Integers = InstanceType<(typeof INTEGERS)[keyof typeof INTEGERS]>

function widenIntegers(raw: Integers, into: Floats): void {
  for (let i = 0; i < raw.length; i++) into[i] = raw[i]
}

function widenFlags(raw: Uint8Array, into: Floats): void {
  for (let i = 0; i < raw.length; i++) into[i] = raw[i] === 0 ? 0 : 1
}

/** From low and high words. */
function widenWide(
  words: Uint32Array,
  isSigned: boolean,
  into: Floats,
  onRounded: (index: number) => void,
): void {
  for (let i = 0; i < into.length; i++) {
    const low = words[2 * i]
    const high = isSigned ? words[2 * i + 1] | 0 : words[2 * i + 1]
    const isExact = high >= -LARGEST_HIGH && (high < LARGEST_HIGH || (high === LARGEST_HIGH && low === 0))
    into[i] = high * TWO_POW_32 + low
    if (!isExact) onRounded(i)
  }
}

/** What is said of an integer near `value` that float64 rounds. */
export function roundedText({ row, column }: { row: number; column: number }, value: number): string {
  return `row ${row}, column ${column} is an integer near ${value}, beyond 2^53 in magnitude, where float64 does not tell neighbours apart. Subtract what all have in common, or save it as float64 where that does not matter`
}
