import {
  columnRelations,
  cutRows,
  type MatrixSource,
  relationsTask,
  withColumns,
} from '@levattention/core/internal'
import { answersOf } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

const TASK_ROWS = 65_536

/**
 * `keys` [n, d] without the columns that are whole multiples of others added up, exactly, in every row: leverage is the same without
 * them, and no ridge is needed. Undefined where there are none such, or not only such. `gram` [d, d]: of the keys, symmetric.
 * Reads the keys once more. A column scaled by a row's weight keeps its relations: they are tried on unscaled rows.
 */
export async function independentColumns(
  keys: MatrixSource,
  gram: Float64Array,
  context: RunContext,
): Promise<MatrixSource | undefined> {
  const found = columnRelations(gram, keys.cols)
  if (found === undefined || found.kept.length === 0) return undefined
  const source = withoutScales(keys)
  const ranges = cutRows(keys.rows, TASK_ROWS)
  const work = { task: relationsTask, source, ranges, question: { relations: found.relations } }
  for await (const holds of answersOf(work, context)) if (!holds) return undefined
  return withColumns(keys, found.kept)
}

function withoutScales(keys: MatrixSource): MatrixSource {
  const { design } = keys.spec
  return design?.rowScales
    ? { ...keys, spec: { ...keys.spec, design: { ...design, rowScales: undefined } } }
    : keys
}
