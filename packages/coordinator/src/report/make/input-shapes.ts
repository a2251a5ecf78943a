import { openHeadSet } from '../../attend/head-set.ts'
import { withInputs } from '../../inputs/with-inputs.ts'
import type { Job } from '../../job/job.ts'
import { headPairs, wantedHeads } from '../../job/head-pairs.ts'
import type { ReportOptions } from './report-options.ts'

/** What inputs are, before anything is asked of them. */
export interface InputShapes {
  readonly n: number
  readonly d: number
  /** Absent without queries. */
  readonly m?: number
  readonly dv?: number
  readonly headCount: number
  readonly paths: readonly string[]
  /** The columns of the keys, where a table names them. */
  readonly columns?: readonly string[]
}

/** Throws as `Inputs.open` and `Inputs.openHeads`. */
export async function inputShapes(options: ReportOptions, job: Job): Promise<InputShapes> {
  const { keys: given, queries, values, heads, intercept = false } = options
  return await withInputs(options, job, async (inputs) => {
    const isHeads = heads !== undefined
    const keys = await openHeadSet(inputs, given, 'keys', isHeads)
    const columns = isHeads ? undefined : await inputs.tables.columnNames('keys')
    const shape = { n: keys.rows, d: keys.cols + (intercept ? 1 : 0), ...(columns && { columns }) }
    if (queries.length === 0) {
      const headCount = keys.heads ? wantedHeads(keys.heads, heads ?? 'all').length : 1
      return { ...shape, headCount, paths: inputs.paths }
    }
    const asking = await openHeadSet(inputs, queries, 'queries', isHeads)
    const held = values.length > 0 ? await openHeadSet(inputs, values, 'values', isHeads) : undefined
    const headCount =
      keys.heads && asking.heads ? headPairs(asking.heads, keys.heads, heads ?? 'all').length : 1
    return { ...shape, m: asking.rows, ...(held && { dv: held.cols }), headCount, paths: inputs.paths }
  })
}
