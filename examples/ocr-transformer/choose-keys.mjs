// @ts-check
// Which keys the queries of a head attend to, as the mask that is added to their scores.
import { attend } from '@levattention/core'

/**
 * One head as the graph shows it: queries (the scale in them), keys and values [rows, dim], scores [rows, rows].
 * @typedef {object} Head
 * @property {number} rows
 * @property {number} dim
 * @property {Float32Array} queries
 * @property {Float32Array} keys
 * @property {Float32Array} values
 * @property {Float32Array} scores
 *
 * What is kept of a head. `seed`: another number for each head of each picture, for rules that draw.
 * @callback Choice
 * @param {Head} head
 * @param {number} seed
 * @returns {Kept}
 *
 * `mask` [rows, rows]: 0 where query i attends to key j, else HIDDEN. `output` [rows, dim]: what core says that the head then gives,
 * where the choice is one of core's.
 * @typedef {{ readonly mask: Float32Array, readonly output?: import('@levattention/core').Floats }} Kept
 */

/** Added to a score: the softmax gives such a key 0, and float32 holds it. */
export const HIDDEN = -1e9

/** Every key: the model as it is. */
export const everyKey = keysOf(() => ({ full: true }))

/**
 * The `keep` keys that core's rule ranks first; with `local`, those beside each query as well.
 * @param {import('@levattention/core').Rule} rule
 * @param {number} keep
 * @param {number} [local]
 */
export function keysByRule(rule, keep, local) {
  const drawn = rule === 'random'
  return keysOf((seed) => ({
    rule,
    keep,
    ...(drawn && { seed }),
    ...(local !== undefined && { local }),
  }))
}

/**
 * The `keep` keys around each query, itself among them; `keep` is odd.
 * @param {number} keep
 */
export function keysInWindow(keep) {
  return keysOf(() => ({ none: true, local: (keep - 1) / 2 }))
}

/**
 * The `keep` keys of each query's own largest scores: no rule, as it reads all of them, but the most that so few keys can hold.
 * @param {number} keep
 * @returns {Choice}
 */
export function bestKeys(keep) {
  return ({ rows, scores }) => {
    const mask = new Float32Array(rows * rows).fill(HIDDEN)
    for (let i = 0; i < rows; i++) {
      const row = scores.subarray(i * rows, (i + 1) * rows)
      const order = [...row.keys()].sort((a, b) => row[b] - row[a])
      for (const j of order.slice(0, keep)) mask[i * rows + j] = 0
    }
    return { mask }
  }
}

/**
 * The keys that core's `attend` takes for a selection.
 * @param {(seed: number) => import('@levattention/core').Selection} selectionOf
 * @returns {Choice}
 */
function keysOf(selectionOf) {
  return ({ rows, dim, queries, keys, values }, seed) => {
    const dense = (/** @type {Float32Array} */ data) => ({ data, rows, cols: dim })
    const head = { queries: dense(queries), keys: dense(keys), values: dense(values) }
    const selection = selectionOf(seed)
    const { keyIds, output } = attend(head, { scale: 1, selection })
    return { mask: maskOf(rows, keyIds, selection), output }
  }
}

/**
 * @param {number} rows
 * @param {Float64Array} keyIds
 * @param {import('@levattention/core').Selection} selection
 */
function maskOf(rows, keyIds, { local = -1 }) {
  const mask = new Float32Array(rows * rows).fill(HIDDEN)
  for (let i = 0; i < rows; i++) {
    for (const j of keyIds) mask[i * rows + j] = 0
    for (let j = Math.max(0, i - local); j <= Math.min(rows - 1, i + local); j++) mask[i * rows + j] = 0
  }
  return mask
}
