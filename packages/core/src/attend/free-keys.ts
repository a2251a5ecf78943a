import type { Visibility } from '../attention/visibility.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { firstAtLeast } from './first-at-least.ts'

/** The keys of some rows that take part and are not kept: what windows add to a row, so that an overlap counts once. */
export class FreeKeys {
  readonly range: RowRange
  /** [rows of the range], 1 = free. */
  readonly mask: Uint8Array
  /** [rows of the range + 1]: how many before. */
  readonly #before: Float64Array

  constructor(range: RowRange, kept: Float64Array = new Float64Array(0), visibility?: Visibility) {
    const { rowStart, rowEnd } = range
    this.range = range
    this.mask = new Uint8Array(rowsIn(range)).fill(1)
    for (let at = firstAtLeast(kept, rowStart); kept[at] < rowEnd; at++) this.mask[kept[at] - rowStart] = 0
    if (visibility) hideKeys(this.mask, rowStart, visibility)
    this.#before = new Float64Array(this.mask.length + 1)
    this.mask.forEach((free, i) => (this.#before[i + 1] = this.#before[i] + free))
  }

  /** Free keys among rows [rowStart, rowEnd) of the range; 0 of no rows, wherever they were. */
  count(rowStart: number, rowEnd: number): number {
    const { rowStart: first } = this.range
    return rowStart < rowEnd ? this.#before[rowEnd - first] - this.#before[rowStart - first] : 0
  }
}

function hideKeys(mask: Uint8Array, rowStart: number, { keyMask }: Visibility): void {
  if (keyMask) for (let i = 0; i < mask.length; i++) if (keyMask[rowStart + i] === 0) mask[i] = 0
}
