// Decimal text as the nearest float64, without making a string of it: what Number(text) gives, several times as fast.

const ZERO = 0x30
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const LETTER_E = 0x65

/** Digits of the front part, and of the one behind it: 10^9 * 5^9 is below 2^53, so front * 10^9 is exact. Both are int32. */
const FRONT_DIGITS = 9
const BACK_DIGITS = 9
/** The largest power of ten that is exact. */
const MOST_EXPONENT = 22
const POWERS = Float64Array.from({ length: MOST_EXPONENT + 1 }, (_, i) => Number(`1e${i}`))
/** Dekker's splitting constant, 2^27 + 1. */
const SPLIT = 134_217_729
/** The upper 26 bits of each power, and the rest. */
const POWERS_HIGH = POWERS.map((power) => SPLIT * power - (SPLIT * power - power))
const POWERS_LOW = POWERS.map((power, i) => power - POWERS_HIGH[i])
/** Relative error of the correction below: a rounded sum and a rounded quotient, 2^-52, four times over. */
const CORRECTION_ERROR = 2 ** -50

/** Where the number that `decimalAt` read last ended, exclusive. */
export let decimalEnd = 0

/**
 * The decimal number that begins at `start` of `bytes` and ends before `limit`: `-1.5e3`, `.5`, `7.`. NaN where none begins there;
 * infinite beyond float64's range. `decimalEnd` is then where it ended.
 */
export function decimalAt(bytes: Uint8Array, start: number, limit: number): number {
  let at = start
  const sign = bytes[at]
  if (sign === MINUS || sign === PLUS) at++
  const digitsStart = at
  while (at < limit && bytes[at] === ZERO) at++
  let pointAt = -1
  if (at < limit && bytes[at] === POINT) {
    pointAt = at++
    while (at < limit && bytes[at] === ZERO) at++
  }
  // Most numbers have no more than fit in the front part and the back part; what is behind them is counted only.
  let front = 0
  let left = FRONT_DIGITS
  for (; left > 0 && at < limit; at++) {
    const digit = bytes[at] - ZERO
    if (digit >= 0 && digit <= 9) {
      front = (front * 10 + digit) | 0
      left--
    } else if (digit === POINT - ZERO && pointAt < 0) pointAt = at
    else break
  }
  let back = 0
  let backCount = 0
  if (left === 0)
    for (; backCount < BACK_DIGITS && at < limit; at++) {
      const digit = bytes[at] - ZERO
      if (digit >= 0 && digit <= 9) {
        back = (back * 10 + digit) | 0
        backCount++
      } else if (digit === POINT - ZERO && pointAt < 0) pointAt = at
      else break
    }
  let isLong = false
  if (backCount === BACK_DIGITS)
    for (; at < limit; at++) {
      const digit = bytes[at] - ZERO
      if (digit >= 0 && digit <= 9) isLong = true
      else if (digit === POINT - ZERO && pointAt < 0) pointAt = at
      else break
    }
  if (at - digitsStart === (pointAt < 0 ? 0 : 1)) return NaN
  let exponent = pointAt < 0 ? 0 : pointAt + 1 - at
  if (at < limit && (bytes[at] | 0x20) === LETTER_E) {
    const power = exponentAt(bytes, at + 1, limit)
    if (Number.isNaN(power)) return NaN
    exponent += power
    at = decimalEnd
  }
  decimalEnd = at
  const value = isLong ? NaN : front === 0 ? 0 : scaled(front * POWERS[backCount], back, exponent)
  if (Number.isNaN(value)) return byText(bytes, start, at)
  return sign === MINUS ? -value : value
}

function exponentAt(bytes: Uint8Array, start: number, limit: number): number {
  let at = start
  const sign = bytes[at]
  if (sign === MINUS || sign === PLUS) at++
  const digits = at
  let exponent = 0
  for (; at < limit; at++) {
    const digit = bytes[at] - ZERO
    if (!(digit >= 0 && digit <= 9)) break
    // Beyond 10^6 all numbers of 18 digits are 0 or infinite.
    if (exponent < 1e6) exponent = exponent * 10 + digit
  }
  if (at === digits) return NaN
  decimalEnd = at
  return sign === MINUS ? -exponent : exponent
}

/** (front + back) * 10^exponent, of two exact integers, rounded once; NaN where that cannot be told here. */
function scaled(front: number, back: number, exponent: number): number {
  if (exponent < -MOST_EXPONENT || exponent > MOST_EXPONENT) return NaN
  const sum = front + back
  const rest = back - (sum - front)
  // One operation on exact numbers is rounded once.
  if (rest === 0) return exponent < 0 ? sum / POWERS[-exponent] : sum * POWERS[exponent]
  if (exponent >= 0) return exponent === 0 ? sum : NaN
  const power = POWERS[-exponent]
  const quotient = sum / power
  const product = quotient * power
  const scaledQuotient = SPLIT * quotient
  const high = scaledQuotient - (scaledQuotient - quotient)
  const low = quotient - high
  const powerHigh = POWERS_HIGH[-exponent]
  const powerLow = POWERS_LOW[-exponent]
  const productError = high * powerHigh - product + high * powerLow + low * powerHigh + low * powerLow
  // sum - quotient * power, exactly: the remainder of a rounded division is a float64.
  const remainder = sum - product - productError
  const correction = (remainder + rest) / power
  const upper = quotient + correction * (1 + CORRECTION_ERROR)
  const lower = quotient + correction * (1 - CORRECTION_ERROR)
  return upper === lower ? upper : NaN
}

function byText(bytes: Uint8Array, start: number, end: number): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'))
}
