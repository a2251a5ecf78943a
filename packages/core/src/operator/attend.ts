import { attendRows } from '../attend/attend-rows.ts'
import { finishRows } from '../attend/finish-rows.ts'
import { joinRows } from '../attend/partial-rows.ts'
import { type RestTerms, restRows } from '../attend/rest-rows.ts'
import { restClusters } from '../fixed-set/in-memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import type { AnyAttendOptions, AttendOptions } from './attend-options.ts'
import { type Attended, type AttendedHead, attendedHead, joinedRows } from './attended-head.ts'
import type { Dense, DenseHead } from './dense-head.ts'
import { restTermsOf } from './terms-of.ts'

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
  const task = attendedHead(head, options, kernels)
  const { sources, shard, terms, element, keyIds } = task
  const rest = restOf(task, head.keys)
  const parts = task.batches.map((batch) => {
    const rows = attendRows(shard, { ...terms, batch })
    const others = rest && restRows({ source: sources.queries, range: batch, kernels }, rest)
    return { ...finishRows(others ? joinRows(rows, others) : rows, element), selfRows: rows.selfRows }
  })
  return { ...joinedRows(parts, element), keyIds }
}

/** What stands for the keys left out, where something does. */
function restOf(
  { problem, sources, terms, keyIds, shard }: AttendedHead,
  keys: Dense,
): RestTerms | undefined {
  const { restClusters: count, visibility, sinkTokens, seed } = problem
  if (count === undefined) return undefined
  const options = { sinkTokens, ...(seed !== undefined && { seed }) }
  const clusters = restClusters(keys, visibility, keyIds, count, options, shard.kernels)
  return restTermsOf(terms, sources, clusters)
}
