// @ts-check
// CPU seconds and rates of the algebra of one matrix [dim, dim], one thread: node scripts/bench-algebra.mjs [--dims 256,1024,4096] [--plain]
// --plain: linalg's own routines too, whose bits are compared.
import { scriptArguments } from './script-arguments.mjs'
import { compileKernels, denseBy, plainDense, wasmKernels } from '@levattention/core/internal'

const { values } = scriptArguments({
  options: { dims: { type: 'string', default: '256,512,1024' }, plain: { type: 'boolean', default: false } },
})
const dense = denseBy(wasmKernels(await compileKernels()))

function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** @param {number} dim A symmetric matrix, and its factor. */
function inputs(dim) {
  const half = Float64Array.from({ length: dim * dim }, () => Math.random() - 0.5)
  const matrix = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++)
    for (let b = 0; b < dim; b++) matrix[a * dim + b] = half[a * dim + b] + half[b * dim + a]
  for (let a = 0; a < dim; a++) matrix[a * (dim + 1)] += 2 * Math.sqrt(dim) + 2
  const factor = dense.cholesky(matrix, dim)
  if (!factor.ok) throw new Error('the matrix is not positive definite')
  return { half, matrix, lower: factor.lower }
}

/** @typedef {typeof dense} Dense */
/** @type {Record<string, (by: Dense, dim: number, given: ReturnType<typeof inputs>) => Float64Array[]>} */
const cases = {
  cholesky: (by, dim, { matrix }) => {
    const found = by.cholesky(matrix, dim)
    return found.ok ? [found.lower] : []
  },
  invertLower: (by, dim, { lower }) => [by.invertLower(lower, dim)],
  multiply: (by, dim, { half, matrix }) => [by.multiply(half, matrix, dim)],
  eigenvalues: (by, dim, { matrix }) => [by.eigenvalues(matrix, dim)],
  eigen: (by, dim, { matrix }) => Object.values(by.eigen(matrix, dim)),
}
/** Operations, of dim³; of vectors about as many as they take. */
const OPERATIONS = { cholesky: 1 / 3, invertLower: 1 / 3, multiply: 2, eigenvalues: 4 / 3, eigen: 8 }

for (const dim of values.dims.split(',').map(Number)) {
  const given = inputs(dim)
  for (const [name, run] of Object.entries(cases)) {
    const start = cpuSeconds()
    const found = run(dense, dim, given)
    const seconds = cpuSeconds() - start
    const rate = (OPERATIONS[/** @type {keyof typeof OPERATIONS} */ (name)] * dim ** 3) / seconds / 1e9
    const line = `d = ${String(dim).padStart(4)}  ${name.padEnd(12)} ${seconds.toFixed(3).padStart(8)} s  ${rate.toFixed(1).padStart(5)} GF/s`
    if (!values.plain) {
      console.log(line)
      continue
    }
    const before = cpuSeconds()
    const wanted = run(plainDense, dim, given)
    const plainSeconds = cpuSeconds() - before
    const same = found.every((array, i) => array.every((value, at) => Object.is(value, wanted[i][at])))
    console.log(`${line}  linalg ${plainSeconds.toFixed(3)} s, ${same ? 'the same bits' : 'OTHER BITS'}`)
  }
}
