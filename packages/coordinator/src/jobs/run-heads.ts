import { dirname, join } from 'node:path'
import { type AttentionMask, createOutput, type Heads, LevError } from '@levattention/core/internal'
import type { RunContext } from '../pipeline/run-context.ts'
import type { SegmentInputs } from '../pipeline/segments.ts'
import { findUniversalSet } from '../pipeline/universal.ts'
import { causalSeconds, estimateSeconds } from '../runtime.ts'
import { requireNoSketch } from '../sketch-options.ts'
import { requireDistinct } from './check-outputs.ts'
import { headFacts, headFile, headsCsv, isHeadFile, warnOfHeads, wholeFacts } from './head-facts.ts'
import { type HeadPair, headPairs } from './head-pairs.ts'
import type { Job } from './job.ts'
import type { HeadFacts, JobSummary } from './job-summary.ts'
import { maskFacts, maskOf } from './mask.ts'
import { withInputs } from './open-inputs.ts'
import { checkOutputFolder, OutputFolder } from './output-folder.ts'
import { DEFAULT_EPSILON, requireRunOptions, type RunOptions } from './run.ts'
import { searchPairs } from './search-pairs.ts'
import { heavyMeta, openPairs } from './stage-pairs.ts'
import { withOutputs } from './staged-outputs.ts'

const HEADS_CSV = 'heads.csv'

export interface RunHeadsOptions extends Omit<RunOptions, 'out' | 'stdout' | 'universal' | 'concat'> {
  /** Query heads: all, or indices counted from 0. */
  readonly heads: 'all' | readonly number[]
  /** The folder for one file a head and heads.csv. */
  readonly out: string
}

/** The whole pipeline for each head of 3-D or 4-D inputs by itself. Throws as `run`. */
export async function runHeads(options: RunHeadsOptions, job: Job): Promise<JobSummary> {
  const { out, force = false, epsilon = DEFAULT_EPSILON } = options
  requireRunOptions(options)
  requireNoSegments(options)
  requireNoSketch(options.method, '--heads')
  const facts = await withInputs(options, job, async (inputs) => {
    const keys = await inputs.openHeads(options.keys, 'keys')
    const queries = options.queries.length > 0 ? await inputs.openHeads(options.queries, 'queries') : keys
    inputs.requireOptionsUsed()
    const mask = maskOf(options, keys.rows, queries.rows)
    const pairs = headPairs(queries, keys, options.heads)
    inputs.readHeads(
      'keys',
      keys,
      pairs.map(({ keyHead }) => keyHead),
    )
    inputs.readHeads(
      'queries',
      queries,
      pairs.map(({ head }) => head),
    )
    checkOutputFolder(out, force)
    const names = [...pairs.map(({ head }) => headFile(head)), HEADS_CSV]
    requireDistinct(
      names.map((name) => ({ path: join(out, name), option: 'out' })),
      inputs.paths,
    )
    const { rows, cols } = keys
    const maskSeconds = mask.causal ? causalSeconds(rows, cols, queries.rows, options.p ?? 2) : 0
    const seconds = estimateSeconds(rows, cols, queries.rows, epsilon) + maskSeconds
    const context = await job.context(pairs.length * seconds)
    const heads = await withOutputs(async (staged) => {
      const folder = new OutputFolder(out, force, isHeadFile)
      staged.add(folder)
      const found = await runAll({ keys, queries, pairs, folder, mask }, options, context)
      await writeCsv(folder, found)
      inputs.requireUnchanged()
      await staged.finish()
      return found
    })
    warnOfHeads(heads, job.stats, options.p ?? 2)
    const whole = wholeFacts(heads, { keys, queries }, options.p ?? 2)
    return { ...whole, ...maskFacts(mask), heads, inputs: inputs.parts }
  })
  return { command: 'run', ...facts, outputs: [out], ...job.measured() }
}

/** Throws Option for segments of each head, which this version does not cut. */
function requireNoSegments({ segment }: RunHeadsOptions): void {
  if (segment === undefined) return
  const message = '--segment cuts one matrix and --heads runs several; name one head by its index'
  throw new LevError('Option', message, { option: 'segment' })
}

interface Opened {
  readonly keys: Heads
  readonly queries: Heads
  readonly pairs: readonly HeadPair[]
  readonly folder: OutputFolder
  readonly mask: AttentionMask
}

async function runAll(
  { keys, queries, pairs, folder, mask }: Opened,
  options: RunHeadsOptions,
  context: RunContext,
): Promise<HeadFacts[]> {
  const found: HeadFacts[] = []
  // Heads are short: progress counts them, not their stages.
  const quiet = { ...context, onProgress: undefined }
  for (const pair of pairs) {
    const keyMatrix = keys.open(pair.keyHead)
    const same = queries === keys && pair.head === pair.keyHead
    const queryMatrix = same ? keyMatrix : queries.open(pair.head)
    found.push(await runHead(pair, { keys: keyMatrix, queries: queryMatrix, mask }, folder, options, quiet))
    // A thousand heads are not to hold a thousand open files.
    keyMatrix.close()
    queryMatrix.close()
    context.onProgress?.({ stage: 'head', done: found.length, total: pairs.length })
  }
  return found
}

async function runHead(
  pair: HeadPair,
  { keys, queries, mask }: SegmentInputs,
  folder: OutputFolder,
  options: RunHeadsOptions,
  context: RunContext,
): Promise<HeadFacts> {
  const { epsilon = DEFAULT_EPSILON, sign = 'both', tmp } = options
  const file = headFile(pair.head)
  const { universal } = await findUniversalSet(keys, { ...options, epsilon }, context)
  const output = {
    out: folder.place(file),
    shownAs: join(folder.path, file),
    force: false,
    tmp: tmp ?? dirname(folder.path),
  }
  const sink = openPairs(output, keys.rows, queries.rows)
  try {
    const search = { ...options, epsilon: universal.epsilon, keys, sign, queryStart: mask.queryStart }
    const counts = await searchPairs(universal, queries, sink, search, context)
    const meta = heavyMeta(universal, {
      epsilon: universal.epsilon,
      m: queries.rows,
      sign,
      scores: options.scores,
      mask,
    })
    await context.stats.time('write', () => sink.finish({ ...meta, ...pair }))
    return headFacts(pair, file, universal, counts)
  } catch (error) {
    sink.abort()
    throw error
  }
}

async function writeCsv(folder: OutputFolder, heads: readonly HeadFacts[]): Promise<void> {
  const output = createOutput(folder.place(HEADS_CSV), { shownAs: join(folder.path, HEADS_CSV) })
  output.write(Buffer.from(headsCsv(heads)))
  await output.commit()
}
