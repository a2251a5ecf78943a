import type { Writable } from 'node:stream'
import { heavyFormat, LevError, type MatrixSource, type ScoresMode } from '@levattention/core/internal'
import { findUniversalSet } from '../pipeline/universal.ts'
import type { PlanOptions } from '../plan.ts'
import { estimateSeconds } from '../runtime.ts'
import { checkOutputs, type NamedOutput } from './check-outputs.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import { type InputOptions, type Inputs, withInputs } from './open-inputs.ts'
import { requireSameDim } from './require-dim.ts'
import { requireScores } from './scores-mode.ts'
import { searchPairs, type Sign } from './search-pairs.ts'
import { heavyMeta, openPairs } from './stage-pairs.ts'
import { requireUniversalName, stageUniversal } from './stage-universal.ts'
import { withOutputs } from './staged-outputs.ts'
import { searchFacts, universalFacts, warnOfBytes, warnOfSearch, warnOfSize } from './summarize.ts'

export const DEFAULT_EPSILON = 0.01

export interface RunOptions extends PlanOptions, InputOptions {
  /** Files, globs or lists of K [n, d] and Q [m, d]; without queries the keys are the queries. */
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  /** Default 0.01. */
  readonly epsilon?: number | undefined
  /** Instead of epsilon: the N keys with the largest bounds. */
  readonly keep?: number | undefined
  readonly sign?: Sign | undefined
  /** p other than 2: exact scores (default), or certified intervals where these settle a pair. */
  readonly scores?: ScoresMode | undefined
  /** Heavy pairs: a file, `-` for `stdout`, or undefined to count them only. */
  readonly out?: string | undefined
  readonly stdout?: Writable | undefined
  /** Where U goes as well. */
  readonly universal?: string | undefined
  readonly force?: boolean | undefined
}

/**
 * The whole pipeline: from K and Q to every heavy pair. Throws LevError of every tag but IncompatibleSummary; then no
 * output is left.
 */
export async function run(options: RunOptions, job: Job): Promise<JobSummary> {
  requireOneOf(options)
  requireScores(options.scores, options.p ?? 2)
  const outputs = outputsOf(options)
  const measures = await withInputs(options, job.stats, async (inputs) => {
    const { keys, queries } = await openBoth(inputs, options)
    inputs.requireOptionsUsed()
    checkOutputs(outputs, options.force ?? false, inputs.paths)
    return { ...(await runOpened(keys, queries, inputs, options, job)), inputs: inputs.parts }
  })
  return { command: 'run', ...measures, outputs: outputs.map(({ path }) => path), ...job.measured() }
}

async function runOpened(
  keys: MatrixSource,
  queries: MatrixSource,
  inputs: Inputs,
  options: RunOptions,
  job: Job,
): Promise<Partial<JobSummary>> {
  const { epsilon = DEFAULT_EPSILON, sign = 'both', force = false, keep } = options
  const { stats } = job
  const context = await job.context(estimateSeconds(keys.rows, keys.cols, queries.rows, epsilon))
  const { universal, origin } = await findUniversalSet(keys, { ...options, epsilon, keep }, context)
  warnOfSize(universal, stats)
  return await withOutputs(async (staged) => {
    const sink = openPairs(
      { out: options.out, stdout: options.stdout, tmp: options.tmp, force },
      keys.rows,
      queries.rows,
    )
    const meta = heavyMeta(universal, {
      epsilon: universal.epsilon,
      m: queries.rows,
      sign,
      scores: options.scores,
    })
    const { out, universal: levPath } = options
    const path = out === '-' ? undefined : out
    staged.add({ path, finish: () => sink.finish(meta), abort: () => sink.abort() })
    if (levPath !== undefined)
      staged.add(await job.time('write', () => stageUniversal(levPath, universal, origin, force)))
    const search = { ...options, epsilon: universal.epsilon, keys, sign }
    const counts = await searchPairs(universal, queries, sink, search, context)
    warnOfSearch(counts, stats, universal.p)
    warnOfBytes(keys === queries ? [keys] : [keys, queries], stats)
    inputs.requireUnchanged()
    await job.time('write', () => staged.finish())
    return { ...universalFacts(universal), ...searchFacts(queries.rows, counts, stats) }
  })
}

async function openBoth(inputs: Inputs, { keys: keyNames, queries: queryNames }: RunOptions) {
  const keys = await inputs.open(keyNames, 'keys')
  if (queryNames.length === 0) return { keys, queries: keys }
  const queries = await inputs.open(queryNames, 'queries')
  requireSameDim(keys, queries)
  return { keys, queries }
}

function outputsOf({ out, universal }: RunOptions): NamedOutput[] {
  const outputs: NamedOutput[] = []
  if (out !== undefined && out !== '-') {
    heavyFormat(out)
    outputs.push({ path: out, option: 'out' })
  }
  if (universal !== undefined) {
    requireUniversalName(universal, 'universal', ['.lev'])
    outputs.push({ path: universal, option: 'universal' })
  }
  return outputs
}

/** Throws Option where both --epsilon and --keep say how many keys to keep. */
export function requireOneOf({
  epsilon,
  keep,
}: {
  epsilon?: number | undefined
  keep?: number | undefined
}): void {
  if (epsilon === undefined || keep === undefined) return
  const message = '--epsilon and --keep both say which keys are kept; give one of them'
  throw new LevError('Option', message, { option: 'keep' })
}
