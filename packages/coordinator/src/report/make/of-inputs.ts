import { join } from 'node:path'
import { makeFolder } from '../../files/create-folder.ts'
import { withTemporaryFolder } from '../../files/temporary-folder.ts'
import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Job } from '../../job/job.ts'
import { LARGE_SET } from '../../job/summarize.ts'
import { scoringSeconds } from '../../problem/attention-problem.ts'
import { headName, shortNames } from '../facts/head-name.ts'
import { type Layout, requireLayout } from '../facts/layout.ts'
import type { PairFacts } from '../facts/pair-shape.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { readPairs, sharedBetween } from '../results/read-pairs.ts'
import { attendedPart, type KeptKeys } from './attended-part.ts'
import { coveragePart, type CoverageTerms, sampleOf } from './coverage-part.ts'
import { type InputShapes, inputShapes } from './input-shapes.ts'
import { type KeyHeadReport, keyPart } from './key-part.ts'
import { type HeadPairs, pairPart } from './pair-part.ts'
import { type Part, Parts } from './parts.ts'
import type { ReportOptions, Stages } from './report-options.ts'

/** What the commands found of the inputs, head by head. */
export interface FoundHeads {
  readonly heads: readonly HeadReport[]
  readonly shapes: InputShapes
  readonly terms: CoverageTerms
  /** What was left out, and why. */
  readonly left: readonly string[]
  readonly thresholdSlack: number
  readonly scoreSlack: number
}

const [DEFAULT_KEEP, DEFAULT_LOCAL, DEFAULT_EPSILON] = [32, 3, 0.01] as const
/** Products of a query and a key beyond which the search of softmax pairs is no part of a report. */
const MOST_SOFTMAX_PRODUCTS = 8e9

/** Runs what a report of inputs takes. Throws as the commands that it runs. */
export async function ofInputs(
  options: ReportOptions,
  layout: Layout,
  job: Job,
  stages: Stages,
): Promise<FoundHeads> {
  // The page says which epsilon helps, by the scores.
  job.stats.leaveUnsaid(LARGE_SET)
  const shapes = await inputShapes(options, job)
  requireLayout(layout, shapes.n)
  await job.context(secondsOf(shapes))
  const terms = termsOf(options, shapes)
  const shape = { layout, epsilon: options.epsilon ?? DEFAULT_EPSILON, topCount: Math.max(10, terms.keep) }
  if (shapes.m === undefined) {
    const keys = await stages.time('scores', () => keyPart(options, options.heads ?? 'all', shape, job))
    const heads = keys.map((one) => ofKeys(one, options, shapes))
    return { heads: renamed(heads), shapes, terms, left: [], ...slacksOf(keys, []) }
  }
  const parts = new Parts(shapes, { ...terms, hasSoftmax: hasSoftmaxPairs(shapes) }, job)
  const timed = async <T>(part: Part, name: string, work: () => Promise<T>) => {
    parts.begin(part)
    return await stages.time(name, work)
  }
  return await withTemporaryFolder(options.tmp, async (folder) => {
    const power = await timed('power', '|q·k|^p pairs', () =>
      pairPart(options, { attention: 'power', heads: options.heads }, folder, job),
    )
    const keyHeads = [...new Set(power.map(({ keyHead }) => keyHead))].sort((a, b) => a - b)
    const keys = await timed('scores', 'scores', () => keyPart(options, keyHeads, shape, job))
    const { found: softmax, left } = await softmaxPart(options, shapes, (asked) =>
      timed('softmax', 'softmax pairs', () => pairPart(options, asked, folder, job)),
    )
    const covered = await stages.time('softmax mass', () =>
      coveragePart(options, shapes, terms, job, (part) => parts.begin(part)),
    )
    // Of those that were not left out.
    const shown = options.heads && power.map(({ head }) => head)
    const attended = await timed('attended', 'softmax mass', async () =>
      terms.sample === undefined
        ? await attendedPart({ ...options, heads: shown }, terms.keep, job)
        : new Map<number, KeptKeys>(),
    )
    const lightest = await stages.time('heaviest pairs of empty maps', () =>
      heaviestOf(options, [...power, ...softmax], shapes, folder, { job, parts }),
    )
    const heads = power.map((one): HeadReport => {
      const other = softmax.find(({ head }) => head === one.head)
      const ofKey = keys.find(({ head }) => head === one.keyHead)
      const coverage = covered.find(({ index }) => index === one.head)
      return headOf(
        { one, other, ofKey, coverage, kept: attended.get(one.keyHead), lightest },
        options,
        shapes,
      )
    })
    return { heads: renamed(heads), shapes, terms, left, ...slacksOf(keys, power) }
  })
}

