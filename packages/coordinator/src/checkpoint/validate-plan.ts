import { isAbsolute } from 'node:path'
import { CHUNK_ROWS, CONTENT_DIGEST_CHARS, MAX_COLS, type RowRange } from '@levattention/core/internal'
import { keyGrains, queryGrains } from './known-content.ts'
import { fault, recordOf, wholeNumber } from '@levattention/core/internal'
import { oddOption } from './plan-options.ts'
import { type PlannedInput, RUN_JOBS, type RunJob } from './plan-fields.ts'

/** Far above the passes of any job. */
const MOST_LEVELS = 1000

/**
 * Throws PartFault unless every number of the plan `value` is in its range and agrees with the others: a run id that fits says
 * nothing of truth. Whether it is the plan of its inputs is for `requirePlanHolds`.
 */
export function validatePlan(value: Readonly<Record<string, unknown>>): void {
  const { job, options, inputs, content, rowCount, dim, shards, fanIn, mapLevels, queryBatches } = value
  if (!(RUN_JOBS as readonly unknown[]).includes(job)) throw fault('job', RUN_JOBS.join(', '), job)
  const odd = oddOption(job as RunJob, recordOf(options, 'options'))
  if (odd !== undefined)
    throw fault(
      `options.${odd}`,
      `what a plan of ${String(job)} may say`,
      JSON.stringify(recordOf(options, 'options')[odd]),
    )
  const files = requireInputs(inputs)
  const rows = wholeNumber(rowCount, 'rowCount')
  wholeNumber(dim, 'dim', 1, MAX_COLS)
  wholeNumber(fanIn, 'fanIn', 2)
  wholeNumber(mapLevels, 'mapLevels', 1, MOST_LEVELS)
  const cut = requireCut(shards, 'shards')
  if ((cut.at(-1)?.rowEnd ?? 0) !== rows)
    throw fault('shards', `ranges up to row ${rows}`, cut.at(-1)?.rowEnd ?? 0)
  const batches = requireCut(queryBatches, 'queryBatches')
  if (job !== 'run' && batches.length > 0)
    throw fault('queryBatches', `empty, as the job is ${String(job)}`, batches.length)
  const { keys, queries } = recordOf(content, 'content')
  const told = { inputs: files, rowCount: rows, queryBatches: batches }
  requireContent(keys, 'content.keys', Math.ceil(rows / CHUNK_ROWS), () => keyGrains(told))
  requireContent(queries, 'content.queries', batches.length, () => queryGrains(told))
}

function requireInputs(value: unknown): PlannedInput[] {
  if (!Array.isArray(value) || value.length === 0) throw fault('inputs', 'a list of files', value)
  const next = { keys: 0, queries: 0 }
  return value.map((one: unknown, i) => {
    const { of, path, firstRow } = recordOf(one, `inputs[${i}]`)
    if (of !== 'keys' && of !== 'queries') throw fault(`inputs[${i}].of`, 'keys or queries', of)
    if (typeof path !== 'string' || !isAbsolute(path))
      throw fault(`inputs[${i}].path`, 'an absolute path', path)
    const row = wholeNumber(firstRow, `inputs[${i}].firstRow`, next[of])
    next[of] = row
    return { of, path, firstRow: row }
  })
}

/** Digests, one behind the other: as many as there are ranges to be told by them, which are only then cut. */
function requireContent(
  value: unknown,
  field: string,
  least: number,
  ranges: () => readonly RowRange[],
): void {
  if (typeof value !== 'string' || !/^[\w+/-]*$/.test(value)) throw fault(field, 'digests', value)
  const count = value.length / CONTENT_DIGEST_CHARS
  if (count >= least && count === ranges().length) return
  throw fault(field, `digests of ${least} ranges of rows`, `${count} of them`)
}

/** Ranges from row 0 on, none empty, each where the one before ends. */
function requireCut(value: unknown, field: string): RowRange[] {
  if (!Array.isArray(value)) throw fault(field, 'a list of ranges', value)
  let next = 0
  return value.map((one: unknown, i) => {
    const range = recordOf(one, `${field}[${i}]`)
    const rowStart = wholeNumber(range.rowStart, `${field}[${i}].rowStart`, next, next)
    const rowEnd = wholeNumber(range.rowEnd, `${field}[${i}].rowEnd`, rowStart + 1)
    next = rowEnd
    return { rowStart, rowEnd }
  })
}
