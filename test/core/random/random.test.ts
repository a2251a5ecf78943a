/**
 * Catches: a wrong round, constant or word order of Philox (the published vectors), draws that depend on more than
 * (seed, purpose, index), a sample with repeats, out of order or biased. Cannot catch: weaknesses of Philox itself.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLevError, philox4x32, type Purpose, RandomStream, sampleSorted } from '@levattention/core/internal'

/** Random123 1.14, tests/kat_vectors: counter, key, result. */
const KNOWN_ANSWERS = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
]

function draw(seed: number, purpose: Purpose, index: number): number {
  return new RandomStream(seed, purpose).uniform(index)
}

function parse(words: string): number[] {
  return words.split(' ').map((word) => Number.parseInt(word, 16))
}

describe('philox4x32', () => {
  test.each(KNOWN_ANSWERS)('gives the published answer for counter %s, key %s', (counter, key, answer) => {
    const out = new Uint32Array(6)
    const [c0, c1, c2, c3] = parse(counter)
    const [k0, k1] = parse(key)
    philox4x32(out, 1, c0, c1, c2, c3, k0, k1)
    expect([...out]).toEqual([0, ...parse(answer), 0])
  })
})

describe('RandomStream', () => {
  test('draws depend on seed, purpose and index alone, whatever was drawn before', () => {
    const fresh = new RandomStream(7, 'plantedKeys').uniform(2 ** 40)
    const used = new RandomStream(7, 'plantedKeys')
    used.words(new Uint32Array(64), 3)
    expect(used.uniform(2 ** 40)).toBe(fresh)
  })

  test('each of seed, purpose and index changes the draw, in its low and its high half', () => {
    const draws = [
      draw(0, 'plantedKeys', 0),
      draw(1, 'plantedKeys', 0),
      draw(2 ** 32, 'plantedKeys', 0),
      draw(0, 'plantedQueries', 0),
      draw(0, 'plantedKeys', 1),
      draw(0, 'plantedKeys', 2 ** 32),
    ]
    expect(new Set(draws).size).toBe(draws.length)
  })

  test('uniform draws lie strictly between 0 and 1 and fill it evenly', () => {
    const stream = new RandomStream(3, 'plantedIds')
    const counts = new Float64Array(10)
    for (let i = 0; i < 20_000; i++) counts[Math.floor(10 * stream.uniform(i))]++
    // 2000 expected a bin, standard deviation 42: 5 of them.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(212)
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53, Infinity])('refuses the seed %s', (seed) => {
    expect(() => new RandomStream(seed, 'plantedKeys')).toThrow(
      expect.toSatisfy((error) => isLevError(error, 'Option') && error.place.option === 'seed'),
    )
  })
})

describe('sampleSorted', () => {
  test('gives as many different numbers as asked for, ascending, inside the range', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(), (count, more, seed) => {
        const sample = sampleSorted(count, count + more, seed, 'sampledQueries')
        expect(sample).toHaveLength(count)
        const ascends = sample.every((value, i) => value > (i === 0 ? -1 : sample[i - 1]))
        expect(ascends && sample.every((value) => Number.isInteger(value) && value < count + more)).toBe(true)
      }),
    )
  })

  test('every number is chosen about equally often', () => {
    const counts = new Float64Array(10)
    for (let seed = 0; seed < 3000; seed++) {
      for (const value of sampleSorted(3, 10, seed, 'plantedIds')) counts[value]++
    }
    // 900 expected, standard deviation 25.
    for (const count of counts) expect(Math.abs(count - 900)).toBeLessThan(125)
  })

  test('stays exact far above 2^32', () => {
    const end = 2 ** 53 - 1
    const sample = sampleSorted(1000, end, 1, 'plantedIds')
    expect(sample.every(Number.isSafeInteger)).toBe(true)
    expect(sample[999]).toBeGreaterThan(0.98 * end)
  })

  test('refuses to draw more than there is', () => {
    expect(() => sampleSorted(4, 3, 1, 'plantedIds')).toThrow('4 different numbers below 3')
  })
})
