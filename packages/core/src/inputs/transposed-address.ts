import { fileWord, isTypable } from '../files/typed-code.ts'
import { TRANSPOSED } from '../formats/stored-array.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'

/** The address that takes the columns of a matrix as rows; undefined of what is no whole array of one file, or has no name that can be typed. */
export function transposedAddress({ spec }: Pick<MatrixSource, 'spec'>): string | undefined {
  if (spec.kind !== 'files' || spec.parts.length !== 1 || spec.seen || spec.design) return undefined
  const [{ path, array = '', head, firstRow }] = spec.parts
  if (head !== undefined || firstRow !== 0 || array.endsWith(TRANSPOSED)) return undefined
  const address = `${path}#${array}${TRANSPOSED}`
  return isTypable(address) ? fileWord(address) : undefined
}
