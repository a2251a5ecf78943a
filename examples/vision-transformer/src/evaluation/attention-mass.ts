import type { Floats } from '@levattention/core'

/**
 * Of each key, the mean over queries of its share of their softmax attention: mass [tokens], Σ = 1. `queries`, `keys` [tokens, headDim].
 */
export function attentionMass(queries: Floats, keys: Floats, tokens: number): Float64Array {
  const dim = queries.length / tokens
  const scale = 1 / Math.sqrt(dim)
  const mass = new Float64Array(tokens)
  const row = new Float64Array(tokens)
  for (let q = 0; q < tokens; q++) {
    let largest = -Infinity
    for (let k = 0; k < tokens; k++) {
      let dot = 0
      for (let c = 0; c < dim; c++) dot += queries[q * dim + c] * keys[k * dim + c]
      row[k] = scale * dot
      if (row[k] > largest) largest = row[k]
    }
    let total = 0
    for (let k = 0; k < tokens; k++) total += row[k] = Math.exp(row[k] - largest)
    for (let k = 0; k < tokens; k++) mass[k] += row[k] / (total * tokens)
  }
  return mass
}

/** Of the keys `ids`. */
export function massOf(mass: Float64Array, ids: ArrayLike<number>): number {
  return Array.from(ids).reduce((sum, id) => sum + mass[id], 0)
}

/** Ids of the `count` largest, the first of equals. */
export function largestIds(values: Float64Array, count: number): number[] {
  return [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, count)
}
