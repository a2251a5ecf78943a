/**
 * Catches: a wrong coefficient of either branch, a jump between them, a lost tail or sign. Cannot catch: relative errors
 * below 2e-7.
 */
import { describe, expect, test } from 'vitest'
import { normalOfWord } from '@levattention/core/internal'

const WORDS = 2 ** 32

/** Upper tail Q(x) for x > 0: the series of the lower part near 0, Laplace's continued fraction further out. */
function upperTail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  if (x < 2) {
    let [sum, term] = [x, x]
    for (let k = 3; k < 100; k += 2) sum += term *= (x * x) / k
    return 0.5 - density * sum
  }
  let fraction = x
  for (let k = 300; k > 0; k--) fraction = x + k / fraction
  return density / fraction
}

describe('normalOfWord', () => {
  test('inverts the normal distribution to two parts in 10^7 of x, from the centre to the end', () => {
    for (let i = 0; i <= 2000; i++) {
      const word = i <= 1000 ? Math.floor((i * 2 ** 31) / 1000.001) : Math.floor(2 ** ((2000 - i) / 32.3))
      const x = normalOfWord(word)
      const probability = (word + 0.5) / WORDS
      expect(x).toBeLessThan(0)
      expect(Math.abs(upperTail(-x) / probability - 1)).toBeLessThan(2e-7 * (1 + x * x))
    }
  })

  test('is odd about the middle, ascends, and is never zero', () => {
    let last = -Infinity
    for (let word = 0; word < WORDS; word += 65_537 * 130) {
      const x = normalOfWord(word)
      expect(normalOfWord(WORDS - 1 - word)).toBe(-x)
      expect(x).toBeGreaterThan(last)
      expect(x).not.toBe(0)
      last = x
    }
  })

  test('ascends across the seams between the branches', () => {
    for (const seam of [0.075, 0.925]) {
      const word = Math.round(seam * WORDS)
      expect(normalOfWord(word + 1000)).toBeGreaterThan(normalOfWord(word - 1000))
      expect(Math.abs(normalOfWord(word + 5) - normalOfWord(word - 5))).toBeLessThan(3e-7)
    }
  })
})
