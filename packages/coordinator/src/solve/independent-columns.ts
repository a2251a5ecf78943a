import {
  cutRows,
  type GramSum,
  type MatrixSource,
  relationsTask,
  withColumns,
} from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { answersOf } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

const TASK_ROWS = 65_536

/** Columns from which the others follow. */
export interface IndependentColumns {
  /** [n, kept.length] */
  readonly source: MatrixSource
  /** Ascending. */
  readonly kept: readonly number[]
}

/**
 * `keys` [n, d] without the columns that are whole multiples of others added up, exactly, in every row: leverage is the same without
 * them, and no ridge is needed. Undefined where there are none such, or not only such. `gram` [d, d]: of the keys.
 * Reads the keys once more. A column scaled by a row's weight keeps its relations: they are tried on unscaled rows.
 */
export async function independentColumns(
  keys: MatrixSource,
  gram: GramSum,
  context: RunContext,
): Promise<IndependentColumns | undefined> {
  const found = await algebra(context, keys.cols, 'columnRelations', gram)
  if (found === undefined || found.kept.length === 0) return undefined
  const source = withoutScales(keys)
  const ranges = cutRows(keys.rows, TASK_ROWS)
  const work = { task: relationsTask, source, ranges, question: { relations: found.relations } }
  for await (const holds of answersOf(work, context)) if (!holds) return undefined
  return { source: withColumns(keys, found.kept), kept: found.kept }
}

function withoutScales(keys: MatrixSource): MatrixSource {
  const { design } = keys.spec
  return design?.rowScales
    ? { ...keys, spec: { ...keys.spec, design: { ...design, rowScales: undefined } } }
    : keys
}
