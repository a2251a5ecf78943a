import { expansionOf, type SampleExpansion } from '../sums/priority-sample.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import type { DroppedKeySums } from '../sums/weighted-form.ts'
import { type Factor } from '../bounds/factor/factor.ts'
import { ridgeInflation } from '../bounds/factor/ridge-rules.ts'
import { powerBound } from '../arithmetic/power.ts'

/** Keys outside U, p other than 2: what is known of them beyond their bounds. Plain data. */
export interface DroppedKeys {
  /** None of them takes more of a query's |q.k|^2 attention. */
  readonly leverage: number
  /** None of those that a ridge dropped takes more of a query that the ridge covers; from epsilon on none is settled. */
  readonly ridgeShare: number
  /** Estimates row sums where the keys cannot be read again. */
  readonly sample?: SampleExpansion | undefined
}

export function droppedKeysOf({ leverage, sample }: DroppedKeySums, ridgeShare: number): DroppedKeys {
  return { leverage, ridgeShare, sample: sample && expansionOf(sample) }
}

/** What keys that a ridge dropped may take by now of a query that the ridge covers. */
export function ridgeShareOf(
  { power, ridge, isTight }: Pick<Factor, 'power' | 'ridge' | 'isTight'>,
  { ridgeScore }: Pick<DroppedKeySums, 'ridgeScore'>,
): number {
  if (!power || ridgeScore === 0) return 0
  const weightRatio = power.weightRatio * ridgeInflation({ ridge, isTight })
  return powerBound({ ...power, weightRatio }, 1, ridgeScore)
}

/** Estimates what keys outside U add to a row sum, from a priority sample of them (theory.md section 4). */
export class DroppedKeysSample {
  readonly #dim: number
  readonly #keys: Float64Array // k̂ [count, dim]
  readonly #factors: Float64Array // [count]

  constructor({ keys, factors }: SampleExpansion, exponents: Int32Array) {
    this.#dim = exponents.length
    this.#keys = Float64Array.from(keys)
    scaleColumns(this.#keys, factors.length, exponents)
    this.#factors = factors
  }

  /** Σ |<q̂,k̂>/root|^p over the keys outside U, without bias over the sample's seed. `query` [dim], scaled. */
  powers(query: Float64Array, root: number, power: (x: number) => number): number {
    let sum = 0
    for (let r = 0, i = 0; r < this.#factors.length; r++) {
      let dot = 0
      for (let a = 0; a < this.#dim; a++, i++) dot += query[a] * this.#keys[i]
      if (dot !== 0) sum += this.#factors[r] * power(dot / root)
    }
    return sum
  }
}
