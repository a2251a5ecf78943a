// @ts-check
/** The arrays that the checks write and read, by a second implementation: the product's own is not judged by itself. */
import { writeFileSync } from 'node:fs'
import { npyBytes, readNpz } from '../../test/support/npy.mjs'

/** @typedef {{ query: number, key: number, score: number, dot: number }} Pair */

/**
 * `data` (row-major) as a .npy of `shape`.
 * @param {string} path
 * @param {readonly number[]} shape
 * @param {Float32Array | Float64Array} data
 */
export function writeNpy(path, shape, data) {
  writeFileSync(path, npyBytes(shape, data))
}

/**
 * Rows of numbers as a .npy matrix of `cols` columns.
 * @param {string} path
 * @param {readonly (readonly number[])[]} rows
 * @param {{ cols: number, float32: boolean }} how
 */
export function writeRows(path, rows, { cols, float32 }) {
  const data = rows.flat()
  writeNpy(path, [rows.length, cols], float32 ? Float32Array.from(data) : Float64Array.from(data))
}

/**
 * The pairs, masses and lists of a heavy .npz; no masses, and so no undefined rows, of causal ones and p other than 2.
 * @param {string} path
 */
export function readHeavy(path) {
  const { shape, data, indices, indptr, dots, slack, uncertified, ...rest } = readNpz(path)
  const mass = rest.mass?.data ?? new Float64Array(0)
  /** @type {Pair[]} */
  const pairs = []
  for (let query = 0; query + 1 < indptr.data.length; query++) {
    for (let i = indptr.data[query]; i < indptr.data[query + 1]; i++)
      pairs.push({ query, key: indices.data[i], score: data.data[i], dot: dots.data[i] })
  }
  return {
    queryCount: shape.data[0],
    keyCount: shape.data[1],
    pairs,
    mass,
    slack: slack.data,
    undefinedRows: [...mass.keys()].filter((query) => Number.isNaN(mass[query])),
    uncertified: [...uncertified.data],
  }
}
