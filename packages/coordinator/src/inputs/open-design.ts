import { designMatrix, LevError, type MatrixSource, seenMatrix } from '@levattention/core/internal'
import type { Inputs } from './open-inputs.ts'

/** What makes a design matrix of the keys; the names are those of the options. */
export interface DesignFiles {
  readonly intercept?: boolean | undefined
  /** A file of one number a row. */
  readonly weights?: string | undefined
}

/** The design matrix of `keys` [n, d]. Throws Option and Content where the weights are not one a row, negative or not finite. */
export async function openDesign(
  inputs: Inputs,
  keys: MatrixSource,
  { intercept, weights: address }: DesignFiles,
): Promise<MatrixSource> {
  if (address === undefined) return stillSeen(keys, designMatrix(keys, { intercept }))
  const numbers = await inputs.openNumbers(address, 'scores')
  const { rows, count } = numbers
  if (rows !== 1 || count !== keys.rows) {
    const found = rows === 1 ? `${count} weights` : `${rows} rows of ${count} weights`
    const message = `--weights ${address}: ${found}, and the keys have ${keys.rows} rows; one a row is needed`
    throw new LevError('Content', message, { file: address, option: 'weights' })
  }
  return stillSeen(keys, designMatrix(keys, { intercept, weights: numbers.row(0) }))
}

/** Rows that are read as zeros get no 1 in front. */
function stillSeen({ spec: { seen, within } }: MatrixSource, design: MatrixSource): MatrixSource {
  return seenMatrix(design, { seen, within })
}
