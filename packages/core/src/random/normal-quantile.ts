// Wichura, Algorithm AS 241 (Applied Statistics 37, 1988), PPND7: about one part in 10^7, as float32 output needs.
const SPLIT_CENTRE = 0.425
const SPLIT_SQUARED = 0.180625

/**
 * The standard normal quantile at (word + 1/2) / 2^32, word in [0, 2^32): never zero, within +-6.35. Made of + - * / and
 * square roots alone, which IEEE 754 rounds correctly: the same bits on every machine and under every Node, as
 * Math.log and Math.cos do not promise.
 */
export function normalOfWord(word: number): number {
  const q = (word - 0x7fffffff - 0.5) * 2 ** -32
  if (q <= SPLIT_CENTRE && q >= -SPLIT_CENTRE) {
    const r = SPLIT_SQUARED - q * q
    const top = ((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
    return (q * top) / (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
  }
  const tail = q < 0 ? word : 0xffffffff - word
  const r = Math.sqrt(-logOfTail(2 * tail + 1)) - 1.6
  const top = ((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777
  const value = top / ((0.12021132975 * r + 0.7370016425) * r + 1)
  return q < 0 ? -value : value
}

/** log(odd / 2^33) for 0 < odd < 2^30, to 1e-9: odd = 2^e m, and the series of atanh about m = sqrt 2. */
function logOfTail(odd: number): number {
  const e = 31 - Math.clz32(odd)
  const m = odd / (1 << e)
  const s = (m - Math.SQRT2) / (m + Math.SQRT2)
  const s2 = s * s
  return (e - 32.5) * Math.LN2 + 2 * s * (1 + s2 * (1 / 3 + s2 * (1 / 5 + s2 * (1 / 7 + s2 * (1 / 9)))))
}
