import { LevError } from '@levattention/core/internal'
import type { Command } from '../options/command.ts'
import { givenOf } from '../options/design-options.ts'

/** `error` of `command`; where it is about a missing value, with what --drop-missing does about it here. */
export function withMissingAdvice<V>(error: unknown, command: Missable<V>, values: V): unknown {
  if (!(error instanceof LevError) || !isMissing(error)) return error
  const { remedy: _, ...place } = error.place
  const { infiniteCount = 0 } = place
  const advice =
    infiniteCount > 0
      ? `; ${infiniteCount} of them ${infiniteCount === 1 ? 'is' : 'are'} infinite, which is no missing value: --drop-missing leaves out no such row`
      : adviceOf(command, values, error)
  const message = error.message + paddingAdvice(error, command, values) + advice
  return new LevError(error.tag, message, place, { cause: error })
}

/** What decides whether rows can be dropped. */
interface Missable<V> extends Pick<Command, 'name' | 'options'> {
  undropped?(values: V): Readonly<Record<string, unknown>>
}

/** In a table, or in a file of numbers. */
function isMissing({ place }: LevError): boolean {
  return place.remedy?.kind === 'missing' || place.value === 'NaN'
}

/** Rows of heads that end early are filled up, often with NaN. */
function paddingAdvice<V>({ place: { input } }: LevError, { options }: Missable<V>, values: V): string {
  const given = values as Readonly<Record<string, unknown>>
  const mask = input === 'queries' ? 'query-mask' : 'key-mask'
  if (given.heads === undefined || !(mask in options) || given[mask] !== undefined) return ''
  return `; where such rows are padding, \`--${mask} pad.npy\` leaves them out: a 1 (True) for each row that is seen, [n] or [batch, n]`
}

function adviceOf<V>(command: Missable<V>, values: V, error: LevError): string {
  if (command.undropped === undefined) return otherAdvice(command, true)
  if ((values as { 'drop-missing'?: boolean })['drop-missing'] === true) return ''
  const other = givenOf(command.undropped(values))
  const isOfHeads = other === 'heads'
  if (isOfHeads || isOfValues(error, values)) return otherAdvice(command, isOfHeads)
  return other === undefined
    ? '; `--drop-missing` leaves such rows out'
    : `; --drop-missing leaves such rows out, but not with --${other}: name the file that comes through the pipe, or save it as one`
}

/** Whether the value is missing in a file that keys and queries are not. */
function isOfValues({ place: { input, file } }: LevError, values: unknown): boolean {
  const {
    keys = [],
    queries = [],
    ...given
  } = values as Partial<Record<'keys' | 'queries' | 'values', string[]>>
  const isOneOf = (names: readonly string[]) => file !== undefined && names.includes(file)
  return input === 'values' || (isOneOf(given.values ?? []) && !isOneOf(keys) && !isOneOf(queries))
}

/** Of a command that drops no rows, or not of such inputs. */
function otherAdvice({ name }: Pick<Command, 'name'>, takesAll: boolean): string {
  return takesAll
    ? `; ${name} takes all rows (build and run leave such ones out with --drop-missing)`
    : '; --drop-missing is about keys and queries: fill in what is missing of the values'
}
