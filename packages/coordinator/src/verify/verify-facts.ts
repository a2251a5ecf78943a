import type { HeavyPairReader } from '@levattention/core/internal'

/** What a file says of a query beside its pairs. It is held against brute force, never taken from there. */
export interface StatedFacts {
  /** Largest error bound of the query's scores; undefined where the file tells none. */
  readonly slack: number | undefined
  /** Share of the row sum inside U; undefined where the file tells none. */
  readonly mass: number | undefined
  /** Softmax: log Σ exp(z); undefined where the file tells none. */
  readonly lse: number | undefined
  /** The file lists the query as undecided. */
  readonly isUncertified: boolean
}

const WINDOW = 64 * 1024

/** Reads a file's facts in step with ascending query ids, in windows. */
export class FactsCursor {
  readonly #slack: (queryId: number) => number | undefined
  readonly #mass: (queryId: number) => number | undefined
  readonly #lse: (queryId: number) => number | undefined
  readonly #uncertified: Float64Array
  #next = 0

  constructor(reader: HeavyPairReader) {
    this.#slack = inWindows(reader, 'slack')
    this.#mass = inWindows(reader, 'mass')
    this.#lse = inWindows(reader, 'lse')
    this.#uncertified = reader.uncertified ?? new Float64Array(0)
  }

  /** `queryId` is above all asked for before. */
  of(queryId: number): StatedFacts {
    while (this.#uncertified[this.#next] < queryId) this.#next++
    const isUncertified = this.#uncertified[this.#next] === queryId
    return {
      slack: this.#slack(queryId),
      mass: this.#mass(queryId),
      lse: this.#lse(queryId),
      isUncertified,
    }
  }
}

function inWindows(
  reader: HeavyPairReader,
  name: 'slack' | 'mass' | 'lse',
): (queryId: number) => number | undefined {
  const { shape } = reader
  let start = 0
  let window: Float64Array | undefined = new Float64Array(0)
  return (queryId) => {
    if (shape === undefined || window === undefined) return undefined
    if (!(queryId >= start && queryId < start + window.length)) {
      start = queryId
      window = reader.perQuery(name, queryId, Math.min(shape.m, queryId + WINDOW))
    }
    return window?.[queryId - start]
  }
}
