import { optionText } from '../arguments/option-text.ts'
import { attendRows } from '../attend/attend-rows.ts'
import { type AttendedRows, finishRows } from '../attend/finish-rows.ts'
import { joinRows } from '../attend/partial-rows.ts'
import { restRows } from '../attend/rest-rows.ts'
import { isQuadratic } from '../attention/attention.ts'
import { answeredRows } from '../attention/visibility.ts'
import { LevError } from '../errors/errors.ts'
import { fixedSet, restClusters } from '../fixed-set/in-memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { newRows } from '../matrix/matrix-source.ts'
import { MemoryMatrix } from '../matrix/memory-matrix.ts'
import { cutRows, type RowRange } from '../matrix/row-ranges.ts'
import { reachOfKeys } from '../softmax/reach-of-keys.ts'
import type { AnyAttendOptions, AttendOptions } from './attend-options.ts'
import { type AttendProblem, attendProblem, selectionScale } from './attend-problem.ts'
import type { Dense, DenseHead } from './dense-head.ts'
import { requireAttend } from './require-attend.ts'
import { attendTermsOf, elementOf, restTermsOf } from './terms-of.ts'

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

/** Queries that are computed together. */
const BATCH_ROWS = 1024

/**
 * Attention of one head over selected keys, its weights renormalised over them (docs/theory.md section 7), on scalar kernels.
 * Throws Option, ShapeMismatch where the matrices do not fit together, and Content naming the input, row and column of a NaN
 * or infinity that takes part.
 */
export function attend(head: DenseHead, options: AttendOptions): Attended {
  return attendInMemory(head, options, scalarKernels())
}

/** The same on kernels of ours, for some rows as well: one row of the output for each that is answered. */
export function attendInMemory(head: DenseHead, options: AnyAttendOptions, kernels: Kernels): Attended {
  requireAttend(head, options)
  const { queries, keys, values } = head
  const problem = attendProblem(options, { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols })
  const { visibility, set } = problem
  requireQuadratic(problem)
  const sources = { queries: matrixOf(queries), keys: matrixOf(keys), values: matrixOf(values) }
  const whole = { rowStart: 0, rowEnd: keys.rows }
  const reaches = {
    keys: reachOfKeys({ source: sources.keys, range: whole, kernels }, visibility),
    values: reachOfKeys({ source: sources.values, range: whole, kernels }, visibility, 'values'),
  }
  const keyIds = fixedSet({ keys, queries }, visibility, selectionScale(problem), set, { kernels })
  const terms = attendTermsOf(problem, sources, reaches, keyIds)
  const { restClusters: clusterCount, sinkTokens, seed } = problem
  const clusters =
    clusterCount === undefined
      ? undefined
      : restClusters(
          keys,
          visibility,
          keyIds,
          clusterCount,
          { sinkTokens, ...(seed !== undefined && { seed }) },
          kernels,
        )
  const rest = clusters && restTermsOf(terms, sources, clusters)
  const element = elementOf(sources)
  const answered = batchesOf(answeredRows(visibility, queries.rows)).map((batch) => {
    const rows = attendRows({ source: sources.keys, range: whole, kernels }, { ...terms, batch })
    const others = rest && restRows({ source: sources.queries, range: batch, kernels }, rest)
    return { ...finishRows(others ? joinRows(rows, others) : rows, element), selfRows: rows.selfRows }
  })
  return { ...joined(answered, element), keyIds }
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

function joined(
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
