import { LevError, type MatrixSource } from '@levattention/core/internal'
import { findUniversalSet } from '../pipeline/universal.ts'
import type { PlanOptions } from '../plan.ts'
import { estimateSeconds } from '../runtime.ts'
import { checkOutputs } from './check-outputs.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import { type InputOptions, withInputs } from './open-inputs.ts'
import { DEFAULT_EPSILON, requireOneOf } from './run.ts'
import { requireUniversalName, stageUniversal } from './stage-universal.ts'
import { withOutputs } from './staged-outputs.ts'
import { universalFacts, warnOfBytes, warnOfSize } from './summarize.ts'

export interface BuildOptions extends PlanOptions, InputOptions {
  /** Files, globs or lists of K [n, d]. */
  readonly keys: readonly string[]
  /** Default 0.01. */
  readonly epsilon?: number | undefined
  readonly keep?: number | undefined
  /** .lev, .npz, or both. */
  readonly out: readonly string[]
  /** Row id of the first row, where K is a part of a larger matrix. */
  readonly rowOffset?: number | undefined
  readonly force?: boolean | undefined
}

/** The universal set alone, into files. Throws as `run`. */
export async function build(options: BuildOptions, job: Job): Promise<JobSummary> {
  const { out, force = false, keys: names, rowOffset = 0 } = options
  requireOneOf(options)
  if (out.length === 0) {
    throw new LevError('Option', 'build writes a file: name it, as in --out u.lev', { option: 'out' })
  }
  for (const path of out) requireUniversalName(path, 'out', ['.lev', '.npz'])
  const facts = await withInputs(options, job.stats, async (inputs) => {
    const keys = await inputs.open(names, 'keys')
    inputs.requireOptionsUsed()
    requireExactIds(keys, rowOffset)
    checkOutputs(
      out.map((path) => ({ path, option: 'out' })),
      force,
      inputs.paths,
    )
    const { epsilon = DEFAULT_EPSILON } = options
    const context = await job.context(estimateSeconds(keys.rows, keys.cols, 0, epsilon))
    const { universal, origin } = await findUniversalSet(keys, { ...options, epsilon }, context)
    warnOfSize(universal, job.stats)
    warnOfBytes([keys], job.stats)
    await withOutputs(async (staged) => {
      await job.time('write', async () => {
        for (const path of out) staged.add(stageUniversal(path, universal, origin, force))
        inputs.requireUnchanged()
        await staged.finish()
      })
    })
    const placed = inputs.parts.map((part) => ({ ...part, firstRow: part.firstRow + rowOffset }))
    return { ...universalFacts(universal), inputs: placed }
  })
  return { command: 'build', ...facts, outputs: out, ...job.measured() }
}

function requireExactIds({ rows }: MatrixSource, rowOffset: number): void {
  if (rowOffset + rows <= Number.MAX_SAFE_INTEGER) return
  const message = `--row-offset ${rowOffset} gives the last of ${rows} rows an id above 2^53, where ids are no longer exact`
  throw new LevError('Option', message, { option: 'row-offset' })
}
