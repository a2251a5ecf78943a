/**
 * Catches: an oracle that loses a null query's dots to rounding, overflows, miscounts rank or mis-scales.
 * Cannot catch: an error of definition shared by the oracle and its reader; the golden files (exact fractions,
 * another language) are for that.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, anyKeys, stack, wellConditionedKeys } from './matrices.ts'
import { attentionRow, bruteForceHeavy, exactDot, exactSum, leverageOracle, row } from './oracle.ts'

/** x as an integer multiple of 2^-1074. */
function toBigInt(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, x)
  const raw = bits.getBigUint64(0)
  const field = (raw >> 52n) & 0x7ffn
  const mantissa = (raw & ((1n << 52n) - 1n)) | (field === 0n ? 0n : 1n << 52n)
  const magnitude = mantissa << (field === 0n ? 0n : field - 1n)
  return x < 0 ? -magnitude : magnitude
}

const moderate = fc
  .double({ min: -1e60, max: 1e60, noNaN: true })
  .filter((x) => x === 0 || Math.abs(x) > 1e-60)

describe('exactDot and exactSum', () => {
  test('a sum that cancels to its last bit keeps that bit', () => {
    expect(exactSum(Float64Array.of(1e100, 1, -1e100, 2 ** -60))).toBe(1 + 2 ** -60)
    expect(exactDot(Float64Array.of(-1, 1), Float64Array.of(1, 1 + 2 ** -52))).toBe(2 ** -52)
    expect(exactDot(Float64Array.of(0.1, -0.1), Float64Array.of(0.3, 0.3))).toBe(0)
  })

  test('a sum half-way between two numbers is rounded by what lies below', () => {
    for (const [below, wanted] of [
      [2 ** -70, 1 + 2 ** -52],
      [-(2 ** -70), 1],
      [0, 1],
    ]) {
      expect(exactSum(Float64Array.of(1, 2 ** -53, below))).toBe(wanted)
      expect(exactSum(Float64Array.of(1e100, 1, 2 ** -53, below, -1e100))).toBe(wanted)
      expect(exactSum(Float64Array.of(-1e100, -1, -(2 ** -53), -below, 1e100))).toBe(-wanted)
    }
  })

  test('a dot equals the one of integer arithmetic to one rounding', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(moderate, moderate), { minLength: 1, maxLength: 20 }), (entries) => {
        const dot = exactDot(
          Float64Array.from(entries, ([x]) => x),
          Float64Array.from(entries, ([, y]) => y),
        )
        const exact = entries.reduce((sum, [x, y]) => sum + toBigInt(x) * toBigInt(y), 0n)
        const off = exact - (toBigInt(dot) << 1074n)
        const allowed = exact < 0n ? -exact : exact
        expect((off < 0n ? -off : off) << 52n <= allowed).toBe(true)
      }),
    )
  })
})

describe('bruteForceHeavy', () => {
  test('a null query sees the one row that is not in its null space', () => {
    const rows = Array.from({ length: 50 }, (_, j) => Float64Array.of(1, j === 17 ? 1 + 2 ** -52 : 1))
    const answer = bruteForceHeavy(stack([Float64Array.of(-1, 1)], 2), stack(rows, 2), 0.05)
    expect(answer).toEqual({ pairs: [{ query: 0, key: 17, score: 1 }], undefinedRows: [] })
  })

  test('keys of 1e150 and 1e-150 give the scores of their rescaled copies', () => {
    const keys = stack([Float64Array.of(3e150, 0), Float64Array.of(4e150, 0), Float64Array.of(0, 1e-150)], 2)
    const queries = stack([Float64Array.of(1, 0), Float64Array.of(1e-300, 1)], 2)
    const scores = bruteForceHeavy(queries, keys, 0.1).pairs.map(({ score }) => score)
    const expected = [9 / 25, 16 / 25, 9 / 26, 16 / 26]
    expect(scores).toHaveLength(4)
    scores.forEach((score, i) => expect(score).toBeCloseTo(expected[i], 14))
  })

  test('p = 1000 and p = .01 stay in the number range', () => {
    const keys = stack([Float64Array.of(2), Float64Array.of(1), Float64Array.of(1)], 1)
    expect(attentionRow(Float64Array.of(7), keys, 1000)![0]).toBe(1)
    expect(attentionRow(Float64Array.of(7), keys, 0.01)![0]).toBeCloseTo(2 ** 0.01 / (2 ** 0.01 + 2), 14)
  })

  test('the zero query is undefined and has no pair', () => {
    const answer = bruteForceHeavy(stack([new Float64Array(2)], 2), stack([Float64Array.of(1, 2)], 2), 0.5)
    expect(answer).toEqual({ pairs: [], undefinedRows: [0] })
  })

  test('a row of scores sums to 1', () => {
    fc.assert(
      fc.property(anyKeys({ maxRows: 60 }), (keys) => {
        const queries = adversarialQueries(keys, 3)
        for (let i = 0; i < queries.rows; i++) {
          const scores = attentionRow(row(queries, i), keys)
          if (scores !== undefined) expect(exactSum(scores)).toBeCloseTo(1, 12)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('leverageOracle', () => {
  test('leverage sums to the rank and lies in [0, 1]', () => {
    fc.assert(
      fc.property(anyKeys({ maxRows: 80 }), (keys) => {
        const { leverage, rank } = leverageOracle(keys)
        expect(exactSum(leverage)).toBeCloseTo(rank, 8)
        expect(Math.max(...leverage)).toBeLessThanOrEqual(1 + 1e-9)
      }),
      { numRuns: 100 },
    )
  })

  test('no query gives a key more than its leverage, and G^-1 k_j gives exactly that', () => {
    fc.assert(
      fc.property(wellConditionedKeys({ maxRows: 80 }), (keys) => {
        const { leverage } = leverageOracle(keys)
        const queries = adversarialQueries(keys, 4)
        for (let i = 0; i < queries.rows - 1; i++) {
          const scores = attentionRow(row(queries, i), keys)!
          expect(scores.every((score, key) => score <= leverage[key] * (1 + 1e-9))).toBe(true)
        }
        expect(attentionRow(row(queries, 0), keys)![0]).toBeCloseTo(leverage[0], 10)
      }),
      { numRuns: 60 },
    )
  })

  test('an all-zero matrix has rank 0 and zero leverage', () => {
    expect(leverageOracle(stack([new Float64Array(3), new Float64Array(3)], 3))).toMatchObject({
      rank: 0,
      leverage: new Float64Array(2),
    })
  })
})
