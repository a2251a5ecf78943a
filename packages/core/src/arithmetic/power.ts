import { gamma } from './numeric.ts'

/**
 * What turns t_j = k_jᵀM⁻¹k_j into a bound of the |q.k|^p sensitivity, p other than 2 (theory.md section 2):
 * t^(p/2) S^(p/2-1) for p > 2, t^(p/2) C^(1-p/2) for p < 2. Kept as logarithms: neither p = .01 nor p = 1000 overflows.
 */
export interface Power {
  readonly p: number
  /** S = Σ w: the sum of the weights that M was made with. */
  readonly weightSum: number
  /** C: an upper bound of t_j / w_j^(2/p) over all keys. */
  readonly weightRatio: number
}

/** Relative error that Math.pow, Math.exp and Math.log are trusted to stay below, with room: seen below 2 units. */
export const POWER_ROUNDINGS = 8

/** The power of a factor of t that a bound grows by: t and, for p < 2, C grow with it. */
export function growthPower(p: number): number {
  return Math.max(1, p / 2)
}

/** min(1, the bound of one key); `inflation` is what a ridge certificate makes t larger by. */
export function powerBound(power: Power, inflation: number, t: number): number {
  if (!(t > 0)) return t === 0 ? 0 : 1
  const { p } = power
  const log = (p / 2) * Math.log(t) + logConstant(power) + growthPower(p) * Math.log(inflation)
  return log >= 0 ? 1 : Math.exp(log)
}

/** The t at which `powerBound` is `bound`, a hair above: its inverse. */
export function scoreOfBound(power: Power, inflation: number, bound: number): number {
  if (!(bound > 0)) return 0
  const { p } = power
  const log = Math.log(bound) - logConstant(power) - growthPower(p) * Math.log(inflation)
  return Math.exp((2 / p) * log) * (1 + 1e-12)
}

/** b with |<r,y>|^p <= (b sqrt(t))^p Σ_l |<k_l,y>|^p for every r with t = rᵀM⁻¹r, a key or not. */
export function powerRoot(power: Power): number {
  return Math.exp(logConstant(power) / power.p)
}

function logConstant({ p, weightSum, weightRatio }: Power): number {
  return p > 2 ? (p / 2 - 1) * Math.log(weightSum) : (1 - p / 2) * Math.log(weightRatio)
}

/**
 * Bound of a computed bound's relative error: of t to the power p/2, of S (positive terms, added in row order), of C
 * (rounded up already), and of the logarithms: rounding of p/2 log t, for t down to e^-100, and of log S^(p/2).
 */
export function powerSlack(p: number, slack: number, rowCount: number): number {
  const sums = p > 2 ? (p / 2 - 1) * gamma(rowCount + 64 + POWER_ROUNDINGS) : 0
  return (
    Math.expm1(Math.max(1, p / 2) * Math.log1p(1.01 * slack) + 1.01 * sums) +
    gamma(POWER_ROUNDINGS * (4000 + 50 * p))
  )
}

/**
 * |x|^p, by multiplication and the square root where p is a small multiple of 1/2: at most 7 roundings, so within
 * POWER_ROUNDINGS units as Math.pow is, and several times as fast.
 */
export function powerFunction(p: number): (x: number) => number {
  return MULTIPLIED.get(p)?.() ?? ((x) => Math.abs(x) ** p)
}

/** A function of its own for each caller, which the compiler then puts into the caller's loop. */
const MULTIPLIED: ReadonlyMap<number, () => (x: number) => number> = new Map([
  [0.5, () => (x: number) => Math.sqrt(Math.abs(x))],
  [1, () => (x: number) => Math.abs(x)],
  [1.5, () => (x: number) => Math.abs(x) * Math.sqrt(Math.abs(x))],
  [2, () => (x: number) => x * x],
  [2.5, () => (x: number) => x * x * Math.sqrt(Math.abs(x))],
  [3, () => (x: number) => Math.abs(x) * x * x],
  [4, () => (x: number) => x * x * (x * x)],
  [5, () => (x: number) => x * x * (x * x) * Math.abs(x)],
  [6, () => (x: number) => x * x * (x * x) * (x * x)],
  [8, () => (x: number) => x * x * (x * x) * (x * x * (x * x))],
])
