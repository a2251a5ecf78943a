import { counted } from '../errors/counted.ts'
import { badContent } from '../files/refusal.ts'
import { oneColumnAdvice, type TableColumn } from '../tables/table-column.ts'
import { parseAddress } from './address.ts'
import { describeTurned, type Reading, resolveArray } from './describe-file.ts'

/**
 * Throws Content where `address`, which was turned as `options` say, is a table of several columns: one number a row is wanted. It says
 * how one of them is named that `may` be it, by its place among those that can be read; the table is read once more for it.
 */
export async function requireOneColumn(
  address: string,
  options: Reading,
  may?: (column: TableColumn, place: number) => boolean,
): Promise<void> {
  const { inflated, spooled, ...reading } = options
  if (inflated?.what === undefined) return
  const [, columns] = resolveArray(address, options).array.shape
  if (columns === 1) return
  const found = spooled === undefined ? await describeTurned(address, reading) : undefined
  const { path } = parseAddress(address, spooled)
  const advice = found?.table === undefined ? '' : oneColumnAdvice(path, found.table, may)
  throw badContent(
    path,
    `has ${counted(columns, 'column')} of numbers, and one number a row is wanted${advice}`,
  )
}
