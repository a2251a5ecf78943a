import { requireFloats } from '../arguments/floats.ts'
import { kindOf, shown } from '../arguments/kind-of.ts'
import { ANY, FLAG, type OptionKinds } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { counted } from '../errors/counted.ts'
import { type InputName, LevError } from '../errors/errors.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import type { AnyAttendOptions } from './attend-options.ts'
import type { Dense, DenseHead } from './dense-head.ts'

const INPUTS = ['queries', 'keys', 'values'] as const

/** For callers without types. Throws ShapeMismatch where matrices are none or do not fit together, Option for unknown options. */
export function requireAttend(head: DenseHead, options: AnyAttendOptions): void {
  if (typeof head !== 'object' || head === null) {
    const message = `attend: its head is ${kindOf(head)}; give { queries, keys, values } of { data, rows, cols } each`
    throw new LevError('ShapeMismatch', message)
  }
  for (const input of INPUTS) requireDense(input, head[input])
  const { queries, keys, values } = head
  if (queries.cols !== keys.cols) {
    const found = `queries have ${counted(queries.cols, 'column')} and keys ${keys.cols}`
    throw mismatch('queries', `${found}; a query and a key are of one d`)
  }
  if (values.rows !== keys.rows) {
    const found = `values have ${counted(values.rows, 'row')} and keys ${keys.rows}`
    throw mismatch('values', `${found}; every key has one row of values`)
  }
  requireOptions('attend', ATTEND_OPTIONS, options)
}

/** Checked where they are used. */
export const ATTEND_OPTIONS: OptionKinds<AnyAttendOptions> = {
  selection: ANY,
  causal: FLAG,
  queryStart: ANY,
  segment: ANY,
  slidingWindow: ANY,
  keyRows: ANY,
  queryRows: ANY,
  keyMask: ANY,
  queryMask: ANY,
  attention: ANY,
  scale: ANY,
  p: ANY,
}

function requireDense(input: InputName, matrix: Partial<Dense> | undefined): void {
  if (typeof matrix !== 'object' || matrix === null)
    throw mismatch(input, `${input} are ${kindOf(matrix)}; give { data, rows, cols }`)
  const data = requireFloats(`${input}: data`, matrix.data)
  const { rows = NaN, cols = NaN } = matrix
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(cols) || cols < 1)
    throw mismatch(
      input,
      `${input} are ${shown(rows)} x ${shown(cols)}; rows and columns are whole numbers, and a row has a column at least`,
    )
  if (cols > MAX_COLS)
    throw mismatch(input, `${input} have ${cols} columns; ${MAX_COLS} is the most that is served`)
  if (data.length === rows * cols) return
  throw mismatch(
    input,
    `${input}: ${rows} x ${cols} needs ${counted(rows * cols, 'number')}, and data has ${data.length}`,
  )
}

function mismatch(input: InputName, message: string): LevError {
  return new LevError('ShapeMismatch', `attend: ${message}`, { input })
}
