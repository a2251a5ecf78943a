import { type ColumnNames, columnsText, fileWord, LevError, shellWord } from '@levattention/core/internal'

/** The names of the columns of a table's matrix, and the address that it was given by. */
export interface NamedTable extends ColumnNames {
  readonly address: string
}

/** Names that a message lists. */
const LISTED = 12

/**
 * What two tables whose columns are taken to be the same, by their places, say against it: undefined where their names are the same, or
 * differ in number, which their shapes tell.
 */
export function columnsFault(one: NamedTable, other: NamedTable): LevError | undefined {
  const at = one.names.findIndex((name, place) => name !== other.names.at(place))
  if (at < 0 || one.names.length !== other.names.length) return undefined
  const isOtherOrder = isSame(one.names.toSorted(), other.names.toSorted())
  const found = isOtherOrder
    ? `has the columns of ${one.address} in another order`
    : `has other columns than ${one.address}`
  const first = `the first that differs is ${shownName(other.names[at])}, there ${shownName(one.names[at])}`
  return new LevError('Content', `${other.address}: ${found}: ${first}${ways(one, other)}`, {
    file: other.address,
    option: 'columns',
  })
}

/** What takes columns by their names, and, where these are others for the same, by their places. */
function ways(one: NamedTable, other: NamedTable): string {
  const both = one.names.filter((name) => other.names.includes(name))
  const byName = namesWord(both, [one, other])
  const places = columnsText(one.places ?? [])
  const byPlace =
    both.length === one.names.length || places === '' || places !== columnsText(other.places ?? [])
      ? undefined
      : `where they are the same under other names, take them by their places: \`--columns ${places}\``
  const told = [
    byName === undefined
      ? undefined
      : `${both.length === one.names.length ? 'Take them by their names' : 'Take those that both have'}: \`--columns ${byName}\``,
    byPlace,
  ].filter((way) => way !== undefined)
  return told.length === 0 ? '' : `. ${told.join('; ')}`
}

/** As they are typed; undefined where they are many, none, or not to be told apart or typed so. */
function namesWord(names: readonly string[], tables: readonly NamedTable[]): string | undefined {
  const isTyped = (name: string) =>
    /^[\p{L}_][\p{L}\p{N}_. -]*$/u.test(name) &&
    tables.every(({ names: all }) => all.indexOf(name) === all.lastIndexOf(name))
  if (names.length === 0 || names.length > LISTED || !names.every(isTyped)) return undefined
  return shellWord(names.join(','))
}

function shownName(name: string): string {
  return name === '' ? 'one without a name' : fileWord(name)
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  return names.every((name, i) => name === others[i])
}
