import { FLAG, NUMBER, oneOf, type OptionKind, type OptionKinds, TEXT } from '../arguments/option-kinds.ts'
import { shown } from '../arguments/kind-of.ts'
import { optionText } from '../arguments/option-text.ts'
import { requireOptions, requireText } from '../arguments/require-options.ts'
import { LevError } from '../errors/errors.ts'
import type { OpenOptions } from './describe-file.ts'

const INFLATED: OptionKind = {
  wanted: 'what inflateInput resolved with',
  holds: (value) => typeof value === 'object' && value !== null && 'archivePath' in value && 'path' in value,
}

/** Ranges are checked where they are used. */
export const OPEN_KINDS: OptionKinds<OpenOptions> = {
  dtype: TEXT,
  cols: NUMBER,
  offsetBytes: NUMBER,
  order: oneOf('C', 'F'),
  columns: TEXT,
  id: TEXT,
  weightColumn: TEXT,
  weighing: TEXT,
  missing: oneOf('nan'),
  header: oneOf('yes', 'no'),
  inflated: INFLATED,
  spooled: TEXT,
  isBfloat16: FLAG,
}

/** Throws Option where what was given to `call` is no address, or `options` are none of its own. */
export function requireAddress(
  call: string,
  address: unknown,
  options: unknown,
  kinds: OptionKinds<OpenOptions> = OPEN_KINDS,
): void {
  requireText(`${call}: address`, address, `${call}('keys.npy')`)
  requireOptions(call, kinds, options)
  requireSameReading(call, options)
}

/** Throws Option where a table is to be read otherwise than it was when it was turned. */
function requireSameReading(call: string, options: OpenOptions | undefined): void {
  const { reading } = options?.inflated ?? {}
  if (reading === undefined) return
  const option = (['columns', 'header', 'id', 'weightColumn'] as const).find(
    (name) => options?.[name] !== undefined && options[name] !== reading[name],
  )
  if (option === undefined) return
  const made = reading[option] === undefined ? 'without it' : `with ${shown(reading[option])}`
  const message = `${call}: ${optionText(option)} is ${shown(options?.[option])}, and inflateInput was called ${made}; give both the same`
  throw new LevError('Option', message, { option })
}
