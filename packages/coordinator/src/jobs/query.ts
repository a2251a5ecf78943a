import type { Writable } from 'node:stream'
import {
  type AttentionMask,
  heavyFormat,
  LevError,
  matrixName,
  matrixPlace,
  type MatrixSource,
  type ScoresMode,
  type UniversalFile,
  counted,
} from '@levattention/core/internal'
import { requireCovers } from '../pipeline/require-fit.ts'
import type { PlanOptions } from '../plan.ts'
import { causalSeconds, estimateSeconds } from '../runtime.ts'
import { checkKeys } from './check-keys.ts'
import { checkOutputs } from './check-outputs.ts'
import { guaranteeOf } from './guarantee.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import { maskFacts, maskOf, requireExactScores } from './mask.ts'
import { type InputOptions, type Inputs, withInputs } from './open-inputs.ts'
import { openUniversal } from './open-universal.ts'
import { requireScores } from './scores-mode.ts'
import { searchPairs, type Sign } from './search-pairs.ts'
import { heavyMeta, openPairs } from './stage-pairs.ts'
import { withOutputs } from './staged-outputs.ts'
import { searchFacts, universalFacts, warnOfBytes, warnOfSearch } from './summarize.ts'

export interface QueryOptions
  extends Omit<PlanOptions, 'shards' | 'shardRows' | 'passes' | 'method' | 'delta' | 'seed'>, InputOptions {
  /** A .lev of `run`, `build` or `merge`. */
  readonly universal: string
  readonly queries: readonly string[]
  /** The keys it was built from: then queries outside its certificate are decided, not listed. */
  readonly keys: readonly string[]
  /** At least the file's, which is the default. */
  readonly epsilon?: number | undefined
  /** Of a causal set: the key at which the first query stands; default 0. */
  readonly queryStart?: number | undefined
  readonly sign?: Sign | undefined
  /** p other than 2: exact (default where keys are given) or certified intervals (the only ones without keys). */
  readonly scores?: ScoresMode | undefined
  readonly out?: string | undefined
  readonly stdout?: Writable | undefined
  readonly force?: boolean | undefined
}

/** Heavy pairs of new queries, from a universal set. Throws as `run`. */
export async function query(options: QueryOptions, job: Job): Promise<JobSummary> {
  const { out, universal: path, force = false } = options
  const files = out === undefined || out === '-' ? [] : [{ path: out, option: 'out' }]
  if (files.length > 0) heavyFormat(files[0].path)
  const file = openUniversal(path)
  const causal = file.universal.prefixes !== undefined
  const epsilon = options.epsilon ?? file.universal.epsilon
  requireCovers(file.universal, epsilon)
  requirePowerOf(file, path, options)
  requireKeysOf(file, path, options)
  const facts = await withInputs(options, job, async (inputs) => {
    const queries = await inputs.open(options.queries, 'queries')
    const keys = options.keys.length > 0 ? await inputs.open(options.keys, 'keys') : undefined
    inputs.requireOptionsUsed()
    requireDim(queries, file, path)
    const mask = maskOf({ ...options, causal }, file.universal.rowCount, queries.rows)
    checkOutputs(files, force, [path, ...inputs.paths])
    const found = await search(file, { queries, keys, epsilon, mask }, inputs, options, job)
    return { ...found, inputs: inputs.parts }
  })
  return { command: 'query', ...facts, outputs: files.map((one) => one.path), ...job.measured() }
}

interface Opened {
  readonly queries: MatrixSource
  readonly keys: MatrixSource | undefined
  readonly epsilon: number
  readonly mask: AttentionMask
}

async function search(
  file: UniversalFile,
  { queries, keys, epsilon, mask }: Opened,
  inputs: Inputs,
  options: QueryOptions,
  job: Job,
): Promise<Partial<JobSummary>> {
  const { universal, origin } = file
  const { sign = 'both', force = false, out, stdout, tmp } = options
  const { dim, p } = universal
  const maskSeconds = mask.causal ? causalSeconds(keys?.rows ?? 0, dim, queries.rows, p) : 0
  const context = await job.context(
    estimateSeconds(keys?.rows ?? 0, dim, queries.rows, epsilon) + maskSeconds,
  )
  if (keys) await checkKeys(keys, file, context)
  return await withOutputs(async (staged) => {
    // Row ids of a part go up to the end of its rows, not to their number.
    const idEnd = origin.ranges.at(-1)?.rowEnd ?? 0
    const sink = openPairs({ out, stdout, force, tmp }, idEnd, queries.rows)
    const scores = keys ? options.scores : 'interval'
    const { ranges } = origin
    const meta = heavyMeta(universal, { epsilon, m: queries.rows, sign, scores, mask, ranges })
    staged.add({ seal: () => sink.seal(meta), discard: () => sink.abort() })
    const searched = { ...options, epsilon, keys, sign, queryStart: mask.queryStart }
    const counts = await searchPairs(universal, queries, sink, searched, context)
    warnOfSearch(counts, job.stats, universal.p, { out })
    warnOfBytes(keys ? [keys, queries] : [queries], job.stats)
    inputs.requireUnchanged()
    await job.time('write', () => staged.finish())
    return {
      ...universalFacts(universal, epsilon),
      ...maskFacts(mask),
      ...guaranteeOf(universal.factor, universal.epsilon, queries.rows),
      ...searchFacts(queries.rows, counts, job.stats),
    }
  })
}

/** Throws Option where the options ask for another attention than the file's, or exact scores without keys. */
function requirePowerOf({ universal: { p } }: UniversalFile, path: string, options: QueryOptions): void {
  if (options.p !== undefined && options.p !== p) {
    const message = `--p is ${options.p}, but ${path} was built for p = ${p}; leave --p out, or build it again`
    throw new LevError('Option', message, { option: 'p' })
  }
  requireScores(options.scores, p)
  if (p === 2 || options.scores !== 'exact' || options.keys.length > 0) return
  const message = `--scores exact takes sums over all keys where p = ${p}: name them with --keys, or leave --scores out`
  throw new LevError('Option', message, { option: 'scores' })
}

/** Throws Option where a causal set is asked without the keys around its queries. */
function requireKeysOf(
  { universal: { prefixes } }: UniversalFile,
  path: string,
  options: QueryOptions,
): void {
  if (prefixes === undefined) return
  requireExactScores(true, options.scores)
  if (options.keys.length > 0) return
  const message = `${path} is causal: a query sees the keys up to its own position, which are read again; name them with --keys`
  throw new LevError('Option', message, { option: 'keys' })
}

function requireDim(queries: MatrixSource, { universal: { dim } }: UniversalFile, path: string): void {
  if (queries.cols === dim) return
  const message = `${matrixName(queries)} (queries) has ${counted(queries.cols, 'column')} and the keys of ${path} have ${dim}; both need the same d`
  throw new LevError('Content', message, { ...matrixPlace(queries), input: 'queries' })
}
