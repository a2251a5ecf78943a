import type { Writable } from 'node:stream'
import {
  type AttentionMask,
  heavyFormat,
  KeySummary,
  LevError,
  matrixName,
  matrixPlace,
  type MatrixSource,
  NO_MASK,
  type ScoresMode,
  type UniversalOrigin,
  type UniversalSet,
  counted,
} from '@levattention/core/internal'
import { findUniversalSet } from '../pipeline/universal.ts'
import type { PlanOptions } from '../plan.ts'
import { causalSeconds, estimateSeconds } from '../runtime.ts'
import { requireNoSketch } from '../sketch-options.ts'
import { checkOutputs, type NamedOutput } from './check-outputs.ts'
import { guaranteeOf } from './guarantee.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import { absorbStream, isStream, requireOnePass } from './key-stream.ts'
import { type InputOptions, type Inputs, withInputs } from './open-inputs.ts'
import { maskFacts, type MaskOptions, maskOf, requireExactScores, requireNoMask } from './mask.ts'
import { requireSameDim } from './require-dim.ts'
import { runSegments } from './run-segments.ts'
import { requireScores } from './scores-mode.ts'
import { searchPairs, type Sign } from './search-pairs.ts'
import { heavyMeta, openPairs } from './stage-pairs.ts'
import { requireUniversalName, stageUniversal } from './stage-universal.ts'
import { withOutputs } from './staged-outputs.ts'
import { searchFacts, universalFacts, warnOfBytes, warnOfSearch, warnOfSize } from './summarize.ts'

export const DEFAULT_EPSILON = 0.01

export interface RunOptions extends PlanOptions, InputOptions, MaskOptions {
  /**
   * Files, globs or lists of K [n, d] and Q [m, d]; without queries the keys are the queries. Keys '-' alone: `stdin`, in
   * one pass; queries that U's certificate does not cover are then listed as uncertified.
   */
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  /** Default 0.01. */
  readonly epsilon?: number | undefined
  /** Instead of epsilon: the N keys with the largest bounds. */
  readonly keep?: number | undefined
  /** p >= 1 other than 2: see UniversalOptions. */
  readonly tighten?: boolean | undefined
  readonly sign?: Sign | undefined
  /** p other than 2: exact scores (default), or certified intervals where these settle a pair. */
  readonly scores?: ScoresMode | undefined
  /** Heavy pairs: a file, `-` for `stdout`, or undefined to count them only. */
  readonly out?: string | undefined
  readonly stdout?: Writable | undefined
  /** Where U goes as well. */
  readonly universal?: string | undefined
  readonly force?: boolean | undefined
  /** A run folder: every finished part is kept there, and taken from there by the same run. */
  readonly checkpoint?: string | undefined
}

/**
 * The whole pipeline: from K and Q to every heavy pair. Throws LevError of every tag but IncompatibleSummary; then no
 * output is left.
 */
export async function run(options: RunOptions, job: Job): Promise<JobSummary> {
  requireRunOptions(options)
  if (options.checkpoint !== undefined) {
    const { runCheckpointed } = await import('./steps/run-checkpointed.ts')
    return await runCheckpointed(options, options.checkpoint, job)
  }
  const outputs = outputsOf(options)
  const measures = await withInputs(options, job, async (inputs) => {
    if (isStream(options.keys)) return await runStream(inputs, outputs, options, job)
    const { keys, queries } = await openBoth(inputs, options)
    inputs.requireOptionsUsed()
    const mask = maskOf(options, keys.rows, queries.rows)
    checkOutputs(outputs, options.force ?? false, inputs.paths)
    const { epsilon = DEFAULT_EPSILON } = options
    const { rows, cols } = keys
    const queryCount = queries.rows
    const maskSeconds = mask.causal ? causalSeconds(rows, cols, queryCount, options.p ?? 2) : 0
    const context = await job.context(estimateSeconds(rows, cols, queryCount, epsilon) + maskSeconds)
    if (mask.segment !== undefined)
      return await runSegments({ keys, queries, mask }, inputs, { ...options, epsilon }, context, job)
    const mergeable = options.universal !== undefined
    const found = await findUniversalSet(keys, { ...options, epsilon, queryCount, mergeable }, context)
    return await searchFound(found, { keys, queries, mask }, inputs, options, job)
  })
  return { command: 'run', ...measures, outputs: outputs.map(({ path }) => path), ...job.measured() }
}

