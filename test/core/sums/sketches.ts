/** U of some keys by sketches, in one go and without the pipeline. */
import {
  finalThreshold,
  type Factor,
  matrix,
  scalarKernels,
  selectRows,
  sketchFactor,
  sketchRows,
  type SketchTerms,
} from '@levattention/core/internal'
import type { DenseMatrix } from '../../support/oracle.ts'

export interface SketchedKeys {
  readonly factor: Factor
  readonly rowIds: number[]
}

export function sketchedKeys(keys: DenseMatrix, terms: SketchTerms, epsilon: number): SketchedKeys {
  const kernels = scalarKernels()
  const source = matrix(keys.data, { rows: keys.rows, cols: keys.cols })
  const range = { rowStart: 0, rowEnd: keys.rows }
  const { sketch, gram } = sketchRows({ source, range, kernels }, terms)
  const factor = sketchFactor(kernels, sketch, gram)
  const kept = selectRows({ source, range, kernels }, factor, finalThreshold(factor, epsilon))
  return { factor, rowIds: Array.from(kept.rowIds) }
}
