import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'

/**
 * Counter-based randomness: a number is a function of (seed, purpose, index) and of nothing that came
 * before, so shards, workers and order never show. Generator: Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3" (SC 2011); integer arithmetic only.
 */

/** What a draw is for: draws for different purposes are independent. Numbers are for ever: files depend on them. */
const PURPOSES = {
  plantedKeys: 0,
  plantedQueries: 1,
  plantedIds: 2,
  plantedLeverage: 3,
  plantedPicks: 4,
  sampledQueries: 5,
  sampledRows: 10,
  estimateDraws: 11,
  keySketch: 20,
  plantedDirections: 21,
  priorities: 30,
  selectionRandom: 40,
  selectionQueries: 41,
  selectionCentres: 42,
} as const
export type Purpose = keyof typeof PURPOSES

const TWO_POW_32 = 2 ** 32
const ROUNDS = 10

/** Philox4x32-10: words out[at .. at+4) of counter (c0, c1, c2, c3) under key (k0, k1), all 32-bit. */
export function philox4x32(
  out: Uint32Array,
  at: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let w0 = c0 | 0
  let w1 = c1 | 0
  let w2 = c2 | 0
  let w3 = c3 | 0
  let key0 = k0 | 0
  let key1 = k1 | 0
  // Everything is kept in 32-bit integers: V8 falls back to float64 sums otherwise.
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(w0, 0xd251, 0x1f53)
    const high1 = highProduct(w2, 0xcd9e, 0x8d57)
    const low0 = Math.imul(w0, 0xd2511f53)
    const low1 = Math.imul(w2, 0xcd9e8d57)
    w0 = high1 ^ w1 ^ key0
    w1 = low1
    w2 = high0 ^ w3 ^ key1
    w3 = low0
    key0 = (key0 + 0x9e3779b9) | 0
    key1 = (key1 + 0xbb67ae85) | 0
  }
  out[at] = w0
  out[at + 1] = w1
  out[at + 2] = w2
  out[at + 3] = w3
}

/** The high 32 bits of the unsigned product of `a` and 2^16 high + low. */
function highProduct(a: number, high: number, low: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const middle = (Math.imul(aHigh, low) + (Math.imul(aLow, low) >>> 16)) | 0
  const cross = (Math.imul(aLow, high) + (middle & 0xffff)) | 0
  return (Math.imul(aHigh, high) + (middle >>> 16) + (cross >>> 16)) | 0
}

/** The draws of one seed for one purpose, addressed by index. */
export class RandomStream {
  readonly #seedLow: number
  readonly #seedHigh: number
  readonly #purpose: number
  readonly #block = new Uint32Array(4)

  /** Throws Option where `seed` is no whole number from 0 to 2^53 - 1. */
  constructor(seed: number, purpose: Purpose) {
    if (!(Number.isSafeInteger(seed) && seed >= 0)) {
      const wanted = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`
      const message = `${optionText('seed')} is ${String(seed)}; it must be ${wanted}`
      throw new LevError('Option', message, { option: 'seed' })
    }
    this.#seedLow = seed | 0
    this.#seedHigh = Math.floor(seed / TWO_POW_32)
    this.#purpose = PURPOSES[purpose]
  }

  /** The first out.length words of `index` (an integer in [0, 2^53)); `out` has a multiple of 4. */
  words(out: Uint32Array, index: number): void {
    const high = Math.floor(index / TWO_POW_32)
    for (let at = 0; at < out.length; at += 4) {
      philox4x32(out, at, at >>> 2, index | 0, high, this.#purpose, this.#seedLow, this.#seedHigh)
    }
  }

  /** A number in (0, 1), one of 2^52 equally spaced; `draw`: which of several of one index. */
  uniform(index: number, draw = 0): number {
    const high = Math.floor(index / TWO_POW_32)
    philox4x32(this.#block, 0, draw, index | 0, high, this.#purpose, this.#seedLow, this.#seedHigh)
    return ((this.#block[0] >>> 6) * 2 ** 26 + (this.#block[1] >>> 6) + 0.5) * 2 ** -52
  }

  /**
   * A number in (0, 1]: 128 bits rounded to float64, so that the chance of `fineUniform < p` is p up to a relative 2^-50,
   * from p = 2^-75 on. `uniform` would miss p by up to 2^-53 in absolute terms. `draw`: which of several of one index.
   */
  fineUniform(index: number, draw = 0): number {
    const high = Math.floor(index / TWO_POW_32)
    philox4x32(this.#block, 0, draw, index | 0, high, this.#purpose, this.#seedLow, this.#seedHigh)
    let fraction = 0.5
    for (let word = 3; word >= 0; word--) fraction = (fraction + this.#block[word]) / TWO_POW_32
    return fraction
  }

  /** A whole number in [0, end). */
  below(end: number, index: number): number {
    return Math.min(end - 1, Math.floor(this.uniform(index) * end))
  }
}

/** Largest `count` of sampleSorted: a Set holds no more than 2^24 numbers. */
export const MAX_SAMPLE = 10_000_000

/**
 * `count` different whole numbers in [0, end), ascending: every set is as likely as any other (Floyd's sampling; Bentley
 * and Floyd, CACM 30(9), 1987). Throws Option where `seed` is none; Internal where count > end or > MAX_SAMPLE.
 */
export function sampleSorted(count: number, end: number, seed: number, purpose: Purpose): Float64Array {
  if (!(count <= Math.min(end, MAX_SAMPLE))) {
    throw new LevError('Internal', `${count} different numbers below ${end} cannot be drawn`)
  }
  const stream = new RandomStream(seed, purpose)
  const chosen = new Set<number>()
  for (let last = end - count; last < end; last++) {
    const drawn = stream.below(last + 1, last - (end - count))
    chosen.add(chosen.has(drawn) ? last : drawn)
  }
  return Float64Array.from(chosen).sort()
}
