import { join } from 'node:path'
import {
  boundSlackOf,
  counted,
  createOutput,
  type Heads,
  type OfPower,
  type UniversalSet,
} from '@levattention/core/internal'
import type { OutputFolder } from '../files/output-folder.ts'
import type { RunStats } from '../tasks/run-context.ts'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import { CERTAIN } from '../problem/guarantee.ts'
import { type HeadAxes } from './head-axes.ts'
import type { HeadPair } from './head-pairs.ts'
import type { DotSigns, HeadFacts, JobSummary, SearchCounts } from './job-summary.ts'
import { LARGE_SET, warnOfSearch } from './summarize.ts'

export const HEADS_CSV = 'heads.csv'

/** Of pairs and samples, of scores, of universal sets. */
export type HeadExtension = '.npz' | '.npy' | '.lev'

export function headFile(head: number, extension: HeadExtension = '.npz'): string {
  return `head-${String(head).padStart(4, '0')}${extension}`
}

/** True for the name of a file that `headFile` may have named, of this run or of an earlier one. */
export function isHeadFile(name: string): boolean {
  return /^head-\d{4,}\.(?:npz|npy|lev)$/.test(name)
}

export function summaryOfHead(
  { head, keyHead }: HeadPair,
  axes: HeadAxes,
  file: string | undefined,
  { rowIds, bounds, rowCount, epsilon, factor, prefixes }: UniversalSet,
  { pairs, undefinedRows, uncertifiedQueries, scoreSlack, negativeDots }: SearchCounts & DotSigns,
): HeadFacts {
  return {
    head,
    ...axes,
    keyHead,
    ...(file === undefined ? {} : { file }),
    epsilon,
    universalSize: rowIds.length,
    universalFraction: rowCount === 0 ? 0 : rowIds.length / rowCount,
    maxBound: bounds.at(0) ?? 0,
    pairs,
    undefinedRows,
    uncertifiedQueries,
    scoreSlack,
    // Causal bounds hold with their slack.
    thresholdSlack: prefixes ? 0 : Math.min(Number.MAX_VALUE, boundSlackOf(factor)),
    rank: factor.rank,
    condition: factor.condition,
    negativeDotShare: pairs === 0 ? 0 : negativeDots / pairs,
  }
}

/**
 * One line a head, under a line of names: what is a number or a word of it, and nothing where one has not what others have. Where some
 * are `skipped`, all in the order of their indices.
 */
export function headsCsv(heads: readonly object[], skipped: readonly object[] = []): string {
  const fields = (head: object) => new Map(Object.entries(head).flatMap(csvField))
  const [run, left] = [heads.map(fields), skipped.map(fields)]
  const names = new Set([...run, ...left].flatMap((row) => [...row.keys()]))
  const rows = left.length === 0 ? run : [...run, ...left].sort((a, b) => indexOf(a) - indexOf(b))
  if (names.size === 0) return 'head,keyHead\n'
  const lines = rows.map((row) => [...names].map((name) => row.get(name) ?? '').join(','))
  return [[...names].join(','), ...lines, ''].join('\n')
}

function indexOf(row: ReadonlyMap<string, string>): number {
  return Number(row.get('index') ?? row.get('head'))
}

/** Nothing for what is neither a number nor a word. Measures with four digits: the summary has all. */
function csvField([name, value]: readonly [string, unknown]): [string, string][] {
  if (typeof value === 'number')
    return [[name, String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))]]
  if (typeof value !== 'string') return []
  return [[name, /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value]]
}

/** Writes heads.csv into the folder. Throws CannotWrite. */
export async function writeHeadsCsv(
  folder: OutputFolder,
  heads: readonly object[],
  skipped: readonly object[] = [],
): Promise<void> {
  const output = createOutput(folder.place(HEADS_CSV), { shownAs: join(folder.path, HEADS_CSV) })
  output.write(Buffer.from(headsCsv(heads, skipped)))
  await output.commit()
}

/** The summary of all heads: what differs between them is largest or summed, their |U| only in `heads`. */
export function summaryOfHeads(
  heads: readonly HeadFacts[],
  problem: AttentionProblem<Heads, Heads>,
): Partial<JobSummary> {
  const most = (of: (head: HeadFacts) => number) => heads.reduce((max, head) => Math.max(max, of(head)), 0)
  const sum = (of: (head: HeadFacts) => number) => heads.reduce((total, head) => total + of(head), 0)
  const { attention, n, d, p, causal, queryStart } = problem.facts()
  return {
    attention,
    n,
    d,
    m: problem.queryCount,
    p,
    epsilon: most((head) => head.epsilon),
    causal,
    method: CERTAIN.method,
    maxBound: most((head) => head.maxBound),
    condition: most((head) => head.condition),
    thresholdSlack: most((head) => head.thresholdSlack),
    scoreSlack: most((head) => head.scoreSlack),
    guarantee: CERTAIN.guarantee,
    pairs: sum((head) => head.pairs),
    undefinedRows: sum((head) => head.undefinedRows),
    uncertifiedQueries: sum((head) => head.uncertifiedQueries),
    ...(queryStart === undefined ? {} : { queryStart }),
  }
}

export function warnOfHeads(heads: readonly HeadFacts[], stats: RunStats, attention: OfPower): void {
  warnOfLargeSets(heads, stats)
  for (const head of heads) warnOfSearch(head, stats, attention, { out: head.file })
}

/** The part of a head's keys that U holds, of those that take part. */
export function shareOfSeen({
  universalSize = 0,
  universalFraction = 0,
  keysSeen,
}: Partial<Pick<HeadFacts, 'universalSize' | 'universalFraction' | 'keysSeen'>>): number {
  if (keysSeen === undefined) return universalFraction
  return keysSeen === 0 ? 0 : universalSize / keysSeen
}

/** Warns of heads whose set leaves less than half of the keys out. */
export function warnOfLargeSets(
  heads: readonly Partial<Pick<HeadFacts, 'universalSize' | 'universalFraction' | 'keysSeen'>>[],
  stats: RunStats,
): void {
  const large = heads.filter((head) => shareOfSeen(head) > 0.5)
  if (large.length === 0) return
  const areMasked = heads.some(({ keysSeen }) => keysSeen !== undefined) ? ' that are seen' : ''
  const message = `in ${large.length} of ${counted(heads.length, 'head')} the universal set holds more than half of the keys${areMasked}: little is gained there below n = 10 d/epsilon keys`
  stats.warn(LARGE_SET, message)
}
