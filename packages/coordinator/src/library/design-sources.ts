import { types } from 'node:util'
import { type MatrixSource, requireKept } from '@levattention/core/internal'
import { designOf, openDesign } from '../inputs/open-design.ts'
import { Inputs } from '../inputs/open-inputs.ts'
import { RunStats } from '../tasks/run-context.ts'
import type { CallOptions } from './call-options.ts'
import { seenKeys, type SeenKeys } from './seen-sources.ts'

/** What makes a design matrix of a table, whose leverage scores are the hat values of a linear model. */
export interface DesignTerms {
  /** A column of ones in front; default false. */
  readonly intercept?: boolean | undefined
  /**
   * [n], none negative, or a file of them (`t.csv#w`: a column of a table): each row, its 1 too, is scaled by w^(1/p), so by the root of its
   * weight for p = 2, as in weighted least squares. True and false are 1 and 0. A Uint16Array is of whole numbers, not of float16.
   */
  readonly weights?: ArrayLike<number | bigint | boolean> | string | undefined
}

/**
 * `keys` [n, d] as they are scored: the rows that are seen, as a design matrix. Throws Option, ShapeMismatch, Content where ranges, masks
 * or weights do not fit, NotFound.
 */
export async function scoredKeys(
  keys: MatrixSource,
  options: SeenKeys & DesignTerms & Pick<CallOptions, 'signal'> & { readonly p?: number | undefined },
): Promise<MatrixSource> {
  const seen = seenKeys(keys, options)
  const { intercept, weights, p, signal } = options
  if (types.isTypedArray(weights)) requireKept('weights', weights, 'Option')
  if (typeof weights !== 'string')
    return designOf(seen, { intercept, p, weights: weights && Float64Array.from(weights, Number) })
  const inputs = new Inputs({ signal }, new RunStats())
  try {
    const design = await openDesign(inputs, seen, { intercept, weights, p })
    inputs.requireUnchanged()
    return design
  } finally {
    inputs.close()
  }
}
