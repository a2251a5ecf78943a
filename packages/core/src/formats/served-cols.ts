import { counted } from '../errors/counted.ts'
import { badContent } from '../files/refusal.ts'
import { fileWord, isTypable } from '../files/typed-code.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { TRANSPOSED } from './stored-array.ts'

/** Throws Content where what is turned has more columns than are served: its columns may be meant as rows. */
export function requireServedCols(path: string, what: string, cols: number): void {
  if (cols >= 1 && cols <= MAX_COLS) return
  const address = `${path}#${TRANSPOSED}`
  const way =
    cols > MAX_COLS && isTypable(address) ? `: \`${fileWord(address)}\` takes its columns as rows` : ''
  const question = `Is it transposed? Rows are keys or queries${way}`
  throw badContent(
    path,
    `${what} of ${counted(cols, 'column')}; from 1 to ${MAX_COLS} are served. ${question}`,
  )
}
