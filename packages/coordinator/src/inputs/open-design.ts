import {
  designMatrix,
  type DesignOptions,
  LevError,
  type MatrixSource,
  type NumberRows,
  optionText,
  seenMatrix,
} from '@levattention/core/internal'
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
  if (address === undefined) return designOf(keys, { intercept })
  const numbers = await inputs.openNumbers(address, 'scores')
  const { rows, count } = numbers
  const isColumn = count === 1 && rows > 1
  if (isColumn ? rows !== keys.rows : rows !== 1 || count !== keys.rows) {
    const found = isColumn || rows === 1 ? `${rows * count} weights` : `${rows} rows of ${count} weights`
    const message = `${optionText('weights')} ${address}: ${found}, and the keys have ${keys.rows} rows; one a row is needed`
    throw new LevError('Content', message, { file: address, option: 'weights' })
  }
  return designOf(keys, { intercept, weights: isColumn ? columnOf(numbers) : numbers.row(0) })
}

/** As `openDesign`, the weights [n] in memory. Throws ShapeMismatch, Content. */
export function designOf(keys: MatrixSource, options: DesignOptions): MatrixSource {
  return stillSeen(keys, designMatrix(keys, options))
}

/** A column [n, 1], as a table has it. */
function columnOf(numbers: NumberRows): Float64Array {
  return Float64Array.from({ length: numbers.rows }, (_, i) => numbers.row(i)[0])
}

/** Rows that are read as zeros get no 1 in front. */
function stillSeen({ spec: { seen, within } }: MatrixSource, design: MatrixSource): MatrixSource {
  return seenMatrix(design, { seen, within })
}
