import type { Kernels } from '../../kernels/kernels.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import { qrColumnError } from '../../linalg/qr-error.ts'
import { gamma } from '../../arithmetic/numeric.ts'
import { POWER_ROUNDINGS } from '../../arithmetic/power.ts'
import { gramRidge, weighBlock, type WeighedBlock } from './block-weights.ts'
import { scaleColumns } from '../../arithmetic/column-exponents.ts'
import { rootOfGram } from '../factor/gram-root.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { scaledPart } from './part-scale.ts'
import { type TriangularSum, withRowError } from '../../sums/triangular-sum.ts'
import { rescaledDroppedKeys, type WeightedForm } from '../../sums/weighted-form.ts'

/**
 * The form after a chunk of rows [rowCount, dim] as they were read (any memory), and the chunk's v_j. `keysGram`: G with the
 * chunk in it. Nothing is changed.
 */
export function absorbWeighted(
  kernels: Kernels,
  p: number,
  form: WeightedForm,
  keysGram: GramSum,
  rows: Float32Array | Float64Array,
  rowCount: number,
): { form: WeightedForm; entryScores: Float64Array } {
  const { dim, exponents } = keysGram
  return withScratch(kernels, () => {
    const scaled = kernels.f64(rowCount * dim)
    scaled.set(rows.subarray(0, rowCount * dim))
    scaleColumns(scaled, rowCount, exponents)
    const weighted = kernels.f64(rowCount * dim)
    const ridge = fallbackRidge(form, keysGram, rowCount)
    const block = weighBlock(kernels, p, form, keysGram, scaled, rowCount, weighted, ridge)
    const triangular = form.triangular && withChunk(p, form.triangular, block, weighted, rowCount, exponents)
    const gram = scaledPart(p, form.gram, block.pastScale).merge(block.gram)
    return {
      form: {
        gram,
        triangular,
        weightSum: block.pastScale * form.weightSum + block.weightSum,
        droppedKeys: rescaledDroppedKeys(p, form.droppedKeys, block.pastScale),
      },
      entryScores: block.entryScores,
    }
  })
}

/** R with the weighted chunk in it: by Cholesky where that is as good as QR. */
function withChunk(
  p: number,
  past: TriangularSum,
  { gram, pastScale }: WeighedBlock,
  weighted: Float64Array,
  rowCount: number,
  exponents: Int32Array,
): TriangularSum {
  const triangular = past.clone()
  if (pastScale !== 1) triangular.scaleBy(pastScale ** (1 / 2 - 1 / p))
  const rowError = gamma(POWER_ROUNDINGS)
  const columnError = withRowError(qrColumnError(rowCount, gram.dim), rowError)
  const upper = rootOfGram(gram, columnError)
  if (upper) triangular.absorbRoot({ upper, columnError }, exponents, exponents)
  else triangular.absorbScaled(weighted.slice(0, rowCount * gram.dim), rowCount, exponents, rowError)
  return triangular
}

/** About the ridge that the form falls back on, against D², where its rows are nearly dependent. */
function fallbackRidge({ triangular }: WeightedForm, { dim, depth }: GramSum, rowCount: number): number {
  if (!triangular) return gramRidge(dim, depth)
  const errors = triangular.levels.map((level) => level?.columnError ?? 0)
  const error = Math.max(qrColumnError(rowCount, dim), ...errors) + qrColumnError(dim, dim)
  return 64 * dim * (2 * error) ** 2
}
