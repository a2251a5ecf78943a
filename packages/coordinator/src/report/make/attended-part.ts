import { extentsOf, openHeadSet } from '../../attend/head-set.ts'
import { columnSets } from '../../coverage/column-sets.ts'
import { askedGroups, closeGroup, coverageSeconds, openGroup } from '../../coverage/coverage-inputs.ts'
import { withInputs } from '../../inputs/with-inputs.ts'
import { masksOfBatch, openMasks } from '../../inputs/open-masks.ts'
import type { Job } from '../../job/job.ts'
import { eachHead } from '../../tasks/each-head.ts'
import { NORMS } from '../facts/selections.ts'
import type { ReportOptions } from './report-options.ts'

/** What selections of a key head keep. */
export interface KeptKeys {
  /** The keys with most softmax attention of all its queries together, ascending. */
  readonly attended: Float64Array
  /** Causal: of each rule the queries that see none of its keys, and hold their own; absent where masks leave some out. */
  readonly ownKey?: ReadonlyMap<string, number>
}

/** Rules whose first key is asked for beside, where queries see a part of the keys. */
const RANKED = ['leverage', ...NORMS] as const

/** The `keep` keys of each key head that are chosen by attention, and where causal queries begin to see one of a selection. */
export async function attendedPart(
  options: ReportOptions,
  keep: number,
  job: Job,
): Promise<ReadonlyMap<number, KeptKeys>> {
  const { keys: given, queries: asking, heads, causal, queryStart, scale, keyRows, queryRows } = options
  return await withInputs(options, job, async (inputs) => {
    const isHeads = heads !== undefined
    const keys = await openHeadSet(inputs, given, 'keys', isHeads)
    const queries = await openHeadSet(inputs, asking, 'queries', isHeads)
    const sources = { keys, queries }
    const select = ['accumulated', ...(causal === true ? RANKED : [])]
    const wanted = { select, keep: [keep], causal, queryStart, scale, keyRows, queryRows }
    const extents = { keys: extentsOf(keys), queries: extentsOf(queries) }
    const queryCount = extents.queries.rows
    const isWhole = causal === true && (queryRows ?? options.queryMaskFile) === undefined
    const masks = await openMasks(inputs, options, extents, false)
    const asked = askedGroups(sources, heads ?? 'all', wanted, new Map(), (batch) =>
      masksOfBatch(masks, batch),
    )
    const context = await job.context(coverageSeconds(sources, asked))
    const found = await eachHead(asked, context, async (one, ofGroup) => {
      const group = openGroup(one, sources, new Map())
      try {
        const sets = (await columnSets(group, ofGroup)).map(([ids]) => ids)
        const [attended] = sets
        const ownKey = new Map(select.map((rule, i) => [rule, before(sets[i], options, queryCount)]))
        return [one.group.keyHead, { attended, ...(isWhole && { ownKey }) }] as const
      } finally {
        closeGroup(group)
      }
    })
    return new Map(found)
  })
}

/** The queries that stand before the first of `ids`. */
function before(ids: Float64Array, { queryStart = 0 }: ReportOptions, queryCount: number): number {
  return ids.length === 0 ? queryCount : Math.max(0, Math.min(queryCount, ids[0] - queryStart))
}
