import { isLevError, LevError, type NumberRows, requireFixedSet } from '@levattention/core/internal'
import type { Inputs } from './open-inputs.ts'

/** Which option names the numbers: row ids, or a score for each key. */
export type NumbersOption = 'ids' | 'select'

/** Keys [n, d], or heads of them. */
interface KeyRows {
  readonly rows: number
  readonly heads?: { readonly headCount: number } | undefined
}

/**
 * Row ids or scores of the keys at `address`: a row for all key heads, or one for each. Throws as `openNumbers`, and Option or
 * Content, naming the file, where they are none of these keys.
 */
export async function openKeyNumbers(
  inputs: Inputs,
  address: string,
  option: NumbersOption,
  keys: KeyRows,
): Promise<NumberRows> {
  const numbers = await inputs.openNumbers(address, option === 'ids' ? 'integers' : 'scores')
  const keyHeads = keys.heads?.headCount ?? 1
  if (numbers.rows !== 1 && numbers.rows !== keyHeads) {
    const message = `--${option} ${numbers.address} has ${numbers.rows} rows, and there are ${keyHeads} heads of keys; it has one row for all, or one for each`
    throw new LevError('Content', message, { file: numbers.address, option })
  }
  try {
    for (let row = 0; row < numbers.rows; row++) requireOfKeys(numbers.row(row), option, keys.rows)
  } catch (error) {
    throw nameNumbers(error, option, address)
  }
  return numbers
}

/** `error` with the file and the option in it, where it is about the numbers of a selection. */
export function nameNumbers(error: unknown, option: NumbersOption, address: string): unknown {
  const about = /^(ids|scores): /
  if (!isLevError(error) || !about.test(error.message)) return error
  const message = error.message.replace(about, `--${option} ${address}: `)
  return new LevError(error.tag, message, { ...error.place, file: address, option }, { cause: error })
}

function requireOfKeys(numbers: Float64Array, option: NumbersOption, keyCount: number): void {
  if (option === 'ids') requireFixedSet({ ids: numbers }, keyCount)
  else if (keyCount > 0) requireFixedSet({ scores: numbers, keep: 1 }, keyCount)
}
