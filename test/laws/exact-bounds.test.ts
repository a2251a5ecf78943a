// Catches: a slack, a normaliser's error bound or a whitening that claims more than exact arithmetic grants. Cannot catch: a
// bound that holds on small keys and fails at d = 1024 (the derivations are for that); eigenvalues (exact-eigenvalues.test.ts).
import {
  boundOf,
  type Factor,
  factorOf as wideFactorOf,
  Normaliser,
  scalarKernels,
  scaleQueries,
  tightFactorOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { type DenseMatrix, row } from '../support/oracle.ts'
import { roundedToF32 } from '../support/run-inline.ts'
import { certificateQueries, certify, scaledKeys, scoresOf, triangularlyCertified } from './certify.ts'
import {
  exactDotRatio,
  exactLeverage,
  exactRowSum,
  isLess,
  leastSine,
  ratioOf,
  relativeError,
  toNumber,
} from './rational.ts'
import { small, delicate, refinable, hidden } from './delicate-keys.ts'
import { someOf, tiered } from '../support/tier.ts'

describe.each(someOf(['f64 keys', 'f32 keys', 'f64 keys, tight', 'f64 keys by R'], 2))('%s', (variant) => {
  const element = variant === 'f32 keys' ? 'f32' : 'f64'
  const isTight = variant === 'f64 keys, tight'
  const keysOf = (keys: DenseMatrix) => (element === 'f32' ? roundedToF32(keys) : keys)
  const factorOf = (keys: DenseMatrix) =>
    variant === 'f64 keys by R'
      ? triangularlyCertified(keys)
      : certify(keys, element, scalarKernels(), isTight ? tightFactorOf : wideFactorOf)

  test('thresholdSlack bounds the relative error of every leverage score', () => {
    let delicateOnes = 0
    fc.assert(
      fc.property(fc.oneof(small(), delicate(), refinable()), (drawn) => {
        const keys = keysOf(drawn)
        const { factor, source } = factorOf(keys)
        fc.pre(factor.ridge === 0)
        delicateOnes += factor.condition > 1e4 ? 1 : 0
        const tau = scoresOf(factor, source)
        const { leverage, rank } = exactLeverage(keys)
        expect(factor.rank).toBe(rank)
        leverage.forEach((exact, j) => {
          if (exact.num === 0n) expect(tau[j]).toBe(0)
          else expect(relativeError(tau[j], exact)).toBeLessThanOrEqual(factor.thresholdSlack)
        })
      }),
      { numRuns: tiered(60, 120) },
    )
    expect(delicateOnes).toBeGreaterThan(0)
  })

  test('rangeSlack bounds the relative error of a ridge score where the rank is what it seems', () => {
    if (variant === 'f64 keys by R') return // Told of passes over files alone.
    let told = 0
    fc.assert(
      fc.property(fc.oneof(small(), delicate()), (drawn) => {
        const keys = keysOf(drawn)
        const { factor, source } = factorOf(keys)
        const { rangeSlack } = factor
        fc.pre(rangeSlack !== undefined)
        const { leverage, rank } = exactLeverage(keys)
        fc.pre(factor.rank === rank)
        told++
        const tau = scoresOf(factor, source)
        leverage.forEach((exact, j) => {
          if (exact.num !== 0n) expect(relativeError(tau[j], exact)).toBeLessThanOrEqual(rangeSlack)
        })
      }),
      { numRuns: tiered(60, 120) },
    )
    expect(told).toBeGreaterThan(5)
  })

  test('no bound is below the leverage score, little as a direction may have: U holds all of the exact one', () => {
    if (variant === 'f64 keys by R') return // One reading tells less: theory.md section 8, "Triangular form".
    const seen = { ridge: 0, regular: 0, compensated: 0 }
    fc.assert(
      fc.property(fc.oneof(small(), delicate(), hidden()), (drawn) => {
        const keys = keysOf(drawn)
        // Below 1e-15 sqrt(delta) nothing is told apart: rows whose first-order differences cancel are such (NOTES.md).
        fc.pre(leastSine(keys) > 1e-22)
        const { factor, source } = factorOf(keys)
        seen[factor.ridge > 0 ? 'ridge' : 'regular']++
        if (factor.preconditioner?.compensated.length) seen.compensated++
        const tau = scoresOf(factor, source)
        exactLeverage(keys).leverage.forEach((exact, j) => {
          const room = boundOf(factor, tau[j]) * (1 + 2 * factor.thresholdSlack)
          expect(isLess(ratioOf(room), exact), `key ${j}`).toBe(false)
        })
      }),
      { numRuns: tiered(75, 150) },
    )
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
  })

  test('normalisers are as exact as they say', () => {
    const counts = { certified: 0, uncertified: 0 }
    fc.assert(
      fc.property(fc.oneof(small(), delicate()), (drawn) => {
        const keys = keysOf(drawn)
        const { factor } = factorOf(keys)
        const kernels = scalarKernels()
        const queries = adversarialQueries(keys, 3)
        const scaled = kernels.f64(queries.data.length)
        scaleQueries(factor, queries.data, queries.rows, scaled, new Int32Array(queries.rows))
        const { rowSums, relativeErrors, certifiedRowSums, certifiedCount } = new Normaliser(
          kernels,
          factor,
        ).normalise(scaled, queries.rows)
        const certified = certifiedRowSums.map((sum) => (sum > 0 ? 1 : 0))
        expect(certifiedCount).toBe(certified.filter(Boolean).length)
        for (let q = 0; q < queries.rows; q++) {
          const exact = exactRowSum(row({ ...queries, data: scaled }, q), scaledKeys(keys, factor))
          if (exact.num === 0n) expect(certified[q]).toBe(0)
          counts[certified[q] ? 'certified' : 'uncertified']++
          if (!certified[q]) continue
          expect(relativeError(rowSums[q], exact)).toBeLessThanOrEqual(relativeErrors[q])
        }
      }),
      { numRuns: tiered(50, 100) },
    )
    expect(counts.certified).toBeGreaterThan(0)
    expect(counts.uncertified).toBeGreaterThan(0)
  })

  test('a settled query gives no key more than its bound', () => {
    const worst = { regular: 0, ridge: 0 }
    const draws = [fc.oneof(small(), delicate()), fc.nat()] as const
    fc.assert(
      fc.property(...draws, (drawn, seed) => {
        const keys = keysOf(drawn)
        const { factor, source } = factorOf(keys)
        const bounds = scoresOf(factor, source).map((tau) => boundOf(factor, tau))
        for (const { query, scores } of settledScores(keys, factor, new Random(seed))) {
          scores.forEach((score, j) => {
            const room = bounds[j] * (1 + factor.thresholdSlack)
            expect(isLess(ratioOf(room), score), `key ${j}, query ${query.join()}`).toBe(false)
            if (bounds[j] === 1) return
            const kind = factor.ridge === 0 ? 'regular' : 'ridge'
            worst[kind] = Math.max(worst[kind], score.num === 0n ? 0 : toNumber(score) / room)
          })
        }
      }),
      // The same ones at each run too, so that both kinds are among them.
      { numRuns: tiered(50, 90), examples: fc.sample(fc.tuple(...draws), { seed: 5, numRuns: 20 }) },
    )
    // The queries come close to the bound, or this test has no force.
    expect(worst.regular).toBeGreaterThan(0.999)
    expect(worst.ridge).toBeGreaterThan(isTight ? 0.99 : 0.6)
  })
})

/** The exact scores of every key for the queries that the certificate covers, of those that try it hardest. */
function settledScores(keys: DenseMatrix, factor: Factor, random: Random) {
  const kernels = scalarKernels()
  const inside = scaledKeys(keys, factor)
  const inColumns = { ...factor, exponents: new Int32Array(keys.cols) }
  const general = adversarialQueries(inside, 3)
  const hard = certificateQueries(keys, factor, random)
  const queries = stack(
    [...hard, ...Array.from({ length: general.rows }, (_, q) => row(general, q))],
    keys.cols,
  )
  const scaled = kernels.f64(queries.data.length)
  scaleQueries(inColumns, queries.data, queries.rows, scaled, new Int32Array(queries.rows))
  const { certifiedRowSums } = new Normaliser(kernels, factor).normalise(scaled, queries.rows)
  return Array.from(certifiedRowSums.keys())
    .filter((q) => certifiedRowSums[q] > 0)
    .map((q) => {
      const query = row({ ...queries, data: scaled }, q)
      const sum = exactRowSum(query, inside)
      const scores = Array.from({ length: keys.rows }, (_, j) => {
        const { num, den } = exactDotRatio(query, row(inside, j))
        return { num: num ** 2n * sum.den, den: den ** 2n * sum.num }
      })
      return { query, scores }
    })
}
