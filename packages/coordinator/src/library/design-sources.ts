import { types } from 'node:util'
import { heldColumnsOf, type MatrixSource, optionText, requireKept } from '@levattention/core/internal'
import { designOf, openDesign } from '../inputs/open-design.ts'
import { Inputs } from '../inputs/open-inputs.ts'
import { columnOf, WEIGHTS_AMONG_COLUMNS } from '../inputs/weights-among-columns.ts'
import { type RunContext, RunStats, type Warning } from '../tasks/run-context.ts'
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

/** Keys [n, d] as they are scored, and what is to be warned of. */
export interface ScoredKeys {
  readonly scored: MatrixSource
  readonly warnings: readonly Warning[]
}

/**
 * `keys` [n, d] as they are scored: the rows that are seen, as a design matrix. Throws Option, ShapeMismatch, Content where ranges, masks
 * or weights do not fit, NotFound.
 */
export async function scoredKeys(
  keys: MatrixSource,
  options: SeenKeys & DesignTerms & Pick<CallOptions, 'signal'> & { readonly p?: number | undefined },
): Promise<ScoredKeys> {
  const seen = seenKeys(keys, options)
  const { intercept, weights, p, signal } = options
  if (types.isTypedArray(weights)) requireKept('weights', weights, 'Option')
  if (typeof weights !== 'string')
    return {
      scored: designOf(seen, { intercept, p, weights: weights && Float64Array.from(weights, Number) }),
      warnings: [],
    }
  const inputs = new Inputs({ signal }, new RunStats())
  try {
    const scored = await openDesign(inputs, seen, { intercept, weights, p })
    inputs.requireUnchanged()
    return { scored, warnings: await weightsWarning(keys, weights) }
  } finally {
    inputs.close()
  }
}

/** Has a call's answer tell them. */
export function warnOf(warnings: readonly Warning[], { stats }: RunContext): void {
  for (const { code, message } of warnings) stats.warn(code, message)
}

/** Of weights that are a column of the keys' own table, and one of their numbers too. */
async function weightsWarning(keys: MatrixSource, weights: string): Promise<Warning[]> {
  const { path, holdsUnasked } = heldColumnsOf(keys) ?? {}
  const column = path === undefined ? undefined : columnOf(weights, path)
  if (column === undefined || (await holdsUnasked?.(column)) !== true) return []
  const message = `column ${column} of ${path} weighs the rows, and is one of their columns too. To leave it out there, inflateInput and openMatrix take ${optionText('weightColumn', column)}`
  return [{ code: WEIGHTS_AMONG_COLUMNS, message }]
}