/** U of the keys on standard input, then its heavy pairs. */
async function runStream(
  inputs: Inputs,
  outputs: readonly NamedOutput[],
  options: RunOptions,
  job: Job,
): Promise<Partial<JobSummary> & Pick<JobSummary, 'inputs'>> {
  requireOnePass(options)
  requireNoMask(options)
  requireIntervals(options)
  if (options.queries.length === 0) {
    const message =
      '--keys - is standard input, which can be read only once: it cannot be the queries as well; name them with --queries'
    throw new LevError('Option', message, { option: 'queries' })
  }
  const queries = await inputs.open(options.queries, 'queries')
  checkOutputs(outputs, options.force ?? false, inputs.paths)
  const stream = await inputs.openStream()
  inputs.requireOptionsUsed()
  if (stream.cols !== queries.cols) {
    const message = `${matrixName(queries)} (queries) has ${counted(queries.cols, 'column')} and ${stream.name} (keys) ${stream.cols}; both need the same d`
    throw new LevError('Content', message, { ...matrixPlace(queries), input: 'queries' })
  }
  const { epsilon = DEFAULT_EPSILON, p = 2 } = options
  const terms = { dim: stream.cols, epsilon, p, form: 'triangular' as const }
  const found = await absorbStream(stream, new KeySummary(terms, job.runtime.kernels), inputs, job)
  return await searchFound(found, { keys: undefined, queries, mask: NO_MASK }, inputs, options, job)
}

interface Searched {
  /** Where they can be read again. */
  readonly keys: MatrixSource | undefined
  readonly queries: MatrixSource
  readonly mask: AttentionMask
}

/** The heavy pairs of U, into the outputs. */
export async function searchFound(
  { universal, origin }: { universal: UniversalSet; origin: UniversalOrigin },
  { keys, queries, mask }: Searched,
  inputs: Inputs,
  options: RunOptions,
  job: Job,
): Promise<Partial<JobSummary> & Pick<JobSummary, 'inputs'>> {
  const { sign = 'both', force = false } = options
  const { stats } = job
  const { rowCount, dim, epsilon } = universal
  const context = await job.context(estimateSeconds(keys ? rowCount : 0, dim, queries.rows, epsilon))
  warnOfSize(universal, stats)
  return await withOutputs(async (staged) => {
    const sink = openPairs(
      { out: options.out, stdout: options.stdout, tmp: options.tmp, force },
      rowCount,
      queries.rows,
    )
    const scores = keys ? options.scores : 'interval'
    const meta = heavyMeta(universal, { epsilon, m: queries.rows, sign, scores, mask })
    const { universal: levPath } = options
    staged.add({ seal: () => sink.seal(meta), discard: () => sink.abort() })
    if (levPath !== undefined)
      staged.add(await job.time('write', () => stageUniversal(levPath, universal, origin, force)))
    const search = { ...options, epsilon, keys, sign, queryStart: mask.queryStart }
    const counts = await searchPairs(universal, queries, sink, search, context)
    const advice = keys
      ? `All keys were read again, and no precision that is tried decides them: ${beyondRange(universal.p)}`
      : 'Keys from a file are read again to decide them'
    warnOfSearch(counts, stats, universal.p, { out: options.out, advice })
    if (keys) warnOfBytes(keys === queries ? [keys] : [keys, queries], stats)
    await job.requireUnchanged(inputs)
    await job.time('write', () => staged.finish())
    return {
      ...universalFacts(universal),
      ...maskFacts(mask),
      ...guaranteeOf(universal.factor, universal.epsilon, queries.rows),
      ...searchFacts(queries.rows, counts, stats),
      inputs: inputs.parts,
    }
  })
}

/** What would help queries that correctly rounded dots do not decide. */
function beyondRange(p: number): string {
  const rescale = 'their dots lie below what float64 holds beside the largest keys, so rescale the keys'
  return p === 2 ? rescale : `take a smaller p, or ${rescale}`
}

/** Throws Option where scores over all keys are asked for, which are gone when the queries come. */
function requireIntervals({ scores, p = 2 }: RunOptions): void {
  if (scores !== 'exact' || p === 2) return
  const message = `--scores exact takes sums over all keys where p = ${p}, and keys from - come only once; leave it out, or name files`
  throw new LevError('Option', message, { option: 'scores' })
}

async function openBoth(inputs: Inputs, { keys: keyNames, queries: queryNames }: RunOptions) {
  const keys = await inputs.open(keyNames, 'keys')
  if (queryNames.length === 0) return { keys, queries: keys }
  const queries = await inputs.open(queryNames, 'queries')
  requireSameDim(keys, queries)
  return { keys, queries }
}

/** What the options name, checked by its kind. Throws Option. */
export function outputsOf({ out, universal }: RunOptions): NamedOutput[] {
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

/** Throws Option where options contradict one another. */
export function requireRunOptions(
  options: Pick<
    RunOptions,
    'epsilon' | 'keep' | 'scores' | 'p' | 'causal' | 'segment' | 'universal' | 'method'
  >,
): void {
  requireOneOf(options)
  requireScores(options.scores, options.p ?? 2)
  requireExactScores(options.causal, options.scores)
  if (options.segment === undefined) return
  // Each segment would be a new chance to miss.
  requireNoSketch(options.method, '--segment')
  const option =
    options.universal !== undefined ? 'universal' : options.keep !== undefined ? 'keep' : undefined
  if (option === undefined) return
  const message = `--${option} is about one universal set, and with --segment each segment has its own; leave one out`
  throw new LevError('Option', message, { option })
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
