import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { nearNames } from '../errors/near-names.ts'

/**
 * The fields that `typed` chooses of `fieldCount` with these `names`, in the order typed: names, numbers counted from 0, and ranges
 * `3:7` (3 to 6); all where nothing is typed. A name that is exactly there wins over a number. Throws Option (no such column, twice).
 */
export function chosenColumns(
  path: string,
  names: readonly string[],
  fieldCount: number,
  typed: string | undefined,
): number[] {
  if (typed === undefined) return Array.from({ length: fieldCount }, (_, i) => i)
  const items = itemsOf(typed)
  requireOneReading(path, names, items)
  const chosen = items.flatMap((item) => fieldsOf(item, path, names, fieldCount))
  const twice = chosen.find((field, i) => chosen.indexOf(field) < i)
  if (twice !== undefined) {
    throw refused(path, `${optionText('columns')} '${typed}' names column ${twice} twice; each is taken once`)
  }
  return chosen
}

/** The one field that `typed` names for `option`. Throws Option (none, several). */
export function oneFieldOf(
  path: string,
  names: readonly string[],
  fieldCount: number,
  typed: string,
  option: 'id' | 'weightColumn',
): number {
  const named = names.indexOf(typed)
  if (named >= 0 && names.lastIndexOf(typed) !== named) throw severalNamed(path, typed, option)
  const fields = named >= 0 ? [named] : chosenColumns(path, names, fieldCount, typed)
  if (fields.length === 1) return fields[0]
  const does = option === 'id' ? 'names' : 'weighs'
  const message = `${path}: ${optionText(option)} '${typed}' names ${fields.length} columns; one column ${does} the rows`
  throw new LevError('Option', message, { file: path, option })
}

/** Throws Option where the column `weighing` the rows is one of those that `typed` chooses too. */
export function requireNoWeights(
  path: string,
  names: readonly string[],
  chosen: readonly number[],
  weighing: number | undefined,
  typed: string | undefined,
): void {
  if (typed === undefined || weighing === undefined || !chosen.includes(weighing)) return
  const others = columnsText(chosen.filter((field) => field !== weighing))
  const leaving = others === '' ? '' : `: take it out there, ${optionText('columns', others)}`
  const { [weighing]: name = '' } = names
  const called = name === '' ? '' : ` (${name})`
  const both = `if it is meant to be both, give ${optionText('weights', `${path}#${weighing}`)} in place of ${optionText('weightColumn')}`
  const message = `${path}: column ${weighing}${called} weighs the rows, and is one of ${optionText('columns')} (${typed}) as well${leaving}; ${both}`
  throw new LevError('Option', message, { file: path, option: 'weightColumn' })
}

/** The options that read the one column behind '#' in an address. Throws Option where columns are chosen beside it. */
export function columnOnly<Options extends { readonly columns?: string | undefined }>(
  path: string,
  column: string,
  options: Options,
): Options & { readonly column: string } {
  if (options.columns === undefined) return { ...options, column, weightColumn: undefined }
  const message = `${path}: ${optionText('columns')} chooses columns, and '#${column}' behind the name is one; give one of them`
  throw new LevError('Option', message, { file: path, option: 'columns' })
}

/** The one field whose name is exactly `typed`, or its number from 0. Throws NotFound (no such column), Option (several of one name). */
export function columnNamed(
  path: string,
  names: readonly string[],
  fieldCount: number,
  typed: string,
): number {
  const found = fieldIn(names, fieldCount, typed)
  if (found !== undefined) return found
  if (names.includes(typed)) throw severalNamed(path, typed)
  const held = `${counted(fieldCount, 'column')}${names.length > 0 ? `: ${shownNames(names)}` : ', without names'}`
  throw new LevError(
    'NotFound',
    `${path}: has no column '${typed}'${nearText(typed, names)}. It has ${held}; a column is named, or numbered from 0`,
    { file: path },
  )
}

