import type { Cells } from './layout.ts'

/** A key, and the most that it can take of a query. */
export interface ScoredKey {
  readonly key: number
  readonly score: number
}

/** What is drawn of the scores of n keys, however many. */
export interface ScoreFacts {
  /** Of all keys; scores of those below `floor` are not known. */
  readonly n: number
  /** 0 where every score is known. */
  readonly floor: number
  /** Scores descending, each with the number of keys that have it or more. */
  readonly steps: readonly (readonly [score: number, count: number])[]
  readonly largest: number
  /** How many keys have the largest, to nine decimals: their order is that of row ids. */
  readonly tied: number
  /** Of the known ones. */
  readonly sum: number
  /** The keys of the largest, ties by row id. */
  readonly top: readonly ScoredKey[]
  /** The largest score of each cell; 0 where none is known. */
  readonly cells: Float64Array
  /** How many keys have so much or more, for the epsilons that were asked for. */
  readonly sizes: ReadonlyMap<number, number>
  /** Their share of `sum`. */
  readonly held: ReadonlyMap<number, number>
}

interface ShapeOptions {
  readonly n: number
  readonly epsilons: readonly number[]
  readonly topCount: number
  readonly cells: Cells
  readonly floor?: number
  /** Largest relative error of a score: one so little below epsilon may reach it. */
  readonly slack?: number
}

/** Bins of log scores from 1e-12 on: a step of a curve is off by half of 0.7 %, less than a pixel. */
const [BINS, LEAST] = [4096, 1e-12] as const
/** Scores are compared as selections do: to nine decimals (docs/theory.md section 7), so that ties go by row id. */
const TIES = 1e9
/** A score exactly at epsilon counts, rounded or not. */
const LEAST_SLACK = 1e-12

/** Scores of keys as they come, in any order, in the memory of a few thousand numbers. */
export class ScoreShape {
  readonly #options: ShapeOptions
  readonly #bins = new Float64Array(BINS)
  readonly #cells: Float64Array
  /** Ascending; of what reaches one and not the next the number and the sum. */
  readonly #epsilons: readonly number[]
  readonly #counts: Float64Array
  readonly #sums: Float64Array
  readonly #top: ScoredKey[] = []
  #largest = 0
  #tied = 0
  #sum = 0

  constructor(options: ShapeOptions) {
    this.#options = options
    this.#cells = new Float64Array(options.cells.rows * options.cells.columns + options.cells.prefix)
    this.#epsilons = [...new Set(options.epsilons)].sort((a, b) => a - b)
    this.#counts = new Float64Array(this.#epsilons.length)
    this.#sums = new Float64Array(this.#epsilons.length)
  }

  /** The score of one key. */
  add(key: number, score: number): void {
    const { cells, slack = 0 } = this.#options
    const reaching = 1 - Math.max(slack, LEAST_SLACK)
    this.#bins[binOf(score)]++
    this.#sum += score
    this.#countTies(score)
    if (score > this.#largest) this.#largest = score
    const reached = this.#reachedBy(score, reaching)
    if (reached > 0) {
      this.#counts[reached - 1]++
      this.#sums[reached - 1] += score
    }
    const cell = cells.cellOf(key)
    if (cell !== undefined && score > this.#cells[cell]) this.#cells[cell] = score
    this.#rank(key, score)
  }

  facts(): ScoreFacts {
    const { n, floor = 0 } = this.#options
    const epsilons = this.#epsilons
    const [counts, sums] = [fromLast(this.#counts), fromLast(this.#sums)]
    return {
      n,
      floor,
      steps: this.#steps(),
      largest: this.#largest,
      tied: this.#tied,
      sum: this.#sum,
      top: this.#top,
      cells: this.#cells,
      sizes: new Map(epsilons.map((epsilon, i) => [epsilon, counts[i]])),
      held: new Map(epsilons.map((epsilon, i) => [epsilon, this.#sum === 0 ? 0 : sums[i] / this.#sum])),
    }
  }

  /** How many of the epsilons a score reaches: each with the part `reaching` of it. */
  #reachedBy(score: number, reaching: number): number {
    let [low, high] = [0, this.#epsilons.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (score >= this.#epsilons[middle] * reaching) low = middle + 1
      else high = middle
    }
    return low
  }

  #countTies(score: number): void {
    const [own, other] = [Math.round(score * TIES), Math.round(this.#largest * TIES)]
    if (own > other || this.#tied === 0) this.#tied = 1
    else if (own === other) this.#tied++
  }

  #rank(key: number, score: number): void {
    const { topCount } = this.#options
    const isFull = this.#top.length === topCount
    const rounded = Math.round(score * TIES)
    const precedes = (one: ScoredKey) => {
      const other = Math.round(one.score * TIES)
      return other > rounded || (other === rounded && one.key < key)
    }
    if (isFull && precedes(this.#top[topCount - 1])) return
    this.#top.splice(this.#top.findLastIndex(precedes) + 1, 0, { key, score })
    if (isFull) this.#top.pop()
  }

  #steps(): [number, number][] {
    const steps: [number, number][] = []
    let above = 0
    for (let bin = BINS - 1; bin >= 0; bin--) {
      if (this.#bins[bin] === 0) continue
      above += this.#bins[bin]
      steps.push([Math.min(this.#largest, middleOf(bin)), above])
    }
    return steps
  }
}

/** Sums of each entry and all behind it. */
function fromLast(values: Float64Array): Float64Array {
  const sums = values.slice()
  for (let i = sums.length - 2; i >= 0; i--) sums[i] += sums[i + 1]
  return sums
}

const WIDTH = -Math.log(LEAST) / (BINS - 1)

function binOf(score: number): number {
  if (score <= LEAST) return 0
  return Math.min(BINS - 1, Math.floor((Math.log(score) - Math.log(LEAST)) / WIDTH))
}

function middleOf(bin: number): number {
  return Math.min(1, LEAST * Math.exp((bin + 0.5) * WIDTH))
}
