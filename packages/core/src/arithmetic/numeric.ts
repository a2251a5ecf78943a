/** Unit roundoff u of float64 and float32 (round to nearest). */
export const UNIT_ROUNDOFF_F64 = 2 ** -53
export const UNIT_ROUNDOFF_F32 = 2 ** -24

/** Below this thresholds, and the errors of what is held against them, leave float64's normal range. */
export const LEAST_EPSILON = 1e-290

/** Whether it is a threshold of attention that the bounds hold for. */
export function isEpsilon(value: unknown): boolean {
  return typeof value === 'number' && value >= LEAST_EPSILON && value <= 1
}

/** Higham's gamma_k = k u / (1 - k u): the relative error bound of k roundings. Infinity where k u >= 1. */
export function gamma(k: number, unitRoundoff = UNIT_ROUNDOFF_F64): number {
  const ku = k * unitRoundoff
  return ku < 1 ? ku / (1 - ku) : Infinity
}
