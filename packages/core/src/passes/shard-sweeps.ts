import { earlyThreshold, type KeyThreshold } from '../bounds/filter-keys.ts'
import { denseBy } from '../kernels/dense.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import { regularStep } from '../bounds/factor/certificate.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { NormsWhileSumming } from '../bounds/norms-while-summing.ts'
import { type Factor, factorOf } from '../bounds/factor/factor.ts'
import { RowMap } from '../bounds/factor/row-map.ts'
import { copyIn, scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { Scorer } from '../bounds/scorer.ts'
import { Selector } from '../bounds/selector.ts'
import type { Candidates } from '../sums/candidates.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import { GramAccumulator } from '../sums/gram-accumulator.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { type RowWeight, weighRow } from '../bounds/power/row-weights.ts'
import type { WeightedSum } from '../sums/weighted-form.ts'
import { rowsIn } from '../matrix/row-ranges.ts'

/** Sees a block [rowCount, dim] once it is in the sum; `columnSquares` tells that sum's diagonal. */
type BlockWitness = (
  rows: Float32Array | Float64Array,
  rowCount: number,
  columnSquares: () => Float64Array,
) => void

/** The Gram of rows [range) of `source`, in the canonical order. Throws Content at a NaN or infinity. */
export function gramOfRows(shard: ShardRows, witness?: BlockWitness): GramSum {
  const { source, kernels } = shard
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, source.cols)
    const add = (rows: Float32Array | Float64Array, rowCount: number, rowStart: number) => {
      if (!accumulator.add(rows, rowCount)) throwNonFinite(source, rowStart, rowCount)
      witness?.(rows, rowCount, () => accumulator.columnSquares())
    }
    forEachBlock(shard, add, kernels.threads)
    return accumulator.finish()
  })
}

/** The Gram of K̂ T over rows [range): the refining pass of theory.md section 8. */
export function gramInCoordinates(
  shard: ShardRows,
  coordinates: Pick<Preconditioner, 'forward' | 'compensated'>,
  exponents: Int32Array,
): GramSum {
  const { source, kernels } = shard
  const dim = source.cols
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, dim)
    const map = new RowMap(kernels, coordinates, dim, blockRowsOf(source))
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      if (rows instanceof Float64Array) scaleColumns(rows, rowCount, exponents)
      if (!accumulator.addUnscaled(map.map(rows, rowCount), rowCount))
        throwNonFinite(source, rowStart, rowCount)
    })
    return accumulator.finish()
  })
}

/** The columns in which a weighted Gram is summed: T's, in which it is best known, or the keys' own, in which it can be merged. */
export type WeightedColumns = 'coordinates' | 'own'

/**
 * The weighted Gram of rows [range): y = k̂ T, w = |y|^p, each y (or k̂) times w^(1/2-1/p) (theory.md section 2). Throws
 * Content at a NaN or infinity.
 */
export function weightedGram(
  shard: ShardRows,
  { forward }: Pick<Preconditioner, 'forward'>,
  exponents: Int32Array,
  p: number,
  columns: WeightedColumns = 'coordinates',
): WeightedSum {
  const { source, kernels } = shard
  const dim = source.cols
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, dim)
    const matrix = copyIn(kernels, forward)
    const mapped = kernels.f64(blockRowsOf(source) * dim)
    const columnSquares = new Float64Array(dim)
    const row: RowWeight = { weight: 0, scale: 0 }
    let weightSum = 0
    forEachBlock(shard, (rows, rowCount, rowStart) => {
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
    return { gram: accumulator.finish(), columnSquares, weightSum }
  })
}

/** C over rows [range): the largest t_j / w_j^(2/p), t by `factor`, w as `weightedGram` gives it in its coordinates. */
export function largestWeightRatio(shard: ShardRows, factor: Factor): number {
  const { source, kernels } = shard
  const { dim, preconditioner, power } = factor
  if (!preconditioner || !power) return Infinity
  return withScratch(kernels, () => {
    const blockRows = blockRowsOf(source)
    const forward = copyIn(kernels, preconditioner.forward)
    const mapped = kernels.f64(blockRows * dim)
    const scorer = new Scorer(kernels, factor, blockRows)
    const tau = kernels.f64(blockRows)
    const row: RowWeight = { weight: 0, scale: 0 }
    let largest = 0
    forEachBlock(shard, (rows, rowCount) => {
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
    return largest
  })
}

/** Rows of [range) that `threshold` keeps by their bound by `factor`. */
export function selectRows(shard: ShardRows, factor: Factor, threshold: KeyThreshold): Candidates {
  const { source, kernels } = shard
  return withScratch(kernels, () => {
    const selector = new Selector(kernels, factor, threshold, source.element, blockRowsOf(source))
    forEachBlock(shard, (rows, rowCount, rowStart) => selector.add(rows, rowCount, rowStart))
    return selector.candidates
  })
}

/** Norms of more rows are not held: 4 MiB. */
const MOST_EARLY_NORMS = 2 ** 20
/** More rows than these are read again with the whole shard: that is faster than one by one. */
const MOST_SINGLE_READS = 256

/**
 * One shard of the fused pass: its Gram, and the keys that its own Gram does not exclude (local tau >= global tau).
 * Where the shard's Gram is not regular no key can be dropped safely: `candidates` is undefined, and the shard is
 * selected from again once the global factor is known.
 */
export function summarizeShard(
  shard: ShardRows,
  epsilon: number,
): { gram: GramSum; candidates: Candidates | undefined } {
  const { kernels } = shard
  return withScratch(kernels, () => {
    const { gram, norms } = gramWithNorms(shard)
    const dense = denseBy(kernels)
    const step = regularStep(gram, dense)
    if (!step) return { gram, candidates: undefined }
    const factor = factorOf(step, gram.rowCount, 0, dense)
    const threshold = earlyThreshold(factor, epsilon)
    const survivors = norms?.survivors(factor, threshold)
    const candidates =
      survivors && survivors.length <= MOST_SINGLE_READS
        ? selectAmong(shard, survivors, factor, threshold)
        : selectRows(shard, factor, threshold)
    return { gram, candidates }
  })
}

/** The Gram of rows [range) and, of float32 rows, their norms, whose scratch the caller releases. */
function gramWithNorms(shard: ShardRows): { gram: GramSum; norms: NormsWhileSumming | undefined } {
  const { source, range, kernels } = shard
  const rowCount = rowsIn(range)
  if (source.element === 'f64' || rowCount > MOST_EARLY_NORMS)
    return { gram: gramOfRows(shard), norms: undefined }
  const norms = new NormsWhileSumming(kernels, source.cols, rowCount)
  const gram = gramOfRows(shard, (rows, count, columnSquares) => {
    if (rows instanceof Float32Array) norms.add(rows, count, columnSquares)
  })
  return { gram, norms }
}

/** As selectRows for single rows: `locals` count from the shard's first row, ascending. */
function selectAmong(
  { source, range: { rowStart }, kernels }: ShardRows,
  locals: Uint32Array,
  factor: Factor,
  threshold: KeyThreshold,
): Candidates {
  const { cols, element } = source
  return withScratch(kernels, () => {
    const count = locals.length
    const selector = new Selector(kernels, factor, threshold, element, count)
    const rows = scratchRows(kernels, element, count * cols)
    locals.forEach((local, i) => {
      const row = rowStart + local
      source.readRows(row, row + 1, rows.subarray(i * cols, (i + 1) * cols))
    })
    selector.addScattered(rows, count, (i) => rowStart + locals[i])
    return selector.candidates
  })
}
