import type { Kernels } from '../kernels/kernels.ts'
import type { MatrixSource } from '../storage/matrix-source.ts'
import { blockRowsOf, forEachBlock, throwNonFinite } from '../storage/row-blocks.ts'
import { firstStep, REGULAR_BELOW_SLACK } from '../universal/certificate.ts'
import type { Coordinates } from '../universal/coordinates.ts'
import { type Factor, factorOf } from '../universal/factor.ts'
import { copyIn } from '../universal/scorer.ts'
import { Selector } from '../universal/select.ts'
import type { Candidates } from './candidates.ts'
import { scaleColumns } from './column-exponents.ts'
import { GramAccumulator } from './gram-accumulator.ts'
import type { GramSum } from './gram-sum.ts'
import type { RowRange } from './row-ranges.ts'

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
