/** The certificate of small keys, step by step, without engine or plan. */
import {
  type Factor,
  factorOf,
  firstStep,
  gramInCoordinates,
  gramOfRows,
  type CertifiedGram,
  type GramSum,
  type Kernels,
  KeySummary,
  type MatrixSource,
  refinedStep,
  scalarKernels,
  Scorer,
  solveLower,
  solveLowerTranspose,
  transpose,
  triangularFactor,
  wantedCoordinates,
} from '@levattention/core/internal'
import { smallestSingularVectors } from '../support/matrices.ts'
import type { Random } from '../support/random.mjs'
import { type DenseMatrix, row } from '../support/oracle.ts'
import { sourceOf } from '../support/run-inline.ts'

export interface Certified {
  readonly source: MatrixSource
  readonly gram: GramSum
  /** The first pass and its refinements. */
  readonly steps: readonly CertifiedGram[]
  readonly factor: Factor
}

/** All passes over `keys` [n, d]. */
export function certify(
  keys: DenseMatrix,
  element: 'f32' | 'f64' = 'f64',
  kernels = scalarKernels(),
  makeFactor = factorOf,
): Certified {
  const source = sourceOf(keys, element)
  const range = { rowStart: 0, rowEnd: keys.rows }
  const gram = gramOfRows({ source, range, kernels })
  const steps = [firstStep(gram)]
  for (let wanted = wantedCoordinates(steps[0]); wanted; wanted = wantedCoordinates(steps.at(-1)!)) {
    const exponents = steps[0].first.exponents
    const sum = gramInCoordinates({ source, range, kernels }, wanted, exponents)
    steps.push(refinedStep(steps.at(-1)!, wanted, sum))
  }
  return { source, gram, steps, factor: makeFactor(steps.at(-1)!, keys.rows) }
}

/** The factor of rows that are read once, from R by QR, whatever their Gram would allow. */
export function triangularlyCertified(keys: DenseMatrix, pieces = 1): Pick<Certified, 'source' | 'factor'> {
  const { state } = streamed(keys, { pieces, form: 'triangular' })
  return { source: sourceOf(keys), factor: triangularFactor(state.triangular!, state.gram) }
}

/** A summary of `keys` that were pushed in `pieces`. */
export function streamed(
  { rows, cols, data }: DenseMatrix,
  options: {
    pieces?: number
    form?: 'gram' | 'triangular'
    epsilon?: number
    rowStart?: number
    element?: 'f32' | 'f64'
  } = {},
): KeySummary {
  const { pieces = 1, element = 'f64', epsilon = 0.05, ...terms } = options
  const summary = new KeySummary({ dim: cols, epsilon, ...terms })
  for (let i = 0; i < pieces; i++) {
    const start = Math.floor((i * rows) / pieces) * cols
    const piece = data.subarray(start, Math.floor(((i + 1) * rows) / pieces) * cols)
    summary.update(element === 'f32' ? Float32Array.from(piece) : piece)
  }
  return summary
}

/** tau [n] of every row of `source` by `factor`. */
export function scoresOf(
  factor: Factor,
  source: MatrixSource,
  kernels: Kernels = scalarKernels(),
): Float64Array {
  const count = source.rows * source.cols
  const rows = source.element === 'f64' ? kernels.f64(count) : kernels.f32(count)
  source.readRows(0, source.rows, rows)
  const scorer = new Scorer(kernels, factor, Math.max(1, source.rows))
  const tau = kernels.f64(source.rows)
  scorer.scale(rows, source.rows)
  scorer.score(tau, rows, source.rows)
  return tau.slice()
}

/** K̂: the keys in the factor's power-of-two columns. */
export function scaledKeys(keys: DenseMatrix, { exponents }: Pick<Factor, 'exponents'>): DenseMatrix {
  return { ...keys, data: keys.data.map((x, i) => x * 2 ** -exponents[i % keys.cols]) }
}

/**
 * The queries that try the factor's certificate hardest, in the factor's scaled columns: for keys spread over K̂ the y that
 * brings <y, k>² / (yᵀGy + ridge yᵀBy) to its maximum, alone and with a part of a direction that K hardly has.
 */
export function certificateQueries(
  keys: DenseMatrix,
  factor: Factor,
  random: Random,
  count = 4,
): Float64Array[] {
  const inside = scaledKeys(keys, factor)
  const hidden = smallestSingularVectors(inside, 2)
  return Array.from({ length: Math.min(count, keys.rows) }, () => random.below(keys.rows)).flatMap((j) => {
    const best = optimalQuery(row(inside, j), factor)
    const mixed = hidden.map((vector) => {
      const share = 10 ** (-16 * random.uniform()) * largest(best) * (random.uniform() < 0.5 ? -1 : 1)
      return best.map((x, a) => x + share * vector[a])
    })
    return [best, ...mixed]
  })
}

/** T L⁻ᵀ L⁻¹ y of one scaled key. */
function optimalQuery(key: Float64Array, { dim, lower, preconditioner }: Factor): Float64Array {
  const y = preconditioner ? timesMatrix(key, preconditioner.forward, dim) : key
  const x = solveLowerTranspose(lower, solveLower(lower, y, dim), dim)
  return preconditioner ? timesMatrix(x, transpose(preconditioner.forward, dim), dim) : x
}

/** vectorᵀ · matrix. */
function timesMatrix(vector: Float64Array, matrix: Float64Array, dim: number): Float64Array {
  return vector.map((_, b) => vector.reduce((sum, x, a) => sum + x * matrix[a * dim + b], 0))
}

function largest(vector: Float64Array): number {
  return vector.reduce((max, x) => Math.max(max, Math.abs(x)), 0)
}
