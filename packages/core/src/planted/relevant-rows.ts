import { RandomStream } from '../random/random.ts'
import { normalOfWord } from '../random/normal-quantile.ts'
import type { PlantedModel } from './planted-model.ts'
import type { RelevantShape } from './relevant-shape.ts'

/** Relevant keys in a query, and the noise's share of it. */
const COMBINED = 3
const QUERY_NOISE = 0.3

/**
 * The relevant keys' unit directions: sqrt(x) e_last + sqrt(1 - x) e_i, x the cosine of any two, reflected at a random
 * hyperplane so that no column is special.
 */
export class RelevantDirections {
  readonly #cosine: number
  readonly #normal: Float64Array // of the hyperplane [dim]
  readonly #square: number

  constructor({ seed, dim }: Pick<PlantedModel, 'seed' | 'dim'>, { cosine }: RelevantShape) {
    this.#cosine = cosine
    const words = new Uint32Array(4 * Math.ceil(dim / 4))
    new RandomStream(seed, 'plantedDirections').words(words, 0)
    this.#normal = Float64Array.from({ length: dim }, (_, a) => normalOfWord(words[a]))
    this.#square = this.#normal.reduce((sum, value) => sum + value * value, 0)
  }

  /** out += factor · the direction of relevant key `index`, below dim - 1. */
  addTo(out: Float64Array, index: number, factor: number): void {
    const last = this.#normal.length - 1
    const common = Math.sqrt(this.#cosine)
    const own = Math.sqrt(1 - this.#cosine)
    const dot = common * this.#normal[last] + own * this.#normal[index]
    const step = (2 * dot) / this.#square
    for (let a = 0; a <= last; a++) out[a] -= factor * step * this.#normal[a]
    out[last] += factor * common
    out[index] += factor * own
  }
}

/** Writes the combination of relevant keys that makes query `row`, of length about sqrt(3 d), into `query`, over its noise. */
export function combineRelevant(
  query: Float64Array,
  row: number,
  picks: RandomStream,
  directions: RelevantDirections,
  plantedCount: number,
): void {
  const words = new Uint32Array(8)
  picks.words(words, row)
  for (let a = 0; a < query.length; a++) query[a] *= QUERY_NOISE
  for (let i = 0; i < COMBINED; i++) {
    const index = Math.floor((words[i] / 2 ** 32) * plantedCount)
    directions.addTo(query, index, Math.sqrt(query.length) * normalOfWord(words[COMBINED + i]))
  }
}
