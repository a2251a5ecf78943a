// @ts-check
// Prints {relaxed, compared, different}: Grams whose bits differ between the scalar, fixed-width and relaxed kernels.
import { compileKernels, hasRelaxedSimd, scalarKernels, wasmKernels } from '@levattention/core/internal'

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 63, 64, 65]
const rowCounts = [...sizes, 127, 128, 129, 300]
const kinds = ['plain', 'wide', 'subnormal', 'huge', 'gaps']
const all = [
  scalarKernels(),
  wasmKernels(await compileKernels(false)),
  wasmKernels(await compileKernels(true)),
]

/**
 * @typedef {{ element: 'f32' | 'f64', kind: string, rowCount: number, dim: number }} Input
 */

/**
 * A number of 53 bits for float64, of 24 for float32, from the position alone.
 * @param {string} kind
 * @param {number} at
 * @param {Input['element']} element
 */
function draw(kind, at, element) {
  const mixed = Math.sin(at * 12.9898) * 43758.5453
  const value = 2 * (mixed - Math.floor(mixed)) - 1
  const [smallest, largest] = element === 'f32' ? [-149, 128] : [-1074, 1024]
  if (kind === 'wide') return value * 2 ** Math.round(((at % 17) / 17 - 0.5) * 0.9 * largest)
  if (kind === 'subnormal') return value * 2 ** (smallest + (at % 24))
  if (kind === 'huge') return value * 2 ** (largest - 1 - (at % 8))
  if (kind === 'gaps') return [0, -0, value, 1][at % 4]
  return value
}

/**
 * A NaN's bits are not fixed: all are one.
 * @param {import('@levattention/core/internal').Kernels} kernels
 * @param {Input} input
 */
function gramBits(kernels, { element, kind, rowCount, dim }) {
  const mark = kernels.mark()
  const rows = kernels[element](rowCount * dim)
  for (let i = 0; i < rows.length; i++) rows[i] = draw(kind, i, element)
  const gram = kernels.f64(dim * dim)
  kernels.addGram(gram, rows, rowCount, dim)
  const bits = String(
    new BigInt64Array(Float64Array.from(gram, (value) => (value === value ? value : NaN)).buffer),
  )
  kernels.release(mark)
  return bits
}

let compared = 0
const different = []
for (const element of /** @type {const} */ (['f32', 'f64'])) {
  for (const [i, rowCount] of rowCounts.entries()) {
    for (const [j, dim] of sizes.entries()) {
      const input = { element, kind: kinds[(i + j) % kinds.length], rowCount, dim }
      const [want, fixed, relaxed] = all.map((kernels) => gramBits(kernels, input))
      compared++
      if (fixed !== want || relaxed !== want) different.push(input)
    }
  }
}
console.log(JSON.stringify({ relaxed: hasRelaxedSimd(), compared, different: different.slice(0, 5) }))
