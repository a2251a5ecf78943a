// @ts-check
// Inputs of the digests: the same numbers on every machine, by integer arithmetic and exact divisions alone.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npyBytes } from '../../test/support/npy.mjs'

/**
 * Sums of four uniform numbers, by a linear congruence (Numerical Recipes' constants): bell-shaped, and exact.
 * @param {number} seed
 */
function generator(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) / 2 ** 24
  }
  return () => next() + next() + next() + next() - 2
}

/**
 * Rows [rows, cols], every `each`-th of them 40 times as long.
 * @param {number} rows
 * @param {number} cols
 * @param {number} seed
 * @param {number} each
 */
function longRows(rows, cols, seed, each) {
  const draw = generator(seed)
  return Float32Array.from(
    { length: rows * cols },
    (_, i) => draw() * (Math.floor(i / cols) % each === 0 ? 40 : 1),
  )
}

/** @param {string} folder */
export function writeInputs(folder) {
  const write = (/** @type {string} */ name, /** @type {Buffer | Uint8Array} */ bytes) =>
    writeFileSync(join(folder, name), bytes)
  const keys = longRows(9000, 8, 1, 300)
  write('K.npy', npyBytes([9000, 8], keys))
  write('K1.npy', npyBytes([5000, 8], keys.subarray(0, 5000 * 8)))
  write('K2.npy', npyBytes([4000, 8], keys.subarray(5000 * 8)))
  write('K.bin', new Uint8Array(keys.buffer))
  write('Q.npy', npyBytes([300, 8], longRows(300, 8, 2, 50)))
  write('D.npy', npyBytes([700, 5], Float64Array.from(longRows(700, 5, 3, 40))))
  // The last column is the sum of two others: a singular K.
  const singular = Float64Array.from(longRows(600, 4, 4, 60))
  for (let row = 0; row < 600; row++) singular[4 * row + 3] = singular[4 * row] + singular[4 * row + 1]
  write('S.npy', npyBytes([600, 4], singular))
  write('H.npy', npyBytes([3, 200, 6], longRows(600, 6, 5, 20)))
  write('HQ.npy', npyBytes([6, 40, 6], longRows(240, 6, 6, 20)))
}
