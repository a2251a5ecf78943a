import { optionText } from '../arguments/option-text.ts'
import type { AttendTerms } from '../attend/attend-terms.ts'
import type { AttendedRows } from '../attend/finish-rows.ts'
import { isQuadratic } from '../attention/attention.ts'
import { answeredRows } from '../attention/visibility.ts'
import { LevError } from '../errors/errors.ts'
import { fixedSet } from '../fixed-set/in-memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { newRows } from '../matrix/matrix-source.ts'
import { MemoryMatrix } from '../matrix/memory-matrix.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { cutRows, type RowRange } from '../matrix/row-ranges.ts'
import { reachOfKeys } from '../softmax/reach-of-keys.ts'
import type { AnyAttendOptions } from './attend-options.ts'
import { type AttendProblem, attendProblem, selectionScale } from './attend-problem.ts'
import type { Dense, DenseHead } from './dense-head.ts'
import { requireAttend } from './require-attend.ts'
import { attendTermsOf, elementOf, type HeadReaches, type HeadSources } from './terms-of.ts'

/** Attention of one head over selected keys. */
export interface Attended {
  /** [m, dv], of float64 where one of the inputs is; zeros where no key has a weight. */
  readonly output: Floats
  /** [m]: natural logarithm of the sum of a row's weights; -Infinity where no key has one. */
  readonly lse: Float64Array
  /** The fixed set: row ids, ascending. */
  readonly keyIds: Float64Array
  /** Queries without a weight. */
  readonly emptyRows: number
  /** Queries that attend to their own key alone, as `causal` leaves no other of the selection. */
  readonly selfRows: number
}

/** A head in memory, checked, and what its queries attend to. */
export interface AttendedHead {
  readonly problem: AttendProblem
  readonly sources: HeadSources
  readonly reaches: HeadReaches
  /** All keys. */
  readonly shard: ShardRows
  /** The fixed set: row ids, ascending. */
  readonly keyIds: Float64Array
  readonly terms: Omit<AttendTerms, 'batch'>
  /** Of the output: f64 where an input is. */
  readonly element: 'f32' | 'f64'
  /** The queries that are answered. */
  readonly answered: RowRange
  /** The same in rows that are computed together; no rows are one batch. */
  readonly batches: readonly RowRange[]
}

/** Queries that are computed together. */
const BATCH_ROWS = 1024

/** Throws Option, ShapeMismatch and Content, as `attend` does. */
export function attendedHead(head: DenseHead, options: AnyAttendOptions, kernels: Kernels): AttendedHead {
  requireAttend(head, options)
  const { queries, keys, values } = head
  const problem = attendProblem(options, { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols })
  const { visibility, set } = problem
  requireQuadratic(problem)
  const sources = { queries: matrixOf(queries), keys: matrixOf(keys), values: matrixOf(values) }
  const whole = { rowStart: 0, rowEnd: keys.rows }
  const shard = { source: sources.keys, range: whole, kernels }
  const reaches = {
    keys: reachOfKeys(shard, visibility),
    values: reachOfKeys({ ...shard, source: sources.values }, visibility, 'values'),
  }
  const keyIds = fixedSet({ keys, queries }, visibility, selectionScale(problem), set, { kernels })
  const answered = answeredRows(visibility, queries.rows)
  return {
    problem,
    sources,
    reaches,
    shard,
    keyIds,
    terms: attendTermsOf(problem, sources, reaches, keyIds),
    element: elementOf(sources),
    answered,
    batches: batchesOf(answered),
  }
}

/** Throws Option for the leverage of another p: it takes bounds of all keys in several passes. */
function requireQuadratic({ set, p = 2 }: AttendProblem): void {
  if (isQuadratic({ p }) || !('rule' in set) || set.rule !== 'leverage') return
  const message = `in memory the rule 'leverage' is that of ${optionText('p', 2)}; of another p give the scores of the keys as a selection of scores`
  throw new LevError('Option', message, { option: 'p' })
}

/** Rows [range) in batches; no rows are one batch. */
function batchesOf({ rowStart, rowEnd }: RowRange): RowRange[] {
  return cutRows(rowEnd - rowStart, BATCH_ROWS).map((range) => ({
    rowStart: rowStart + range.rowStart,
    rowEnd: rowStart + range.rowEnd,
  }))
}

/** The rows of all batches. */
export function joinedRows(
  parts: readonly (AttendedRows & { readonly selfRows: number })[],
  element: 'f32' | 'f64',
): Omit<Attended, 'keyIds'> {
  const length = (of: (part: AttendedRows) => Floats) => parts.reduce((sum, part) => sum + of(part).length, 0)
  const output = newRows(
    element,
    length((part) => part.output),
  )
  const lse = new Float64Array(length((part) => part.lse))
  let [row, at] = [0, 0]
  for (const part of parts) {
    output.set(part.output, at)
    lse.set(part.lse, row)
    at += part.output.length
    row += part.lse.length
  }
  return {
    output,
    lse,
    emptyRows: lse.reduce((count, value) => count + (value === -Infinity ? 1 : 0), 0),
    selfRows: parts.reduce((sum, { selfRows }) => sum + selfRows, 0),
  }
}

function matrixOf({ rows, cols, data }: Dense): MemoryMatrix {
  return new MemoryMatrix({ kind: 'memory', rows, cols, data })
}
