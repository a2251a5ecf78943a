import { extentsOf, openHeadSet } from '../../attend/head-set.ts'
import { columnSets } from '../../coverage/column-sets.ts'
import { askedGroups, closeGroup, coverageSeconds, openGroup } from '../../coverage/coverage-inputs.ts'
import { withInputs } from '../../inputs/open-inputs.ts'
import { masksOfBatch, openMasks } from '../../inputs/open-masks.ts'
import type { Job } from '../../job/job.ts'
import { eachHead } from '../../tasks/each-head.ts'
import type { ReportOptions } from './report-options.ts'

/** The `keep` keys of each key head with most softmax attention of all its queries together, ascending. */
export async function attendedPart(
  options: ReportOptions,
  keep: number,
  job: Job,
): Promise<ReadonlyMap<number, Float64Array>> {
  const { keys: given, queries: asking, heads, causal, queryStart, scale, keyRows, queryRows } = options
  return await withInputs(options, job, async (inputs) => {
    const isHeads = heads !== undefined
    const keys = await openHeadSet(inputs, given, 'keys', isHeads)
    const queries = await openHeadSet(inputs, asking, 'queries', isHeads)
    const sources = { keys, queries }
    const wanted = { select: ['accumulated'], keep: [keep], causal, queryStart, scale, keyRows, queryRows }
    const extents = { keys: extentsOf(keys), queries: extentsOf(queries) }
    const masks = await openMasks(inputs, options, extents, false)
    const asked = askedGroups(sources, heads ?? 'all', wanted, new Map(), (batch) =>
      masksOfBatch(masks, batch),
    )
    const context = await job.context(coverageSeconds(sources, asked))
    const found = await eachHead(asked, context, async (one, ofGroup) => {
      const group = openGroup(one, sources, new Map())
      try {
        const [[ids]] = await columnSets(group, ofGroup)
        return [one.group.keyHead, ids] as const
      } finally {
        closeGroup(group)
      }
    })
    return new Map(found)
  })
}
