import { type AttendFacts, attendFacts } from '../attend/attend-facts.ts'
import { attendOutline } from '../attend/attend-seconds.ts'
import { type AttendFiles, openAttend } from '../attend/open-attend.ts'
import { warnOfPositions } from '../attend/warn-positions.ts'
import { type AttendOutputs, writeAttend } from '../attend/write-attend.ts'
import { checkOutputs, type NamedOutput } from '../files/check-outputs.ts'
import { nameNumbers } from '../inputs/key-numbers.ts'
import type { InputOptions } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { secondsOf } from '../problem/outline.ts'
import { droppedFacts, hiddenFacts, seenCounts } from '../problem/seen-rows.ts'
import type { Job } from '../job/job.ts'
import { skippedFacts } from '../job/skipped-heads.ts'
import type { JobSummary } from '../job/job-summary.ts'

export type AttendJobOptions = InputOptions & AttendFiles & AttendOutputs

/**
 * Attention over selected keys, renormalised over them, in one array (docs/theory.md section 7). Throws Option, Content, NotFound,
 * CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function attend(options: AttendJobOptions, job: Job): Promise<JobSummary & AttendFacts> {
  const facts = await withInputs(options, job, async (inputs) => {
    const opened = await openAttend(inputs, options, job)
    const { sources, masks, asked, skipped } = opened
    const outputs = outputsOf(options)
    warnOfPositions(options, sources.queries.rows, sources.keys.rows, job.stats)
    checkOutputs(outputs, options.force ?? false, inputs.paths)
    const seconds = asked.map(({ group, problem }) => attendOutline(sources, group.heads.length, problem))
    // Of several groups progress counts heads.
    const [one] = seconds
    const all = seconds.reduce((total, outline) => total + secondsOf(outline), 0)
    const context = await job.context(seconds.length === 1 ? one : all)
    const written = writeAttend(opened, options, context, () => inputs.requireUnchanged())
    const counts = await written.catch((error: unknown) => {
      throw nameNumbers(error, 'select', options.select?.scoresFile ?? '')
    })
    const first = asked.at(0)
    const headCount = asked.reduce((sum, { group }) => sum + group.heads.length, 0)
    return {
      ...attendFacts(
        first?.problem,
        sources,
        options.heads === undefined ? undefined : headCount,
        options.select?.scoresFile,
      ),
      ...counts.facts(),
      ...hiddenFacts(masks),
      ...droppedFacts(inputs.facts),
      ...seenCounts(
        { rows: sources.keys.rows, within: options.keyRows, mask: masks.keyMask },
        { rows: sources.queries.rows, within: options.queryRows, mask: masks.queryMask },
      ),
      ...skippedFacts(skipped),
      inputs: inputs.parts,
      outputs: outputs.map(({ path }) => path),
    }
  })
  return { command: 'attend', ...facts, ...job.measured() }
}

function outputsOf({ out, lse, selected }: AttendJobOptions): NamedOutput[] {
  return [
    { path: out, option: 'out' },
    ...(lse === undefined ? [] : [{ path: lse, option: 'lse' }]),
    ...(selected === undefined ? [] : [{ path: selected, option: 'selected' }]),
  ]
}
