import type { MatrixSource } from '@levattention/core/internal'
import type { Job } from '../../job/job.ts'
import { problemOf } from '../../problem/problem-of.ts'
import { findSet } from '../../solve/answers.ts'
import { overKeys } from '../../solve/key-factor.ts'
import { overHeads } from '../../solve/over-heads.ts'
import type { RunContext } from '../../tasks/run-context.ts'
import { setScores, type ShapeTerms } from '../results/set-scores.ts'
import { readingOf, type ReportOptions, seenFilesOf } from './report-options.ts'
import { type KeysReport, scoreKeys, seenKeysOf } from './score-keys.ts'

/** Of more keys a causal set below the report's epsilon would hold too many of them. */
const [FEW_KEYS, LEAST_EPSILON] = [65_536, 1e-3] as const

/** A head of keys, and where it stands. */
export interface KeyHeadReport extends KeysReport {
  readonly head: number
  readonly layer?: number
  readonly batch?: number
  readonly headAxis?: number
  readonly source?: string
}

/** Scores of the keys of each of `wanted` heads; of one matrix where `options` names no heads. */
export async function keyPart(
  options: ReportOptions,
  wanted: 'all' | readonly number[],
  terms: ShapeTerms,
  job: Job,
): Promise<KeyHeadReport[]> {
  const { keys, p, heads, causal = false } = options
  const { keyRows, keyMaskFile } = seenFilesOf(options)
  const { intercept, weights } = options
  const asked = { ...readingOf(options), keyRows, keyMaskFile, keys, p, intercept, weights }
  const work = async (source: MatrixSource, context: RunContext) =>
    causal
      ? await scorePrefixes(source, options, terms, context)
      : await scoreKeys(source, { p }, terms, context)
  if (heads === undefined) {
    const found = await overKeys('report', asked, job, async (source, context, given) => {
      const report = await work(source, context)
      const names = await given.namesOf(report.scores.top.map(({ key }) => key))
      return { report: { ...report, ...(names.size > 0 && { names }) } }
    })
    return [{ ...found.report, head: 0 }]
  }
  const found = await overHeads('report', { ...asked, heads: wanted }, job, async (source, context) => ({
    report: await work(source, context),
  }))
  return found.heads.map(({ report, ...place }) => ({ ...place, ...report }))
}

/** Each key among itself and those before it: the bounds of a causal universal set that holds nearly all. */
async function scorePrefixes(
  keys: MatrixSource,
  { p, epsilon = 0.01 }: ReportOptions,
  terms: ShapeTerms,
  context: RunContext,
): Promise<KeysReport> {
  const least = keys.rows <= FEW_KEYS ? Math.min(epsilon, LEAST_EPSILON) : epsilon
  const problem = problemOf({ p, epsilon: least, causal: true }, keys, undefined)
  const { universal } = await findSet(problem, { p }, context)
  const { rank, condition } = universal.factor
  const seen = seenKeysOf(keys)
  const scores = setScores(universal, { ...terms, ...seen })
  return { kind: 'prefix', scores, rank, condition, thresholdSlack: 0, ...seen }
}
