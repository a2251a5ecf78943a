import {
  designMatrix,
  isLevError,
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
  /** Or the column of the table that has it. */
  readonly weightColumn?: string | undefined
  /** Exponent of |q.k|^p, which says how weights scale rows; default 2. */
  readonly p?: number | undefined
}

/** Weights [n], and how messages call them. */
interface Weights {
  readonly values: Float64Array
  readonly name: string
  readonly option: 'weights' | 'weight-column'
}

/** The design matrix of `keys` [n, d]. Throws Option and Content where the weights are not one a row, negative or not finite. */
export async function openDesign(
  inputs: Inputs,
  keys: MatrixSource,
  files: DesignFiles,
): Promise<MatrixSource> {
  const { intercept, p } = files
  const found = await weightsOf(inputs, keys, files)
  if (found === undefined) return designOf(keys, { intercept })
  const { values: weights, name, option } = found
  try {
    return designOf(keys, { intercept, weights, p })
  } catch (error) {
    if (!isLevError(error, 'Content')) throw error
    throw new LevError(
      'Content',
      `--${option} ${name}: ${error.message}`,
      { ...error.place, option },
      { cause: error },
    )
  }
}

async function weightsOf(
  inputs: Inputs,
  keys: MatrixSource,
  { weights: address, weightColumn }: DesignFiles,
): Promise<Weights | undefined> {
  if (weightColumn !== undefined) {
    if (address === undefined)
      return {
        values: weightsOfRest(await inputs.openColumn('keys', weightColumn), inputs.dropsMissing),
        name: weightColumn,
        option: 'weight-column',
      }
    const message = `the weights are given twice: --weights ${address} and --weight-column ${weightColumn}; leave one out`
    throw new LevError('Option', message, { option: 'weight-column' })
  }
  if (address === undefined) return undefined
  const values = await weightsIn(inputs, address, keys.rows)
  await inputs.tables.warnOfWeights(address, 'keys')
  return { values, name: address, option: 'weights' }
}

/** Rows without a weight are read as zeros where such are dropped. */
function weightsOfRest(weights: Float64Array, areDropped: boolean): Float64Array {
  return areDropped ? weights.map((weight) => (Number.isNaN(weight) ? 0 : weight)) : weights
}

async function weightsIn(inputs: Inputs, address: string, wanted: number): Promise<Float64Array> {
  const numbers = await inputs.openNumbers(address, 'weights').catch((error: unknown) => {
    throw withColumnAdvice(error, inputs, address)
  })
  const { rows, count } = numbers
  const isColumn = count === 1 && rows > 1
  if (isColumn ? rows === wanted : rows === 1 && count === wanted)
    return isColumn ? columnOf(numbers) : numbers.row(0)
  const found = isColumn || rows === 1 ? `${rows * count} weights` : `${rows} rows of ${count} weights`
  const message = `${optionText('weights')} ${address}: ${found}, and the keys have ${wanted} rows; one a row is needed`
  throw new LevError('Content', message, { file: address, option: 'weights' })
}

/** Where no file has the name it may be that of a column. */
function withColumnAdvice(error: unknown, inputs: Inputs, name: string): unknown {
  if (!isLevError(error, 'NotFound') || !/^[\w.-]+$/.test(name) || !inputs.tables.areTables('keys'))
    return error
  const message = `${error.message}. --weights takes a file; for a column of the table type \`--weight-column ${name}\``
  return new LevError('NotFound', message, { ...error.place, option: 'weights' }, { cause: error })
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
