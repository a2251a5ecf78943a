import type { Findings } from './findings.ts'

/** Where rows have names: see `OpenedTables`. */
interface Named {
  namesOf(option: string, rowIds: readonly number[]): Promise<ReadonlyMap<number, string>>
}

/** `findings` with the names of their keys, where a column of the table names rows. `rowStart`: the id of its first row. */
export async function nameKeys(findings: Findings, tables: Named, rowStart = 0): Promise<Findings> {
  const { topKeys = [] } = findings
  const names = await tables.namesOf(
    'keys',
    topKeys.map(({ rowId }) => rowId - rowStart).filter((row) => row >= 0),
  )
  if (names.size === 0) return findings
  const named = topKeys.map((key) => {
    const name = names.get(key.rowId - rowStart)
    return name === undefined ? key : { ...key, name }
  })
  return { ...findings, topKeys: named }
}
