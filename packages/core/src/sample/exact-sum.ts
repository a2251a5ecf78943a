import { growExpansion, roundExpansion } from '../universal/expansion.ts'

/**
 * A sum of float64 numbers without any rounding, until `value` rounds it once: whatever the order of the terms, and
 * however they were cut into parts, it is the same.
 */
export class ExactSum {
  readonly #parts: number[] = []

  add(value: number): void {
    growExpansion(this.#parts, value)
  }

  /** Adds another sum by its `parts`. */
  addParts(parts: Float64Array): void {
    for (const part of parts) this.add(part)
  }

  /** Numbers whose exact sum is this one: what crosses threads. */
  get parts(): Float64Array {
    return Float64Array.from(this.#parts)
  }

  /** The float64 nearest to the sum. */
  get value(): number {
    return roundExpansion(this.#parts)
  }
}
