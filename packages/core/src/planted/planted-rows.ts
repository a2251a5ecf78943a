import { RandomStream, type Purpose } from '../random/random.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { normalOfWord } from '../random/normal-quantile.ts'
import type { PlantedModel } from './planted-model.ts'
import { combineRelevant, RelevantDirections } from './relevant-rows.ts'

const LEAST_LEVERAGE = 0.01
const MOST_LEVERAGE = 0.1
/** Shares of the planted direction and of the noise in a query near a key. */
const NEAR = 0.7
const NOISE = 0.7

/** Keys [rowEnd - rowStart, dim] of rows [range): row r is a function of (seed, r), n, d and the planted ids. */
export function plantedKeys(model: PlantedModel, { rowStart, rowEnd }: RowRange): Float32Array {
  const { dim, plantedIds } = model
  const rows = new Float32Array((rowEnd - rowStart) * dim)
  const normals = new NormalRows(model, 'plantedKeys')
  const { relevant } = model
  const noise = relevant ? Math.sqrt(relevant.noise) : 1
  for (let row = rowStart; row < rowEnd; row++) {
    const key = normals.row(row)
    for (let a = 0; a < dim; a++) rows[(row - rowStart) * dim + a] = noise * key[a]
  }
  if (relevant) {
    setRelevantKeys(rows, model, new RelevantDirections(model, relevant), { rowStart, rowEnd })
    return rows
  }
  const scales = new RandomStream(model.seed, 'plantedLeverage')
  for (let i = lowerBound(plantedIds, rowStart); plantedIds[i] < rowEnd; i++) {
    const scale = scaleOf(model, scales, plantedIds[i])
    const start = (plantedIds[i] - rowStart) * dim
    for (let a = start; a < start + dim; a++) rows[a] *= scale
  }
  return rows
}

/** Queries [rowEnd - rowStart, dim] of rows [range); where no key is planted all of them are noise. */
export function plantedQueries(model: PlantedModel, { rowStart, rowEnd }: RowRange): Float32Array {
  const { dim, plantedIds, plantedCount, queryCount, seed } = model
  const nearCount = plantedCount === 0 ? 0 : Math.floor(queryCount / 2)
  const rows = new Float32Array((rowEnd - rowStart) * dim)
  const noise = new NormalRows(model, 'plantedQueries')
  const keys = new NormalRows(model, 'plantedKeys')
  const picks = new RandomStream(seed, 'plantedPicks')
  const directions = model.relevant && new RelevantDirections(model, model.relevant)
  for (let row = rowStart; row < rowEnd; row++) {
    const query = noise.row(row)
    if (row < nearCount && directions) combineRelevant(query, row, picks, directions, plantedCount)
    else if (row < nearCount) moveNear(query, keys.row(plantedIds[picks.below(plantedCount, row)]))
    rows.set(query, (row - rowStart) * dim)
  }
  return rows
}

/** Puts the relevant keys of [range) in their places, each with a random sign. */
function setRelevantKeys(
  rows: Float32Array,
  { plantedIds, dim, seed }: PlantedModel,
  directions: RelevantDirections,
  { rowStart, rowEnd }: RowRange,
): void {
  const signs = new RandomStream(seed, 'plantedLeverage')
  for (let i = lowerBound(plantedIds, rowStart); plantedIds[i] < rowEnd; i++) {
    const key = new Float64Array(dim)
    directions.addTo(key, i, signs.uniform(plantedIds[i]) < 0.5 ? -1 : 1)
    rows.set(key, (plantedIds[i] - rowStart) * dim)
  }
}

/** Standard normal rows of one purpose: row r from the words of index r. The row returned is overwritten by the next. */
class NormalRows {
  readonly #stream: RandomStream
  readonly #words: Uint32Array
  readonly #row: Float64Array

  constructor({ seed, dim }: PlantedModel, purpose: Purpose) {
    this.#stream = new RandomStream(seed, purpose)
    this.#words = new Uint32Array(4 * Math.ceil(dim / 4))
    this.#row = new Float64Array(dim)
  }

  row(index: number): Float64Array {
    const row = this.#row
    this.#stream.words(this.#words, index)
    for (let a = 0; a < row.length; a++) row[a] = normalOfWord(this.#words[a])
    return row
  }
}

/** query = 0.7 key sqrt(d) / |key| + 0.7 query. The key's own scale cancels; no entry of a normal row is zero. */
function moveNear(query: Float64Array, key: Float64Array): void {
  let squares = 0
  for (const value of key) squares += value * value
  const factor = NEAR * Math.sqrt(key.length / squares)
  for (let a = 0; a < key.length; a++) query[a] = key[a] * factor + NOISE * query[a]
}

/** Brings |key|² from about d to about tau n, tau uniform in (0.01, 0.1); the Gram is about n times the identity. */
function scaleOf({ rowCount, dim }: PlantedModel, stream: RandomStream, rowId: number): number {
  const leverage = LEAST_LEVERAGE + (MOST_LEVERAGE - LEAST_LEVERAGE) * stream.uniform(rowId)
  return Math.sqrt((leverage * rowCount) / dim)
}

/** The first place in ascending `ids` whose id is at least `rowId`. */
function lowerBound(ids: Float64Array, rowId: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle] < rowId) low = middle + 1
    else high = middle
  }
  return low
}
