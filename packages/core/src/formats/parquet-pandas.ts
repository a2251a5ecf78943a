import type { FileMetaData } from 'hyparquet'

/** What pandas says of the columns that it wrote. */
export interface PandasTold {
  /** NumPy's type of each column. */
  readonly types: ReadonlyMap<string, string>
  /** Is the column what pandas keeps of an index? It is no column of the table. */
  readonly isIndex: (name: string) => boolean
}

/** The name of an index without one. */
const INDEX = /^__index_level_\d+__$/

/** What the metadata of the file say under `pandas`; nothing where another program wrote them. */
export function pandasTold({ key_value_metadata: pairs = [] }: FileMetaData): PandasTold {
  const told = parsed(pairs.find(({ key }) => key === 'pandas')?.value)
  // An index that is a range is an object there, and no column of the file.
  const names = new Set(listOf(told?.index_columns).filter((one) => typeof one === 'string'))
  const columns = listOf(told?.columns) as readonly Partial<Record<string, unknown> | null>[]
  return {
    types: new Map(columns.map((column) => [String(column?.name), String(column?.numpy_type)])),
    isIndex: (name) => names.has(name) || INDEX.test(name),
  }
}

function parsed(text = '{}'): Partial<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Partial<Record<string, unknown>> | null
  } catch {
    return null // Of another program.
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
