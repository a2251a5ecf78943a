import { type CipherGCM, createCipheriv } from 'node:crypto'
import { firstRangeFrom, type RowRange } from './row-ranges.ts'
import { heardMatrix, type MatrixSource } from './matrix-source.ts'
import { refusal } from '../files/refusal.ts'

/** What rows [rowStart, rowEnd) of a matrix hold: a digest of their numbers, whatever file, format or order they lie in. */
export interface RowContent extends RowRange {
  readonly digest: string
}

/** Characters of a digest: 16 bytes in base64url. */
export const CONTENT_DIGEST_CHARS = 22

/** Digests of `ranges` (in order, without overlap) of a matrix whose rows are fed as they are read, in pieces of any size. */
export class ContentSweep {
  readonly #ranges: readonly RowRange[]
  readonly #cols: number
  readonly #onRange: (index: number, digest: string) => void
  /** The range that is being read, and the row that has to come next. */
  #index = -1
  #nextRow = -1
  #digest: CipherGCM | undefined

  /** `onRange` hears of each range once all of its rows came, one behind the other from its first. */
  constructor(ranges: readonly RowRange[], cols: number, onRange: (index: number, digest: string) => void) {
    this.#ranges = ranges
    this.#cols = cols
    this.#onRange = onRange
  }

  /** `rows` [rowCount, cols] from `rowStart` on. Others than the next begin anew; a range of which a row is missing is passed over. */
  feed(rowStart: number, rowCount: number, rows: Float32Array | Float64Array): void {
    const feedEnd = rowStart + rowCount
    for (let row = rowStart; row < feedEnd;) {
      if (row !== this.#nextRow) this.#begin(row)
      if (this.#index >= this.#ranges.length) return
      const range = this.#ranges[this.#index]
      const from = Math.max(row, range.rowStart)
      const to = Math.min(feedEnd, range.rowEnd)
      if (from >= to) return
      this.#digest ??= newDigest()
      this.#digest.setAAD(bytesOf(rows, (from - rowStart) * this.#cols, (to - rowStart) * this.#cols))
      this.#nextRow = row = to
      if (to === range.rowEnd) this.#end(this.#digest)
    }
  }

  #begin(row: number): void {
    this.#index = firstRangeFrom(this.#ranges, row)
    this.#digest = undefined
  }

  #end(digest: CipherGCM): void {
    digest.final()
    this.#digest = undefined
    this.#onRange(this.#index++, digest.getAuthTag().toString('base64url'))
  }
}

/**
 * `source`, of which the rows of `content` must be those that it tells of: a reading that comes to the end of such a range,
 * from its first row on, throws InputChanged where they are not.
 */
export function checkedMatrix(source: MatrixSource, content: readonly RowContent[]): MatrixSource {
  const sweep = new ContentSweep(content, source.cols, (index, digest) => {
    if (digest !== content[index].digest) throw otherContent(source, content[index])
  })
  return heardMatrix(source, (rowStart, rowEnd, into) => sweep.feed(rowStart, rowEnd - rowStart, into))
}

/** InputChanged by the name of the file in which the rows lie. */
export function otherContent(source: Pick<MatrixSource, 'locate'>, { rowStart, rowEnd }: RowRange): Error {
  const { file, row } = source.locate(rowStart)
  const found = `holds other numbers in rows ${row} to ${row + rowEnd - rowStart - 1} than when the run was planned`
  return refusal('InputChanged', file, `${found}; begin anew, in another run folder`, { row })
}

/**
 * GMAC under a fixed key: 128 bits that no accident repeats, 6 times as fast as SHA-256 (8.7 against 1.4 GB/s here). Who forges
 * keys on purpose has better ways to a wrong result than to look for equal digests.
 */
function newDigest(): CipherGCM {
  return createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12))
}

function bytesOf(rows: Float32Array | Float64Array, from: number, to: number): Uint8Array {
  const width = rows.BYTES_PER_ELEMENT
  return new Uint8Array(rows.buffer, rows.byteOffset + from * width, (to - from) * width)
}
