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
  const chosen = itemsOf(typed).flatMap((item) => fieldsOf(item, path, names, fieldCount))
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
  const fields = named >= 0 ? [named] : chosenColumns(path, names, fieldCount, typed)
  if (fields.length === 1) return fields[0]
  const does = option === 'id' ? 'names' : 'weighs'
  const message = `${path}: ${optionText(option)} '${typed}' names ${fields.length} columns; one column ${does} the rows`
  throw new LevError('Option', message, { file: path, option })
}

/** Cut at commas; between double quotes a comma belongs to a name. */
function itemsOf(typed: string): string[] {
  return Array.from(
    typed.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g),
    ([, quoted, plain]) => (quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"')),
  )
}

function fieldsOf(item: string, path: string, names: readonly string[], fieldCount: number): number[] {
  const named = names.indexOf(item)
  if (named >= 0) {
    if (names.lastIndexOf(item) === named) return [named]
    throw refused(path, `has several columns named '${item}'; choose by number, counted from 0`)
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
  const near = nearNames(item, names, 3)
  const listed = names.length <= 12 ? `; it has ${names.join(', ')}` : ''
  throw refused(
    path,
    `has no column named '${item}'${near.length > 0 ? `; near names: ${near.join(', ')}` : listed}`,
  )
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
