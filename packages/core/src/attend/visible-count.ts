import type { Visibility } from '../attention/visibility.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'

/** How many keys of a run of rows are not hidden. */
export class VisibleCount {
  readonly #rowStart: number
  /** [rows + 1]: how many before; absent where none is hidden. */
  readonly #before: Float64Array | undefined

  constructor(range: RowRange, { keyMask }: Visibility) {
    this.#rowStart = range.rowStart
    if (!keyMask) return
    const before = new Float64Array(rowsIn(range) + 1)
    for (let i = 1; i < before.length; i++)
      before[i] = before[i - 1] + (keyMask[range.rowStart + i - 1] ? 1 : 0)
    this.#before = before
  }

  /** Of rows [rowStart, rowEnd), which lie in the range. */
  count(rowStart: number, rowEnd: number): number {
    if (rowEnd <= rowStart) return 0
    const before = this.#before
    return before ? before[rowEnd - this.#rowStart] - before[rowStart - this.#rowStart] : rowEnd - rowStart
  }
}
