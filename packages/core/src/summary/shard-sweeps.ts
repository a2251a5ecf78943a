import type { Kernels } from '../kernels/kernels.ts'
import type { MatrixSource } from '../storage/matrix-source.ts'
import { blockRowsOf, forEachBlock, throwNonFinite } from '../storage/row-blocks.ts'
import { firstStep, REGULAR_BELOW_SLACK } from '../universal/certificate.ts'
import type { Coordinates } from '../universal/coordinates.ts'
import { type Factor, factorOf } from '../universal/factor.ts'
import { copyIn, Scorer } from '../universal/scorer.ts'
import { Selector } from '../universal/select.ts'
import type { Candidates } from './candidates.ts'
import { scaleColumns } from './column-exponents.ts'
import { GramAccumulator } from './gram-accumulator.ts'
import type { GramSum } from './gram-sum.ts'
import type { RowRange } from './row-ranges.ts'
import { type RowWeight, weighRow } from './row-weights.ts'
import type { WeightedSum } from './weighted-sum.ts'

/** The Gram of rows [range) of `source`, in the canonical order. Throws Content at a NaN or infinity. */
export function gramOfRows(source: MatrixSource, range: RowRange, kernels: Kernels): GramSum {
  const mark = kernels.mark()
  const accumulator = new GramAccumulator(kernels, source.cols)
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
    if (!accumulator.add(rows, rowCount)) throwNonFinite(source, rowStart, rowCount)
  })
  kernels.release(mark)
  return accumulator.finish()
}

/** The Gram of K̂ T over rows [range): the refining pass of theory.md section 8. */
export function gramInCoordinates(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  coordinates: Pick<Coordinates, 'forward'>,
  exponents: Int32Array,
): GramSum {
  const dim = source.cols
  const mark = kernels.mark()
  const accumulator = new GramAccumulator(kernels, dim)
  const forward = copyIn(kernels, coordinates.forward)
  const mapped = kernels.f64(blockRowsOf(source) * dim)
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, exponents)
    kernels.multiply(mapped, rows, forward, rowCount, dim, dim)
    if (!accumulator.addUnscaled(mapped, rowCount)) throwNonFinite(source, rowStart, rowCount)
  })
  kernels.release(mark)
  return accumulator.finish()
}

/** The columns in which a weighted Gram is summed: T's, in which it is best known, or the keys' own, in which it can be merged. */
export type WeightedColumns = 'coordinates' | 'own'

/**
 * The weighted Gram of rows [range): y = k̂ T, w = |y|^p, each y (or k̂) times w^(1/2-1/p) (theory.md section 2). Throws
 * Content at a NaN or infinity.
 */
export function weightedGram(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  { forward }: Pick<Coordinates, 'forward'>,
  exponents: Int32Array,
  p: number,
  columns: WeightedColumns = 'coordinates',
): WeightedSum {
  const dim = source.cols
  const mark = kernels.mark()
  const accumulator = new GramAccumulator(kernels, dim)
  const matrix = copyIn(kernels, forward)
  const mapped = kernels.f64(blockRowsOf(source) * dim)
  const columnSquares = new Float64Array(dim)
  const row: RowWeight = { weight: 0, scale: 0 }
  let weightSum = 0
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, exponents)
    kernels.multiply(mapped, rows, matrix, rowCount, dim, dim)
    for (let start = 0; start < rowCount * dim; start += dim) {
      let t = 0
      for (let i = start; i < start + dim; i++) t += mapped[i] * mapped[i]
      weighRow(row, p, t)
      weightSum += row.weight
      for (let a = 0; a < dim; a++) {
        mapped[start + a] = (columns === 'own' ? rows : mapped)[start + a] * row.scale
        columnSquares[a] += (rows[start + a] * row.scale) ** 2
      }
    }
    if (!accumulator.addUnscaled(mapped, rowCount)) throwNonFinite(source, rowStart, rowCount)
  })
  kernels.release(mark)
  return { gram: accumulator.finish(), columnSquares, weightSum }
}

/** C over rows [range): the largest t_j / w_j^(2/p), t by `factor`, w as `weightedGram` gives it in its coordinates. */
export function largestWeightRatio(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
): number {
  const { dim, coordinates, power } = factor
  if (!coordinates || !power) return Infinity
  const mark = kernels.mark()
  const blockRows = blockRowsOf(source)
  const forward = copyIn(kernels, coordinates.forward)
  const mapped = kernels.f64(blockRows * dim)
  const scorer = new Scorer(kernels, factor, blockRows)
  const tau = kernels.f64(blockRows)
  const row: RowWeight = { weight: 0, scale: 0 }
  let largest = 0
  forEachBlock(source, range, kernels, (rows, rowCount) => {
    scorer.scale(rows, rowCount)
    kernels.multiply(mapped, rows, forward, rowCount, dim, dim)
    scorer.score(tau, rows, rowCount)
    for (let r = 0; r < rowCount; r++) {
      let t = 0
      for (let i = r * dim; i < (r + 1) * dim; i++) t += mapped[i] * mapped[i]
      weighRow(row, power.p, t)
      if (row.weight > 0) largest = Math.max(largest, tau[r] / t)
    }
  })
  kernels.release(mark)
  return largest
}

/** Rows of [range) whose bound by `factor` reaches `threshold`. */
export function selectRows(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  threshold: number,
): Candidates {
  const mark = kernels.mark()
  const selector = new Selector(kernels, factor, threshold, source.element, blockRowsOf(source))
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => selector.add(rows, rowCount, rowStart))
  kernels.release(mark)
  return selector.candidates
}

/**
 * One shard of the fused pass: its Gram, and the keys that its own Gram does not exclude (local tau >= global tau).
 * Where the shard's Gram is not regular no key can be dropped safely: `candidates` is undefined, and the shard is
 * selected from again once the global factor is known.
 */
export function summarizeShard(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  epsilon: number,
): { gram: GramSum; candidates: Candidates | undefined } {
  const gram = gramOfRows(source, range, kernels)
  const step = firstStep(gram)
  if (!(step.slack < REGULAR_BELOW_SLACK)) return { gram, candidates: undefined }
  const factor = factorOf(step, gram.rowCount)
  const threshold = epsilon * (1 - 3 * factor.thresholdSlack)
  return { gram, candidates: selectRows(source, range, kernels, factor, threshold) }
}
