import { type AttentionMask, LevError, optionText, type OptionName } from '@levattention/core/internal'

const START = optionText('queryStart')

/** Which keys a query sees; the names are those of the options. */
export interface MaskOptions {
  /** Query i sees keys up to its own position, queryStart + i. */
  readonly causal?: boolean | undefined
  /** Default 0; has to be given where there are not as many queries as keys. */
  readonly queryStart?: number | undefined
  /** Rows [c W, (c+1) W) are a K and a Q of their own. */
  readonly segment?: number | undefined
}

/**
 * The mask of queries [m, d] on keys [n, d]. Throws Option where the positions of the queries are not said, or reach
 * beyond the keys.
 */
export function maskOf(
  { causal = false, queryStart, segment }: MaskOptions,
  keyCount: number,
  queryCount: number,
): AttentionMask {
  if (!causal && segment === undefined) {
    if (queryStart === undefined) return { causal, queryStart: 0 }
    const message =
      `${START} says where queries stand among the keys, and every query sees all keys; ` +
      `leave it out, or add ${optionText('causal', true)} where the set is made`
    throw new LevError('Option', message, { option: 'queryStart' })
  }
  if (segment !== undefined) requireCount('segment', segment, 1)
  if (queryStart !== undefined) requireCount('queryStart', queryStart, 0)
  const option = causal ? 'causal' : 'segment'
  if (queryStart === undefined && queryCount !== keyCount && queryCount > 0) {
    const behind = keyCount - queryCount
    const start = `say at which key the first query stands by ${START}, for instance ${optionText('queryStart', behind)} where they are the last`
    const advice = behind > 0 ? start : 'give queries that stand at one of the keys each'
    const message =
      `${optionText(option)}: there are ${queryCount} queries and ${keyCount} keys, and only where both are as many query i stands at ` +
      `key i; ${advice}`
    throw new LevError('Option', message, { option: 'queryStart' })
  }
  const start = queryStart ?? 0
  if (start + queryCount > keyCount) {
    const message = `${optionText('queryStart', start)} puts the last of ${queryCount} queries at row ${start + queryCount - 1}, and there are ${keyCount} keys`
    throw new LevError('Option', message, { option: 'queryStart' })
  }
  return { causal, queryStart: start, ...(segment === undefined ? {} : { segment }) }
}

function requireCount(option: OptionName, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  const message = `${optionText(option)} is ${value}; it must be a whole number of at least ${least}`
  throw new LevError('Option', message, { option })
}