function renamed(heads: readonly HeadReport[]): HeadReport[] {
  const names = shortNames(heads.map(({ name }) => name))
  return heads.map((head, i) => ({ ...head, name: names[i] }))
}

interface FoundParts {
  readonly one: HeadPairs
  readonly other: HeadPairs | undefined
  readonly ofKey: KeyHeadReport | undefined
  readonly coverage: HeadCoverage | undefined
  readonly kept: KeptKeys | undefined
  readonly lightest: ReadonlyMap<string, number>
}

function headOf(
  { one, other, ofKey, coverage, kept, lightest }: FoundParts,
  options: ReportOptions,
  shapes: InputShapes,
): HeadReport {
  const power = readPairs(one.path)
  const softmax = other && readPairs(other.path)
  const axes = { layer: one.layer, batch: one.batch, head: one.headAxis, source: one.source }
  const { universalSize } = one
  return {
    ...(ofKey ? ofKeys(ofKey, options, shapes) : { ...baseOf(options, shapes), kind: 'leverage' as const }),
    index: one.head,
    name: options.heads === undefined ? 'Plot by plot' : headName({ index: one.head, ...axes }),
    ...placeOf(one),
    ...(universalSize !== undefined && { universalSize }),
    power: withLargest(power.facts, lightest.get(one.path)),
    ...(softmax && { softmax: withLargest(softmax.facts, lightest.get(softmax.path)) }),
    ...(other && { sharedPairs: sharedBetween(one.path, other.path) }),
    uncertifiedQueries: power.uncertifiedQueries,
    ...(coverage && { coverage }),
    ...kept,
  }
}

/** Where a head stands. */
function placeOf({
  layer,
  batch,
  headAxis,
}: Pick<KeyHeadReport, 'layer' | 'batch' | 'headAxis'>): Pick<HeadReport, 'layer' | 'batch' | 'head'> {
  return {
    ...(layer !== undefined && { layer }),
    ...(batch !== undefined && { batch }),
    ...(headAxis !== undefined && { head: headAxis }),
  }
}

function withLargest(facts: PairFacts, largest: number | undefined): PairFacts {
  return largest === undefined ? facts : { ...facts, largest }
}

function baseOf(
  { p = 2, epsilon = DEFAULT_EPSILON, causal = false, weights, weightColumn }: ReportOptions,
  { n, m, d }: InputShapes,
) {
  const isWeighted = (weights ?? weightColumn) !== undefined
  return {
    n,
    d,
    p,
    epsilon,
    isCausal: causal,
    ...(isWeighted && { isWeighted }),
    ...(m !== undefined && { m }),
  }
}

function ofKeys(found: KeyHeadReport, options: ReportOptions, shapes: InputShapes): HeadReport {
  const { head: index, layer, batch, headAxis, source, thresholdSlack: _, ...report } = found
  const isOne = options.heads === undefined
  const name = isOne
    ? (shapes.paths[0] ?? 'keys').replace(/^.*[/\\]/, '')
    : headName({ index, layer, batch, head: headAxis, source })
  return {
    ...baseOf(options, shapes),
    ...report,
    index,
    name,
    ...placeOf(found),
  }
}

/** Softmax pairs cost all keys for all queries: of many of both they are left to a run of their own. */
function hasSoftmaxPairs({ n, m = 0, headCount }: InputShapes): boolean {
  return n * m * headCount <= MOST_SOFTMAX_PRODUCTS
}

