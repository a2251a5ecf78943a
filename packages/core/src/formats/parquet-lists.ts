import { badCell, isArrayLike, noLists } from './parquet-bad-cell.ts'
import type { ParquetColumn } from './parquet-columns.ts'
import type { ParquetTable } from './parquet-table.ts'

/** How many columns the lists of a column are: as many numbers as the first one has that has any. */
export class ListWidth {
  /** 0 until such a list was seen. */
  width = 0
  #nullRow: number | undefined
  #emptyRow: number | undefined

  readonly #table: ParquetTable
  readonly #column: ParquetColumn

  constructor(table: ParquetTable, column: ParquetColumn) {
    this.#table = table
    this.#column = column
  }

  /** Looks for the first list in `values`, of which the first is `row`. Throws Content where a list before it is empty, or null and not read. */
  see(values: ArrayLike<unknown>, row: number): void {
    for (let i = 0; i < values.length && this.width === 0; i++) {
      const value = values[i]
      if (value === null || value === undefined) this.#nullRow ??= row + i
      else if (!isArrayLike(value)) this.width = 1
      else if (value.length === 0) this.#emptyRow ??= row + i
      else this.width = value.length
    }
    if (this.width === 0) return
    const nullRow = this.#table.keepsMissing ? undefined : this.#nullRow
    if (nullRow !== undefined && nullRow < (this.#emptyRow ?? Infinity))
      throw badCell(this.#table, this.#column, nullRow, null, this.width)
    if (this.#emptyRow !== undefined) throw badCell(this.#table, this.#column, this.#emptyRow, [], this.width)
  }

  /** Throws Content where no list was seen. */
  requireSome(): void {
    if (this.width > 0) return
    const [hasNull, hasEmpty] = [this.#nullRow !== undefined, this.#emptyRow !== undefined]
    throw noLists(
      this.#table,
      this.#column,
      hasNull && hasEmpty ? 'empty or null' : hasNull ? 'null' : 'empty',
    )
  }
}
