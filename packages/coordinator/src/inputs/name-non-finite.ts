import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  blockRowsOf,
  type InputName,
  isNonFinite,
  type MatrixSource,
  NonFiniteCount,
  noLongerThere,
  nonFiniteError,
  newRows,
  tableColumn,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** An input of a job: how to open its matrix, or that of each head that the job reads, in order. */
export type JobInput = readonly (() => MatrixSource)[]

/**
 * `error`; but where a task met a NaN or infinity, the error that names the first one of that whole input, and how many it
 * has: the same whoever met which first. Reads the input once more for it. Throws Aborted, InputChanged, NotFound.
 */
export async function nameNonFinite(
  error: unknown,
  inputOf: (input: InputName) => JobInput | undefined,
  watch: Pick<RunContext, 'signal' | 'onProgress'>,
): Promise<unknown> {
  if (!isNonFinite(error) || error.place.count !== undefined) return error
  const { input = 'keys' } = error.place
  const matrices = inputOf(input)
  if (matrices === undefined || matrices.length === 0) return error
  const bad: MatrixSource[] = []
  let first: { readonly source: MatrixSource; readonly found: NonFiniteCount } | undefined
  let done = 0
  for (const open of matrices) {
    const source = open()
    const tell = (rows: number) =>
      watch.onProgress?.({ stage: 'count', done: done + rows, total: source.rows * matrices.length })
    const found = await countIn(source, watch.signal, tell)
    source.close()
    done += source.rows
    if (found.count === 0) continue
    bad.push(source)
    first ??= { source, found }
  }
  if (first === undefined) return noLongerThere(matrices[0](), 0)
  const { source, found } = first
  const heads = matrices.length > 1 ? { heads: bad.map((one) => one.locate(0).head ?? []) } : {}
  const { row = 0, column = 0, ...value } = found.first ?? {}
  const { columns = [], ...facts } = found.facts()
  const place = {
    ...source.locate(row),
    input,
    ...value,
    column: tableColumn(source, column),
    ...facts,
    columns: columns.map((one) => tableColumn(source, one)),
    ...heads,
  }
  return nonFiniteError(place, { rows: source.rows, heads: matrices.length })
}

/** Looks at all of `source`, a block at a time; other work of this thread comes between. */
export async function countIn(
  source: MatrixSource,
  signal: AbortSignal | undefined,
  onRows: (rows: number) => void,
): Promise<NonFiniteCount> {
  const { rows, cols, element } = source
  const found = new NonFiniteCount(cols)
  const blockRows = Math.max(1, Math.min(rows, blockRowsOf(source)))
  const block = newRows(element, blockRows * cols)
  for (let row = 0; row < rows; row += blockRows) {
    throwIfAborted(signal)
    const rowEnd = Math.min(rows, row + blockRows)
    source.readRows(row, rowEnd, block)
    found.add(block.subarray(0, (rowEnd - row) * cols))
    onRows(rowEnd)
    await nextTurn()
  }
  return found
}
