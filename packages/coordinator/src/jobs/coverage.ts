import { finiteGroups } from '../attend/finite-groups.ts'
import { extentsOf, openHeadSet } from '../attend/head-set.ts'
import { warnOfPositions } from '../attend/warn-positions.ts'
import { coverHeads } from '../coverage/cover-heads.ts'
import type { Coverage } from '../coverage/coverage-facts.ts'
import {
  type AskedGroup,
  askedGroups,
  type CoverageInputs,
  coverageOutline,
  openScores,
  type ScoreRows,
} from '../coverage/coverage-inputs.ts'
import { CoverageOutput, hasRows } from '../coverage/coverage-outputs.ts'
import type { CoverageOptions } from '../coverage/coverage-problem.ts'
import { DEFAULT_SELECT, parseSelections } from '../problem/covered-select.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import { withOutputs } from '../files/output-transaction.ts'
import type { InputOptions, Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { masksOfBatch, openMasks, type RowMasks } from '../inputs/open-masks.ts'
import type { Job } from '../job/job.ts'
import { secondsOf } from '../problem/outline.ts'
import { skippedFacts } from '../job/skipped-heads.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { droppedFacts, hiddenFacts, seenCounts } from '../problem/seen-rows.ts'
import { visibilityFacts } from '../problem/softmax-problem.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'

export interface CoverageJobOptions
  extends InputOptions, VisibilityFiles, Omit<CoverageOptions, keyof VisibilityFiles> {
  /** Files of Q [m, d], K [n, d] and V [n, dv], or of arrays of heads of them. */
  readonly queries: readonly string[]
  readonly keys: readonly string[]
  readonly values?: readonly string[] | undefined
  /** Query heads: all, or indices counted from 0. Absent: the files are matrices. */
  readonly heads?: 'all' | readonly number[] | undefined
  /** What rules that look at queries read in place of Q. */
  readonly fitQueries?: string | undefined
  /** .csv, .json, .npz */
  readonly out?: readonly string[] | undefined
  readonly force?: boolean | undefined
}

/** More take seconds, however small they are. */
const FEW_HEADS = 64

export type CoverageSummary = Omit<JobSummary, keyof Coverage | 'heads'> & Coverage

/**
 * How much softmax attention selections of keys hold, head by head (docs/theory.md section 7). Throws Option, Content, NotFound,
 * CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function coverage(options: CoverageJobOptions, job: Job): Promise<CoverageSummary> {
  const { out = [], force = false } = options
  const facts = await withInputs(options, job, async (inputs) => {
    const sources = await openSources(inputs, options)
    const wanted = await ask(inputs, sources, options)
    inputs.requireOptionsUsed()
    nameHeads(inputs, sources, wanted.asked)
    const { skipped, ...finite } = await finiteGroups(sources, wanted.asked, options, job)
    const asked = { ...wanted, ...finite }
    warnOfPositions(options, sources.queries.rows, sources.keys.rows, job.stats)
    checkOutputs(
      out.map((path) => ({ path, option: 'out' })),
      force,
      inputs.paths,
    )
    if (asked.asked.reduce((sum, { group }) => sum + group.heads.length, 0) > FEW_HEADS) job.tellWarnings()
    const outline = coverageOutline(sources, asked.asked)
    // Of several groups progress counts heads.
    const context = await job.context(asked.asked.length === 1 ? outline : secondsOf(outline))
    const withRows = out.some(hasRows)
    const result = await coverHeads({ inputs: sources, ...asked, withRows }, context)
    await withOutputs(async (staged) => {
      for (const path of out) staged.add(new CoverageOutput(path, force, () => result))
      await job.time('write', async () => {
        inputs.requireUnchanged()
        await staged.finish()
      })
    })
    const { keyMask, queryMask } = asked.masks
    return {
      ...visibilityFacts(asked.asked[0].problem.visibility),
      ...hiddenFacts(asked.masks),
      ...droppedFacts(inputs.facts),
      ...seenCounts(
        { rows: sources.keys.rows, within: options.keyRows, mask: keyMask },
        { rows: sources.queries.rows, within: options.queryRows, mask: queryMask },
      ),
      ...result.coverage,
      ...skippedFacts(skipped),
      n: sources.keys.rows,
      d: sources.keys.cols,
      m: sources.queries.rows,
      inputs: inputs.parts,
      outputs: out,
    }
  })
  return { ...job.measured(), ...facts }
}

interface Asked {
  readonly asked: readonly AskedGroup[]
  readonly scores: ScoreRows
  readonly masks: RowMasks
}

async function openSources(inputs: Inputs, options: CoverageJobOptions): Promise<CoverageInputs> {
  const isHeads = options.heads !== undefined
  const open = (given: readonly string[], option: string) => openHeadSet(inputs, given, option, isHeads)
  const keys = await open(options.keys, 'keys')
  const queries = await open(options.queries, 'queries')
  const { values = [], fitQueries } = options
  return {
    queries,
    keys,
    ...(values.length > 0 && { values: await open(values, 'values') }),
    ...(fitQueries !== undefined && { fitQueries: await open([fitQueries], 'fit-queries') }),
  }
}

async function ask(inputs: Inputs, sources: CoverageInputs, options: CoverageJobOptions): Promise<Asked> {
  const { queries, keys } = sources
  const masks = await openMasks(inputs, options, { keys: extentsOf(keys), queries: extentsOf(queries) })
  const names = parseSelections(options.select ?? DEFAULT_SELECT).flatMap(({ scores }) => scores ?? [])
  const scores = await openScores(inputs, [...new Set(names)], sources)
  const { keyMaskFile: _key, queryMaskFile: _query, ...rest } = options
  const asked = askedGroups(sources, options.heads ?? 'all', rest, scores, (batch) =>
    masksOfBatch(masks, batch),
  )
  return { asked, scores, masks }
}

/** For messages about a NaN: which heads the job reads of each input. */
function nameHeads(inputs: Inputs, sources: CoverageInputs, asked: readonly AskedGroup[]): void {
  const keyHeads = asked.map(({ group }) => group.keyHead)
  const { keys, values, queries } = sources
  if (keys.heads) inputs.readHeads('keys', keys.heads, keyHeads)
  if (values?.heads) inputs.readHeads('values', values.heads, keyHeads)
  const heads = asked.flatMap(({ group }) => group.heads)
  if (queries.heads) inputs.readHeads('queries', queries.heads, heads)
}
