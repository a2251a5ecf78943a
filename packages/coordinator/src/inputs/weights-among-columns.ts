import { resolve } from 'node:path'

/** The warning of weights that are a column of the rows' own table, and one of their numbers too. */
export const WEIGHTS_AMONG_COLUMNS = 'weights-among-columns'

/** The column that `weights` names, where it is one of the table at `address`. */
export function columnOf(weights: string | undefined, address: string): string | undefined {
  const marks = [...(weights ?? '').matchAll(/#(?=.)/gs)].map(({ index }) => index)
  const at = marks.find((mark) => resolve(weights?.slice(0, mark) ?? '') === resolve(address))
  return at === undefined ? undefined : weights?.slice(at + 1)
}
