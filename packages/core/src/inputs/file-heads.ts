import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { OpenOptions } from './describe-file.ts'
import { type Heads, requireHead } from './open-heads.ts'
import { openMatrix } from './open-matrix.ts'

/** A file whose one matrix is a head: as the user named it, and how it is read. */
export interface HeadFile {
  readonly address: string
  readonly options?: OpenOptions
}

/**
 * Files of one shape [rows, cols], at least one, each a head by itself in the order given. Reads their headers. Throws as `openMatrix`,
 * and Content where one has another shape.
 */
export function fileHeads(files: readonly HeadFile[]): Heads {
  const open = ({ address, options }: HeadFile) => openMatrix(address, options)
  const [first] = files
  const { rows, cols } = open(first)
  for (const file of files) {
    const other = open(file)
    if (other.rows === rows && other.cols === cols) continue
    const message = `${file.address} is [${other.rows}, ${other.cols}], and ${first.address} [${rows}, ${cols}]: files that are heads have one shape`
    throw new LevError('Content', message, { file: file.address })
  }
  const headCount = files.length
  const label =
    headCount === 1 ? first.address : `${first.address} and ${counted(headCount - 1, 'file')} more`
  const fileOf = (headIndex: number) => {
    requireHead(label, [headCount, rows, cols], headIndex, headCount)
    return files[headIndex]
  }
  return {
    address: label,
    shape: [headCount, rows, cols],
    layout: 'hnd',
    headCount,
    rows,
    cols,
    extents: { head: headCount },
    leadingIndex: (headIndex) => [files.indexOf(fileOf(headIndex))],
    placeOf: (headIndex) => ({ head: files.indexOf(fileOf(headIndex)) }),
    addressOf: (headIndex) => fileOf(headIndex).address,
    open: (headIndex) => open(fileOf(headIndex)),
    areFiles: true,
  }
}
