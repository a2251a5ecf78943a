/** What is wrong with a pair, and in which array of a .npz it stands. */
interface PairComplaint {
  readonly array: 'indices' | 'data' | 'dots' | 'scoreLow'
  readonly what: string
  /** It stands before one that it should stand behind, or beside itself. */
  readonly isOrder?: boolean
}

/** Scores of a query sum to 1 at most; no mode's are off by a relative 1.1e-3 (docs/guarantees.md, "A verification"). */
const LARGEST_ROW_SUM = 1 + 2e-3

/**
 * What every pair of a heavy file has to be, of whatever format, in file order: sorted by query, then key, none twice, keys
 * below `keyCount`; scores within [0, 1] and inside their interval, those of a query no more than 1 together; dots no NaN.
 */
export class PairCheck {
  readonly #hasIntervals: boolean
  readonly #keyCount: number
  #lastQuery = -1
  #lastKey = -1
  #rowSum = 0

  constructor(hasIntervals: boolean, keyCount = Infinity) {
    this.#hasIntervals = hasIntervals
    this.#keyCount = keyCount
  }

  /** Takes note of the next pair, unless it has something wrong, which it returns. */
  complaint(
    query: number,
    key: number,
    score: number,
    dot: number,
    low: number,
    high: number,
  ): PairComplaint | undefined {
    if (!(query > this.#lastQuery || (query === this.#lastQuery && key > this.#lastKey)))
      return {
        ...about('indices', query, key, 'is out of order: pairs are sorted by query, then key, none twice'),
        isOrder: true,
      }
    if (!(key >= 0 && key < this.#keyCount))
      return about('indices', query, key, `does not exist: there are ${this.#keyCount} keys`)
    if (!(score >= 0 && score <= 1))
      return about('data', query, key, `has the score ${score}, ${rangeOf(score)}`)
    if (this.#hasIntervals && !(low >= 0 && low <= score && score <= high && high <= 1))
      return about(
        'scoreLow',
        query,
        key,
        `has the score ${score}, outside its ends ${low} and ${high} in [0, 1]`,
      )
    if (Number.isNaN(dot)) return about('dots', query, key, 'has the dot NaN, which is no number')
    if (query !== this.#lastQuery) this.#rowSum = 0
    this.#lastQuery = query
    this.#lastKey = key
    this.#rowSum += this.#hasIntervals ? low : score
    if (this.#rowSum <= LARGEST_ROW_SUM) return undefined
    return {
      array: 'data',
      what: `the scores of query ${query} sum to ${this.#rowSum}; shares sum to 1 at most`,
    }
  }
}

function about(array: PairComplaint['array'], query: number, key: number, what: string): PairComplaint {
  return { array, what: `query ${query}, key ${key} ${what}` }
}

function rangeOf(score: number): string {
  return Number.isFinite(score) ? 'outside [0, 1]' : 'which is not finite'
}
