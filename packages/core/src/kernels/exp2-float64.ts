import { powerOfTwo } from '../linalg/power-of-two.ts'

/** Below it 2^x is 0: that of a rounded x and of the series, at least 0.7, are no subnormal numbers. */
const LEAST = -1021
/** 2^n, n from LEAST to 1023. */
const POWERS = Float64Array.from({ length: 1024 - LEAST }, (_, i) => powerOfTwo(i + LEAST))
/** Added and subtracted it rounds to an integer, ties to even: 1.5 2^52. */
const ROUNDER = 6755399441055744

/**
 * 2^x for x < 1023 within 3e-16 of it, relative; 0 below -1021. The same bits on every machine, and in every kernel.
 *
 * x = n + f, |f| <= 1/2, both exact. The polynomial of degree 11 interpolates 2^f at Chebyshev's points and is off by 2e-17 of it with its
 * rounded coefficients. With u = 2^-53 the last addition rounds by u; f q, q the sum of the other terms, by u |f q|; q, at most 0.83, is off by
 * 1.13 u: in all 2.1 u of 2^f at the most, at f = -1/2. A power of two is exact.
 */
export function exp2Float64(x: number): number {
  if (!(x >= LEAST)) return 0
  const n = x + ROUNDER - ROUNDER
  const f = x - n
  let p = 4.4549605981865186e-10 * f + 7.072585949269223e-9
  p = p * f + 1.0178062445845774e-7
  p = p * f + 1.321544258792169e-6
  p = p * f + 1.525273382983612e-5
  p = p * f + 0.0001540353044173605
  p = p * f + 0.0013333558146416936
  p = p * f + 0.009618129107606888
  p = p * f + 0.0555041086648216
  p = p * f + 0.24022650695910097
  p = p * f + Math.LN2
  p = p * f + 1
  return p * POWERS[n - LEAST]
}
