import type { RunContext } from '../tasks/run-context.ts'
import { eachHead } from '../tasks/each-head.ts'
import { coverGroup } from './cover-group.ts'
import { type Coverage, coverageOf, headCoverage } from './coverage-facts.ts'
import {
  type AskedGroup,
  closeGroup,
  type CoverageInputs,
  openGroup,
  type ScoreRows,
  standingOf,
} from './coverage-inputs.ts'
import type { CoverageResult, HeadRowNumbers } from './coverage-outputs.ts'

/** What is asked of all heads. */
export interface AskedHeads {
  readonly inputs: CoverageInputs
  readonly scores: ScoreRows
  /** At least one. */
  readonly asked: readonly AskedGroup[]
  /** The numbers of each row are wanted too. */
  readonly withRows: boolean
}

/** Groups of heads side by side; in the order of their indices. Throws as `coverGroup`. */
export async function coverHeads(
  { inputs, scores, asked, withRows }: AskedHeads,
  context: RunContext,
): Promise<CoverageResult> {
  const { queries, keys } = inputs
  const shape = { n: keys.rows, m: queries.rows }
  const cover = async (one: AskedGroup, ofGroup: RunContext) => {
    const group = openGroup(one, inputs, scores)
    try {
      const found = await coverGroup(group, ofGroup)
      return found.map((rows, at) => {
        const index = one.group.heads[at]
        const standing = standingOf(queries, index, one.group.keyHead)
        const numbers = headCoverage(standing, rows, one.problem, shape)
        return { numbers, rows: withRows ? { index, rows } : undefined }
      })
    } finally {
      closeGroup(group)
    }
  }
  // One by itself tells its own progress.
  const groups = asked.length === 1 ? [await cover(asked[0], context)] : await eachHead(asked, context, cover)
  const heads = groups.flat().sort((a, b) => a.numbers.index - b.numbers.index)
  const coverage: Coverage = coverageOf(
    asked[0].problem,
    heads.map(({ numbers }) => numbers),
  )
  const rows: HeadRowNumbers[] = heads.flatMap((head) => head.rows ?? [])
  return { coverage, rows }
}
