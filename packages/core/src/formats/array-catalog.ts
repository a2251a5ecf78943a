import type { StoredArray } from './stored-array.ts'

/** What a file holds: names first, headers only of those that are asked for. Usable while the file is open. */
export interface ArrayCatalog {
  readonly path: string
  readonly names: readonly string[]
  /** Throws Content (damaged header). */
  describe(name: string): StoredArray
}

/** A file that holds one array, without a name. */
export function singleArray(array: StoredArray): ArrayCatalog {
  return { path: array.path, names: [array.name], describe: () => array }
}
