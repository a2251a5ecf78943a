import { gamma } from '../../arithmetic/numeric.ts'
import type { Kernels } from '../../kernels/kernels.ts'
import { scaleColumns } from '../../arithmetic/column-exponents.ts'
import { firstNonFinite, throwNonFinite } from '../../matrix/non-finite.ts'
import { forEachBlock, type ShardRows } from '../../matrix/row-blocks.ts'
import { powerFunction } from '../../arithmetic/power.ts'
import { copyIn, withScratch } from '../../kernels/with-scratch.ts'

/** Rows whose dots with all trials are held at a time. */
const BLOCK_ROWS = 256
/** p < 2: a dot below this counts as this in a weight, which would be unbounded; the trial's own key has dot 1. */
const LEAST_DOT = 1e-4

/**
 * Sums over some keys k_l for trials y_i, one a key to be bounded (theory.md section 2, "Tightening"): with weights
 * w = |<k_l,y>|^(p-2) and λ_l = w <k_l,y>, what a dual certificate and the next reweighted trial need. Plain data.
 */
export interface DualSums {
  /** Σ |λ|^q, 1/p + 1/q = 1; p = 1: the largest |λ| [trials]. */
  readonly powers: Float64Array
  /** Σ λ² [trials]. */
  readonly squares: Float64Array
  /** Σ λ k [trials, dim]. */
  readonly combined: Float64Array
  /** Σ w k kᵀ [trials, dim, dim], upper triangles. */
  readonly grams: Float64Array
  /** No sum went through more additions. */
  readonly depth: number
}

/** Rows [range) of `source` in columns scaled by 2^-exponents, `trials` [count, dim]. Throws Content at a NaN or infinity. */
export function dualSums(shard: ShardRows, exponents: Int32Array, trials: Float64Array, p: number): DualSums {
  const { source, kernels } = shard
  const dim = source.cols
  const sums = noDualSums(trials.length / dim, dim)
  let blocks = 0
  forEachBlock(shard, (rows, rowCount, rowStart) => {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, exponents)
    for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rowCount - start)
      const block = rows.subarray(start * dim, (start + count) * dim)
      if (firstNonFinite(block) >= 0) throwNonFinite(source, rowStart, rowCount)
      addBlock(sums, kernels, block, count, trials, p)
      blocks++
    }
  })
  return { ...sums, depth: BLOCK_ROWS + blocks }
}

export function noDualSums(trialCount: number, dim: number): DualSums {
  return {
    powers: new Float64Array(trialCount),
    squares: new Float64Array(trialCount),
    combined: new Float64Array(trialCount * dim),
    grams: new Float64Array(trialCount * dim * dim),
    depth: 0,
  }
}

/** Both sums, as a new value; equal bytes need the plan's tree. */
export function mergeDualSums(a: DualSums, b: DualSums, p: number): DualSums {
  const plus = (x: Float64Array, y: Float64Array) => x.map((value, i) => value + y[i])
  return {
    powers: p === 1 ? a.powers.map((value, i) => Math.max(value, b.powers[i])) : plus(a.powers, b.powers),
    squares: plus(a.squares, b.squares),
    combined: plus(a.combined, b.combined),
    grams: plus(a.grams, b.grams),
    depth: Math.max(a.depth, b.depth) + 1,
  }
}

/** |λ|_q of each trial, rounded up. */
export function dualNorms({ powers, depth }: DualSums, p: number): Float64Array {
  if (p === 1) return powers
  const q = p / (p - 1)
  // Terms are positive; a term is off by the weight's 8 units (power.ts) to the power q at most, a few more, and their sum.
  const room = 1 + 1.01 * (gamma(depth + 16) / q + gamma(64)) + 1e-12
  return powers.map((sum) => sum ** (1 / q) * room)
}

/** Adds a block of finite rows [count, dim] in the kernels' memory. */
function addBlock(
  sums: DualSums,
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  count: number,
  trials: Float64Array,
  p: number,
): void {
  const trialCount = sums.powers.length
  const dim = trials.length / Math.max(1, trialCount)
  withScratch(kernels, () => {
    const dots = kernels.f64(count * trialCount)
    kernels.multiply(dots, rows, copyIn(kernels, transposed(trials, trialCount, dim)), count, dim, trialCount)
    const wide = kernels.f64(count * dim)
    wide.set(rows)
    const lambdas = kernels.f64(trialCount * count)
    const weighted = kernels.f64(count * dim)
    const gram = kernels.f64(dim * dim)
    const weightAt = weightFunction(p)
    for (let i = 0; i < trialCount; i++) {
      for (let r = 0; r < count; r++) {
        const dot = dots[r * trialCount + i]
        const weight = weightAt(Math.abs(dot))
        const lambda = weight * dot
        lambdas[i * count + r] = lambda
        addLambda(sums, i, Math.abs(dot), Math.abs(lambda), p)
        const root = Math.sqrt(weight)
        for (let a = r * dim; a < (r + 1) * dim; a++) weighted[a] = root * wide[a]
      }
      gram.fill(0)
      kernels.addGram(gram, weighted, count, dim)
      for (let a = 0; a < gram.length; a++) sums.grams[i * dim * dim + a] += gram[a]
    }
    const combined = kernels.f64(trialCount * dim)
    kernels.multiply(combined, lambdas, wide, trialCount, count, dim)
    for (let a = 0; a < combined.length; a++) sums.combined[a] += combined[a]
  })
}

/** |x|^(p-2), of at least LEAST_DOT where p < 2. */
function weightFunction(p: number): (size: number) => number {
  if (p === 1) return (size) => 1 / Math.max(size, LEAST_DOT)
  if (p < 2) return (size) => Math.max(size, LEAST_DOT) ** (p - 2)
  return powerFunction(p - 2)
}

/** Where the weight is |dot|^(p-2), |λ|^q is |dot||λ| but for a few roundings, which the norm allows for. */
function addLambda(
  { powers, squares }: DualSums,
  trial: number,
  dot: number,
  lambda: number,
  p: number,
): void {
  squares[trial] += lambda * lambda
  if (p === 1) powers[trial] = Math.max(powers[trial], lambda)
  else if (p > 2 || dot >= LEAST_DOT) powers[trial] += dot * lambda
  else if (lambda > 0) powers[trial] += lambda ** (p / (p - 1))
}

/** [count, dim] to [dim, count]. */
function transposed(trials: Float64Array, count: number, dim: number): Float64Array {
  return Float64Array.from(trials, (_, i) => trials[(i % count) * dim + Math.floor(i / count)])
}
