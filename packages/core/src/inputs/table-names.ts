import { changed, fileState, isSameState } from '../files/watched-file.ts'
import type { HeldColumns, RowNaming } from '../matrix/row-naming.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'

/** How the rows of the table at `address`, which `inflateInput` turned as `options` say, are named, where a column names them: by the table, read once more. */
export function namingOf(address: string, opened: OpenOptions): RowNaming {
  const options = { ...opened, inflated: undefined }
  const { path } = resolveArray(address, options).array
  const before = fileState(path)
  return (id = options.id, signal) => {
    const { array } = resolveArray(address, { ...options, id })
    if (before === undefined || !isSameState(array, before)) throw changed(path, 'was written to')
    return array.turning?.rowNames?.(signal)
  }
}

/** Which columns the table at `address` has in its matrix, as `opened` says. */
export function heldColumnsAt(address: string, opened: OpenOptions): HeldColumns {
  const { path, turning } = resolveArray(address, { ...opened, inflated: undefined }).array
  return { path, holdsUnasked: async (column) => (await turning?.holdsUnasked?.(column)) ?? false }
}
