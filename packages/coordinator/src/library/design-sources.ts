import type { MatrixSource } from '@levattention/core/internal'
import { designOf, openDesign } from '../inputs/open-design.ts'
import { Inputs } from '../inputs/open-inputs.ts'
import { RunStats } from '../tasks/run-context.ts'
import type { CallOptions } from './call-options.ts'
import { seenKeys, type SeenKeys } from './seen-sources.ts'

/** What makes a design matrix of a table, whose leverage scores are the hat values of a linear model. */
export interface DesignTerms {
  /** A column of ones in front; default false. */
  readonly intercept?: boolean | undefined
  /** [n], none negative, or a file of them: each row, its 1 too, is scaled by the root of its weight, as in weighted least squares. */
  readonly weights?: ArrayLike<number> | string | undefined
}

/**
 * `keys` [n, d] as they are scored: the rows that are seen, as a design matrix. Throws Option, ShapeMismatch, Content where ranges, masks
 * or weights do not fit, NotFound.
 */
export async function scoredKeys(
  keys: MatrixSource,
  options: SeenKeys & DesignTerms & Pick<CallOptions, 'signal'>,
): Promise<MatrixSource> {
  const seen = seenKeys(keys, options)
  const { intercept, weights, signal } = options
  if (typeof weights !== 'string')
    return designOf(seen, { intercept, weights: weights && Float64Array.from(weights) })
  const inputs = new Inputs({ signal }, new RunStats())
  try {
    const design = await openDesign(inputs, seen, { intercept, weights })
    inputs.requireUnchanged()
    return design
  } finally {
    inputs.close()
  }
}
