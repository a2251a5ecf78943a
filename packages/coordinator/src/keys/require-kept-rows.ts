import {
  addressOf,
  type ErrorPlace,
  firstNonFinite,
  LevError,
  matrixPlace,
  type MatrixSource,
  newRows,
  throwNonFinite,
  type UniversalSet,
} from '@levattention/core/internal'
import { byTurns } from '../tasks/by-turns.ts'

/** Rows of U that are compared with the keys themselves, evenly spaced; all where it has fewer. */
const COMPARED_ROWS = 1024

/**
 * Throws Content unless `keys` [n, d] have the rows of U at their row ids, entry by entry. It tells other keys of the same
 * shape at the cost of a few reads; rows outside U are not looked at. Others of this thread come between. Throws Aborted too.
 */
export async function requireKeptRows(
  keys: MatrixSource,
  universal: UniversalSet,
  signal: AbortSignal | undefined,
): Promise<void> {
  await byTurns(comparedRows(keys, universal), signal)
}

function* comparedRows(
  keys: MatrixSource,
  { rowIds, keys: kept, dim }: UniversalSet,
): Generator<void, void, void> {
  const row = newRows(keys.element, dim)
  const step = Math.max(1, Math.ceil(rowIds.length / COMPARED_ROWS))
  for (let slot = 0; slot < rowIds.length; slot += step) {
    const rowId = rowIds[slot]
    if (rowId >= keys.rows) throw otherKeys(keys, `the set has row ${rowId}, and these are ${keys.rows} rows`)
    keys.readRows(rowId, rowId + 1, row)
    yield
    if (row.every((value, a) => value === kept[slot * dim + a])) continue
    if (firstNonFinite(row) >= 0) throwNonFinite(keys, rowId, 1)
    const place = keys.locate(rowId)
    throw otherKeys(keys, `row ${place.row} differs`, place)
  }
}

/** The error that `keys` are not those of the universal set: `difference` says by what that is known. */
export function otherKeys(
  keys: MatrixSource,
  difference: string,
  place: ErrorPlace = matrixPlace(keys),
): LevError {
  const message = `${addressOf(place)}: not the keys that this universal set was built from: ${difference}. Name those, or build it again from these`
  return new LevError('Content', message, { ...place, input: 'keys' })
}
