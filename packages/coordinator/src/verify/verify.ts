import { tmpdir } from 'node:os'
import {
  type HeavyPairReader,
  kindAt,
  LevError,
  MAX_SAMPLE,
  type MatrixSource,
  optionText,
  readHeavyPairs,
  turnPairs,
  sampleSorted,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import { type Outline, secondsOf } from '../problem/outline.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { InputOptions } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { openBoth } from '../inputs/open-problem.ts'
import type { Sign } from '../problem/attention-problem.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import { requireQueriesSeen, requireSameMask, seenAgreed } from '../problem/seen-rows.ts'
import { LOST_DIGITS } from './lost-digits.ts'
import { isAboutSoftmax, type SoftmaxTermOptions } from './softmax-terms.ts'
import { requireQueries, verifyMasked } from './softmax-verify.ts'
import { severalHeavy } from './verify-folder.ts'
import type { Difference } from './verify-judge.ts'
import { requireJudged } from './verify-judged.ts'
import { requireShapeOf, type TermOptions, termsOf } from './verify-terms.ts'
import { type TrialResult, tryQueries } from './verify-trial.ts'

interface VerifyOptions
  extends InputOptions, TermOptions, VisibilityFiles, Omit<SoftmaxTermOptions, 'epsilon'> {
  readonly keys: readonly string[]
  /** Without queries the keys are the queries. */
  readonly queries: readonly string[]
  /** A file of heavy pairs: .npz, .ndjson or .csv; .csv.gz, .ndjson.gz or .parquet. */
  readonly heavy: string
  /** How many queries are tried, at least one, drawn by `seed` (default 1); all by default. */
  readonly sample?: number | undefined
  readonly seed?: number | undefined
}

export interface VerifySummary extends JobSummary {
  /** Queries tried. After a difference the rest is not tried. */
  readonly queriesVerified: number
  /** Only where pairs with q.k > 0 alone are asked for. */
  readonly sign?: Sign
  /** Queries that brute force cannot decide in float64's range. */
  readonly queriesBeyondRange: number
  /** Of the queries that the file lists as undecided (`uncertifiedQueries`): how many lack heavy pairs, and how many pairs. */
  readonly uncertifiedLacking?: number
  readonly uncertifiedMissed?: number
  /** The first that was found; absent where the file is right. */
  readonly difference?: Difference
}

/** On one core, for each entry of the keys: to look at it, and to multiply it by a query's. */
const SECONDS_AN_ENTRY = 1e-8
const SECONDS_A_DOT = 1e-9

/** Of trying so many queries. */
function verifyOutline({ rows, cols }: MatrixSource, queryCount: number): Outline {
  const entries = rows * cols
  return { map: entries * SECONDS_AN_ENTRY, verify: entries * queryCount * SECONDS_A_DOT }
}

/** Seconds on one core of trying so many queries, roughly. */
export function verifySeconds(keys: MatrixSource, queryCount: number): number {
  return secondsOf(verifyOutline(keys, queryCount))
}

/**
 * Tries a file of heavy pairs against brute force over all keys: every pair with a share of epsilon must be there, none
 * below it, each with its score and dot; what the file says of slack, mass and undecided queries is tried as well. Throws Option, Content (no query could be judged, too), NotFound, InputChanged, WorkerLost, Aborted.
 */
export async function verify(options: VerifyOptions, job: Job): Promise<VerifySummary> {
  if (kindAt(options.heavy) === 'folder') throw severalHeavy(options)
  const turned = await turnPairs(options.heavy, options.tmp ?? tmpdir(), job.signal)
  try {
    return await verifyOpened(readHeavyPairs(options.heavy, turned), options, job)
  } finally {
    turned?.remove()
  }
}

/** Closes `reader`. */
async function verifyOpened(
  reader: HeavyPairReader,
  options: VerifyOptions,
  job: Job,
): Promise<VerifySummary> {
  try {
    const isSoftmax = isAboutSoftmax(reader, options)
    if (isSoftmax) requireQueries(options)
    else requireQueriesSeen(options)
    const { meta, path } = reader
    const seen = isSoftmax ? undefined : seenAgreed(meta, options, path)
    const facts = await withInputs({ ...options, ...(seen ? { seen } : {}) }, job, async (inputs) => {
      const { keys, queries } = await openBoth(inputs, options)
      if (seen && meta) {
        requireSameMask('key', keys.spec.seen, meta.keyMaskDigest, path)
        requireSameMask('query', queries.spec.seen, meta.queryMaskDigest, path)
      }
      const queryIds = queriesOf(queries.rows, options)
      const context = await job.context(verifyOutline(keys, queryIds.length))
      const found = isSoftmax
        ? await verifyMasked(reader, { keys, queries }, queryIds, options, inputs, context)
        : await verifyFile(reader, keys, queries, queryIds, options, context)
      inputs.requireUnchanged()
      const isOther = found.difference?.message.includes(LOST_DIGITS) === false
      if (!isSoftmax && isOther && meta?.attention === undefined) {
        warnOfAttention(path, found, context)
        warnOfLostEnds(reader, found, context)
      }
      return { ...found, ...inputs.facts }
    })
    return { command: 'verify', ...facts, outputs: [], ...job.measured() }
  } finally {
    reader.close()
  }
}

/** A file that does not say its attention was tried as of |q.k|^p. */
function warnOfAttention(path: string, { attention = '' }: Partial<JobSummary>, { stats }: RunContext): void {
  stats.warn(
    'attention',
    `${path} does not say which attention its pairs are of, and was tried as of ${attention}; if they are of softmax, add \`--attention softmax\``,
  )
}

/** A file saved again without what tells estimates, p other than 2, was tried as of exact scores, or of intervals. */
function warnOfLostEnds(
  { path, format, hasIntervals, isEstimate }: HeavyPairReader,
  { p = 2 }: Partial<JobSummary>,
  { stats }: RunContext,
): void {
  if (p === 2 || isEstimate) return
  const lost = format === 'npz' ? 'SciPy saves the scores alone' : 'keep these columns'
  const message = hasIntervals
    ? `${path} was tried as of scores between certified ends; estimates are told by their standard errors: keep the column scoreSE`
    : `${path} gives no scoreLow, scoreHigh and scoreSE, and was tried as of exact scores; if it was made with ends or of estimates, try it as it was written: ${lost}`
  stats.warn('lost-ends', message)
}

/** What brute force says of the file behind `reader`, for `queryIds` (ascending) of `queries` [m, d]. */
export async function verifyFile(
  reader: HeavyPairReader,
  keys: MatrixSource,
  queries: MatrixSource,
  queryIds: ArrayLike<number>,
  options: TermOptions,
  context: RunContext,
): Promise<Partial<JobSummary> & Pick<VerifySummary, 'sign'> & TrialResult> {
  requireShapeOf(reader, keys.rows, queries.rows, keys.cols)
  const problem = termsOf(reader, options, keys, queries)
  const { epsilon, sign, mask, queryCount: m } = problem
  const { hasIntervals, isEstimate } = reader
  const claims = { epsilon, p: problem.attention.p, sign, mask, hasIntervals, isEstimate }
  const trial = await tryQueries({ reader, keys, queries, claims }, queryIds, context)
  requireJudged(trial, queries.rows, reader.path)
  const { attention, n, d, ...terms } = problem.facts()
  return {
    attention,
    n,
    d,
    m,
    ...terms,
    ...(sign === 'positive' ? { sign } : {}),
    ...trial,
  }
}

/** The queries to try, ascending. Throws Option. */
export function queriesOf(
  queryCount: number,
  { sample, seed = 1 }: Pick<VerifyOptions, 'sample' | 'seed'>,
): Float64Array {
  // A trial of no query would pass for right whatever the file holds.
  if (sample !== undefined && !(Number.isSafeInteger(sample) && sample >= 1 && sample <= MAX_SAMPLE)) {
    const message = `${optionText('sample')} is ${sample}; it must be a whole number from 1 to ${MAX_SAMPLE}`
    throw new LevError('Option', message, { option: 'sample' })
  }
  if (sample === undefined || sample >= queryCount) {
    return Float64Array.from({ length: queryCount }, (_, i) => i)
  }
  return sampleSorted(sample, queryCount, seed, 'sampledQueries')
}
