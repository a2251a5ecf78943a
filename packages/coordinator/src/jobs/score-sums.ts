// Loops over the scores of a batch stand by themselves: within a generator each number is an object for the garbage collector.

/** Of all `tau`. */
export function sumOf(tau: Float64Array): number {
  let sum = 0
  for (let i = 0; i < tau.length; i++) sum += tau[i]
  return sum
}

/** Whether a score lies between 0 and `least`. */
export function hasTiny(tau: Float64Array, least: number): boolean {
  for (let i = 0; i < tau.length; i++) if (tau[i] > 0 && tau[i] < least) return true
  return false
}

/** 0 where there are none. */
export function largestOf(tau: Float64Array): number {
  let largest = 0
  for (let i = 0; i < tau.length; i++) if (tau[i] > largest) largest = tau[i]
  return largest
}

/** In place: rounding may lift a score of 1 above it. */
export function boundByOne(tau: Float64Array): void {
  for (let i = 0; i < tau.length; i++) if (tau[i] > 1) tau[i] = 1
}