/** As `columnNamed`; undefined where there is no such column, or several. */
export function fieldIn(
  names: readonly string[],
  fieldCount: number,
  typed: string | undefined,
): number | undefined {
  if (typed === undefined) return undefined
  const named = names.indexOf(typed)
  if (named >= 0) return names.lastIndexOf(typed) === named ? named : undefined
  return /^\d{1,9}$/.test(typed) && Number(typed) < fieldCount ? Number(typed) : undefined
}

/** Names listed in a message. */
const LISTED_NAMES = 12

function shownNames(names: readonly string[]): string {
  const more = names.length > LISTED_NAMES ? ` and ${names.length - LISTED_NAMES} more` : ''
  const shown = names.slice(0, LISTED_NAMES).map((name, i) => (name === '' ? `(column ${i}, unnamed)` : name))
  return shown.join(', ') + more
}

function nearText(typed: string, names: readonly string[]): string {
  const near = nearNames(typed, names.filter(Boolean), 3)
  return near.length > 0 ? `; near names: ${near.join(', ')}` : ''
}

function severalNamed(path: string, name: string, option = 'columns'): LevError {
  const message = `${path}: has several columns named '${name}'; choose by number, counted from 0`
  return new LevError('Option', message, { file: path, option })
}

/** Cut at commas; between double quotes a comma belongs to a name. */
function itemsOf(typed: string): string[] {
  return Array.from(
    typed.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g),
    ([, quoted, plain]) => (quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"')),
  )
}

/** Throws Option where one of the `items` is a number that names a column, and another one that counts columns. */
function requireOneReading(path: string, names: readonly string[], items: readonly string[]): void {
  const numbers = items.filter((item) => /^\d{1,9}$/.test(item))
  const named = numbers.find((item) => names.includes(item))
  const placed = numbers.find((item) => !names.includes(item))
  if (named === undefined || placed === undefined) return
  const places = items
    .map((item) => (numbers.includes(item) ? `${item}:${Number(item) + 1}` : item))
    .join(',')
  throw refused(
    path,
    `${optionText('columns')} has ${named}, which names column ${names.indexOf(named)}, and ${placed}, which names none; where both count columns from 0 type ranges, here ${places}`,
  )
}

function fieldsOf(item: string, path: string, names: readonly string[], fieldCount: number): number[] {
  const named = names.indexOf(item)
  if (named >= 0) {
    if (names.lastIndexOf(item) === named) return [named]
    throw severalNamed(path, item)
  }
  const [, from, colon, to] = /^(\d{1,9})(?:(:)(\d{1,9}))?$/.exec(item) ?? []
  const start = Number(from)
  const end = colon === undefined ? start + 1 : Number(to)
  if (from !== undefined && start < end && end <= fieldCount)
    return Array.from({ length: end - start }, (_, i) => start + i)
  if (from !== undefined && start < end) {
    throw refused(path, `has no column ${end - 1}: it has ${counted(fieldCount, 'column')}, counted from 0`)
  }
  if (names.length === 0) {
    const message = `${optionText('columns')} has '${item}', and this table has no names: columns are numbers counted from 0 and ranges 3:7 (3 to 6), with commas between them`
    throw refused(path, message)
  }
  const [first, last] = item.split(':').map((name) => names.indexOf(name.trim()))
  if (first >= 0 && last >= first)
    throw refused(
      path,
      `${optionText('columns')} has '${item}': ranges are of numbers, here ${first}:${last + 1}`,
    )
  const listed = names.length <= LISTED_NAMES ? `; it has ${names.join(', ')}` : ''
  throw refused(path, `has no column named '${item}'${nearText(item, names) || listed}`)
}

function refused(path: string, message: string): LevError {
  return new LevError('Option', `${path}: ${message}`, { file: path, option: 'columns' })
}

/** Numbers of columns as they are typed: 0,2,3,4 is `0,2:5`. */
export function columnsText(fields: readonly number[]): string {
  const runs: number[][] = []
  for (const field of fields) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === field) last[1]++
    else runs.push([field, field + 1])
  }
  return runs.map(([start, end]) => (end - start === 1 ? `${start}` : `${start}:${end}`)).join(',')
}