async function softmaxPart(
  { heads }: ReportOptions,
  shapes: InputShapes,
  search: (asked: { attention: 'softmax'; heads: ReportOptions['heads'] }) => Promise<HeadPairs[]>,
): Promise<{ found: HeadPairs[]; left: string[] }> {
  if (hasSoftmaxPairs(shapes)) return { found: await search({ attention: 'softmax', heads }), left: [] }
  const { n, m = 0 } = shapes
  return {
    found: [],
    left: [
      `softmax pairs of ${m} queries and ${n} keys were not searched: a run with --attention softmax does, whose file a report takes`,
    ],
  }
}

/** Epsilons that are tried for the heaviest pair of a head that has none at the report's, as parts of it. */
const LOWER = [0.25, 0.05, 0.01] as const
/** One of softmax, where the largest of each query is asked for. */
const ROUNDS = LOWER.length + 1
const MOST_QUERIES = 65_536

/** Of each file without a pair how much the heaviest one takes: by a lower epsilon, by the largest of each query. */
async function heaviestOf(
  options: ReportOptions,
  files: readonly HeadPairs[],
  { m = 0 }: InputShapes,
  folder: string,
  { job, parts }: { readonly job: Job; readonly parts: Parts },
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  if (m > MOST_QUERIES) return found
  let begun = 0
  let empty = files.filter(({ pairs }) => pairs === 0)
  for (const [round, part] of LOWER.entries()) {
    for (const attention of ['power', 'softmax'] as const) {
      const of = empty.filter((one) => one.attention === attention)
      if (of.length === 0 || (attention === 'softmax' && round > 0)) continue
      parts.begin('heaviest', { at: begun++, of: ROUNDS })
      const own = join(folder, `heaviest-${attention}-${round}`)
      makeFolder(own)
      const heads = options.heads === undefined ? undefined : of.map(({ head }) => head)
      const epsilon = Math.max(1e-9, part * (options.epsilon ?? DEFAULT_EPSILON))
      const again = await pairPart(
        options,
        { attention, heads, epsilon, ...(attention === 'softmax' && { top: 1 }) },
        own,
        job,
      )
      for (const one of again) {
        const { largest } = readPairs(one.path).facts
        const file = of.find(({ head }) => head === one.head)
        if (file && largest > 0) found.set(file.path, largest)
      }
    }
    empty = empty.filter(({ path }) => !found.has(path))
  }
  return found
}

function termsOf(
  { keep, local, causal = false, queryStart, ...options }: ReportOptions,
  shapes: InputShapes,
): CoverageTerms {
  const { n, m } = shapes
  const sample = m === undefined ? undefined : sampleOf(options, shapes)
  const stands = m === n || (causal && queryStart !== undefined)
  const near = local ?? (stands ? DEFAULT_LOCAL : undefined)
  return {
    keep: Math.min(n, keep ?? Math.min(DEFAULT_KEEP, Math.max(1, Math.floor(n / 2)))),
    ...(near !== undefined && stands && { local: near }),
    ...(sample !== undefined && { sample }),
  }
}

function slacksOf(
  keys: readonly KeyHeadReport[],
  pairs: readonly HeadPairs[],
): { thresholdSlack: number; scoreSlack: number } {
  const most = (values: readonly (number | undefined)[]) =>
    values.reduce<number>((max, value = 0) => Math.max(max, value), 0)
  return {
    thresholdSlack: most([...keys, ...pairs].map(({ thresholdSlack }) => thresholdSlack)),
    scoreSlack: most(pairs.map(({ scoreSlack }) => scoreSlack)),
  }
}

/** Seconds on one core, roughly, for the engine that all parts share. */
function secondsOf({ n, d, m = 0, dv = 0, headCount }: InputShapes): number {
  return headCount * (scoringSeconds({ rows: n, cols: d }) + (8 * n * m * (d + dv + 60)) / 2e10)
}
