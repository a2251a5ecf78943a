import { growExpansion, roundExpansion } from './expansion.ts'

/** (x + SHIFTS[i]) - SHIFTS[i] is x rounded to a multiple of 2^-30, 2^-60, 2^-90, for x up to 1, 2^-31, 2^-61 in size. */
const SHIFTS = [1.5 * 2 ** 22, 1.5 * 2 ** -8, 1.5 * 2 ** -38] as const
/** So many multiples of one grid add up exactly: 2^20 of size 2^30 stay below 2^53. */
const MOST_ON_GRIDS = 2 ** 20

/**
 * A sum of float64 numbers without any rounding, until `value` rounds it once: whatever the order of the terms, and
 * however they were cut into parts, it is the same. Terms of at most 1 in size are split on three fixed grids, whose
 * sums are exact; what lies below, and all others, go into an expansion one by one.
 */
export class ExactSum {
  readonly #expansion: number[] = []
  #onGrids = 0
  #coarse = 0
  #middle = 0
  #fine = 0

  add(value: number): void {
    if (!(Math.abs(value) <= 1)) return growExpansion(this.#expansion, value)
    const coarse = value + SHIFTS[0] - SHIFTS[0]
    const belowCoarse = value - coarse
    const middle = belowCoarse + SHIFTS[1] - SHIFTS[1]
    const belowMiddle = belowCoarse - middle
    const fine = belowMiddle + SHIFTS[2] - SHIFTS[2]
    const rest = belowMiddle - fine
    this.#coarse += coarse
    this.#middle += middle
    this.#fine += fine
    if (rest !== 0) growExpansion(this.#expansion, rest)
    if (++this.#onGrids === MOST_ON_GRIDS) this.#leaveGrids()
  }

  /** Adds another sum by its `parts`. */
  addParts(parts: Float64Array): void {
    for (const part of parts) growExpansion(this.#expansion, part)
  }

  /** Numbers whose exact sum is this one: what crosses threads. */
  get parts(): Float64Array {
    this.#leaveGrids()
    return Float64Array.from(this.#expansion)
  }

  /** The float64 nearest to the sum. */
  get value(): number {
    this.#leaveGrids()
    return roundExpansion(this.#expansion)
  }

  #leaveGrids(): void {
    for (const sum of [this.#coarse, this.#middle, this.#fine]) growExpansion(this.#expansion, sum)
    this.#coarse = this.#middle = this.#fine = this.#onGrids = 0
  }
}
