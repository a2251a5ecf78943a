import { extname } from 'node:path'
import {
  boundSlackOf,
  certifiedThreshold,
  chosenBlocksText,
  filterKeys,
  finalThreshold,
  isQuadratic,
  LEAST_EPSILON,
  type MatrixSource,
  nounFor,
  type OfPower,
  sizeText,
  rowBytes,
  transposedAddress,
  type UniversalSet,
} from '@levattention/core/internal'
import type { RunStats } from '../tasks/run-context.ts'
import { NEARLY_DEPENDENT } from '../tasks/near-rank.ts'
import { guaranteeOf } from '../problem/guarantee.ts'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import { ESTIMATE_EVEN_FROM, ESTIMATE_PAYS_FROM } from '../problem/estimate-options.ts'
import { problemOfSet } from '../problem/problem-of.ts'
import type { JobSummary, SearchCounts } from './job-summary.ts'

/** What a summary says of U, or of the part of it that a higher `epsilon` leaves. */
export function summaryOfUniversal(
  universal: UniversalSet,
  epsilon: number = universal.epsilon,
): Partial<JobSummary> {
  const { rowCount: n, factor } = universal
  const causal = universal.prefixes !== undefined
  // Causal bounds hold with their slack.
  const threshold = causal ? certifiedThreshold(epsilon) : finalThreshold(factor, epsilon)
  // Bounds descend: a higher epsilon keeps a prefix.
  const bounds = universal.bounds.subarray(0, filterKeys(universal, universal.bounds, threshold).length)
  return {
    ...problemOfSet(universal, { epsilon }, undefined, undefined).facts(),
    universalSize: bounds.length,
    universalFraction: n === 0 ? 0 : bounds.length / n,
    ...(bounds.length > 0 ? { maxBound: bounds[0] } : {}),
    boundSum: bounds.reduce((sum, bound) => sum + bound, 0),
    rank: factor.rank,
    condition: factor.condition,
    // A slack without a bound (p above about 1e15, or 3,000 with a ridge) is none.
    ...(causal || !Number.isFinite(boundSlackOf(factor)) ? {} : { thresholdSlack: boundSlackOf(factor) }),
    certificate: Math.max(factor.ridge, factor.dropRidge) > 0 ? 'ridge' : 'regular',
    ...guaranteeOf(factor, universal.epsilon),
  }
}

/** What a summary says of a search of `m` queries. */
export function summaryOfSearch(
  m: number,
  counts: SearchCounts,
  stats: RunStats,
): SearchCounts & Pick<JobSummary, 'm' | 'queriesSettled' | 'queriesExactPass'> {
  const { queriesSettled, queriesExactPass } = stats
  return { m, ...counts, queriesSettled, queriesExactPass }
}

/** Code of the warning that U holds most keys. */
export const LARGE_SET = 'universal-set-large'

/** What bounds of causal keys are, and how far above the keys' own scores: the method's coarseness is told as its own. */
export function causalBoundsText(dim: number | undefined): string {
  return `a causal key is bounded by the keys before its block (of ${chosenBlocksText(dim)}), so bounds are upper bounds, a few times larger than by all keys before it where these are few`
}

/** Warns where U holds most keys, and says what would help. `keys`: where they can be read. */
export function warnOfSize(universal: UniversalSet, stats: RunStats, keys?: MatrixSource): void {
  const { rowCount: n, dim: d, epsilon, rowIds } = universal
  const size = rowIds.length
  if (size <= n / 2) return
  if (universal.prefixes) {
    const message =
      `the universal set holds ${sizeWord(size)} of ${sizeWord(n)} keys at epsilon ${epsilon}: ${causalBoundsText(universal.dim)}. ` +
      'Each search still takes those alone that its own prefix leaves'
    stats.warn(LARGE_SET, message)
    return
  }
  const total = sizeText(universal)
  const helping = helpingEpsilon(universal)
  const advice = helping
    ? helping.size === 0
      ? `no epsilon leaves a few of them, and ${helping.epsilon} none`
      : `epsilon ${helping.epsilon} leaves ${sizeWord(helping.size)} of them`
    : `${countText(n, 'key')} ${n === 1 ? 'is' : 'are'} too few for d = ${d} at any epsilon: a tenth is promised from n = 10 ${total}/epsilon on${n < d ? wrongWayRound(keys) : ''}`
  stats.warn(
    LARGE_SET,
    `the universal set holds ${sizeWord(size)} of ${countText(n, 'key')} at epsilon ${epsilon}, so little is gained: ${advice}`,
  )
}

/** The least epsilon, of two digits, that leaves at most a tenth of the keys: U holds the bounds of more. Undefined where none does. */
function helpingEpsilon(universal: UniversalSet): { epsilon: number; size: number } | undefined {
  const { rowCount: n, bounds, factor } = universal
  const atLeast = bounds[Math.floor(n / 10)]
  // The last filter keeps what lies a little below epsilon.
  const epsilon = roundUp(Math.max(LEAST_EPSILON, atLeast * (1 + 1e-9)))
  if (!(epsilon < 1)) return undefined
  const size = filterKeys(universal, bounds, finalThreshold(factor, epsilon)).length
  return size <= n / 10 ? { epsilon, size } : undefined
}

/** What a matrix of fewer rows than columns makes one ask. */
function wrongWayRound(keys: MatrixSource | undefined): string {
  const address = keys && transposedAddress(keys)
  const advice = address === undefined ? '' : `, and \`${address}\` takes its columns as rows`
  return `. Is the matrix the wrong way round? Rows are keys${advice}`
}

/** Warns where the keys, which came by `means` and cannot be read again, leave directions that U is not certified for. */
export function warnOfDependence({ factor }: UniversalSet, means: string, stats: RunStats): void {
  if (Math.max(factor.ridge, factor.dropRidge) === 0) return
  const message =
    `the columns of the keys depend on one another, or nearly, and ${means} cannot read them again: ` +
    'some queries will be listed as uncertified; query with --keys decides them'
  stats.warn(NEARLY_DEPENDENT, message)
}

/** Where the pairs go, as far as warnings tell of it: only a .npz says anything of queries without pairs. */
interface PairsPlace {
  /** A file, `-`, or undefined: counted only. */
  readonly out?: string | undefined
  /** Scores are estimates, each with its standard error. */
  readonly isEstimate?: boolean
  /** The keys could be named, and are not. */
  readonly lacksKeys?: boolean
  /** What would decide uncertified queries. */
  readonly advice?: string | undefined
}

/** Warns where reported scores are not exact to three digits, or queries stayed undecided. */
export function warnOfSearch(
  { scoreSlack, uncertifiedQueries }: Pick<SearchCounts, 'scoreSlack' | 'uncertifiedQueries'>,
  stats: RunStats,
  attention: OfPower,
  { out, isEstimate = false, lacksKeys = false, advice = 'Give --keys K to decide them exactly' }: PairsPlace,
): void {
  const inNpz = out !== undefined && extname(out) === '.npz'
  if (scoreSlack > 1e-3 && !isEstimate) {
    const where = inNpz
      ? "each query's is in the .npz as slack"
      : "a .npz (--out F.npz) has each query's, as slack"
    // Intervals may be wider than their score: a number above 1 says nothing.
    const known =
      scoreSlack < 1
        ? `some scores are known only to a relative ${scoreSlack.toPrecision(2)}`
        : 'of some scores little more is known than their ends, scoreLow and scoreHigh'
    const exact = lacksKeys && !isQuadratic(attention) ? '; with --keys K they are exact' : ''
    stats.warn('score-slack', `${known}; ${where}${exact}`)
  }
  if (uncertifiedQueries > 0) {
    const isOne = uncertifiedQueries === 1
    const lie = isOne ? 'lies' : 'lie'
    const near = isQuadratic(attention) ? '' : `${isOne ? 'has' : 'have'} a pair near the threshold, or `
    const where = inNpz
      ? `the .npz lists ${isOne ? 'it' : 'them'} as uncertified`
      : `a .npz (--out F.npz) lists ${isOne ? 'it' : 'them'} as uncertified; lines of JSON and .csv cannot`
    const message =
      `${countText(uncertifiedQueries, 'query')} ${near}${lie} where the keys nearly vanish: ` +
      `the universal set alone cannot tell ${isOne ? 'its' : 'their'} heavy keys. ${isOne ? advice.replace('them', 'it') : advice}; ${where}`
    stats.warn('uncertified-queries', message)
  }
}

/** From so many queries on their sums over all keys are worth a word. */
const MANY_EXACT = 64

/**
 * Says from which size on estimates pay: where sums over many keys were made, and where estimates were asked of few. Between the sizes
 * both take about as long, and neither is advised against the other.
 */
export function warnOfScores(
  {
    scores,
    rowCount: n,
    mask,
    attention,
  }: Pick<AttentionProblem, 'scores' | 'rowCount' | 'mask' | 'attention'>,
  stats: RunStats,
): void {
  if (isQuadratic(attention) || mask.causal || mask.segment !== undefined) return
  const from = sizeWord(ESTIMATE_PAYS_FROM)
  if (scores === 'estimate' && n < ESTIMATE_EVEN_FROM)
    stats.warn(
      'estimate-small',
      `estimates pay from about ${from} keys on, and there are ${sizeWord(n)}: \`--scores exact\` takes about as long`,
    )
  if ((scores ?? 'exact') === 'exact' && n >= ESTIMATE_PAYS_FROM && stats.queriesExactPass >= MANY_EXACT)
    stats.warn(
      'estimate-pays',
      `${sizeWord(stats.queriesExactPass)} queries took sums over all ${sizeWord(n)} keys; from about ${from} keys on \`--scores estimate\` takes a fraction ` +
        'of that, and misses a pair with a probability of 1e-6 at most (docs/guarantees.md, "Estimates")',
    )
}

/** `1,234 queries`, `1 query`. */
function countText(count: number, noun: string): string {
  return `${sizeWord(count)} ${nounFor(count, noun)}`
}

function sizeWord(count: number): string {
  return String(count).replace(/(\d)(?=(\d{3})+$)/g, '$1,')
}

/** What would help queries that correctly rounded dots do not decide. */
export function beyondRange(attention: OfPower): string {
  const smaller = isQuadratic(attention) ? '' : 'take a smaller p, or '
  return `${smaller}their dots lie below what float64 holds beside the largest keys, so rescale the keys`
}

const MANY_BYTES = 8e9

/** Warns where large inputs were read more than once. */
export function warnOfBytes(sources: readonly MatrixSource[], stats: RunStats): void {
  const once = sources.reduce((sum, { rows, cols, element }) => sum + rows * rowBytes({ cols, element }), 0)
  if (stats.bytesRead < MANY_BYTES || stats.bytesRead < 1.5 * once) return
  const times = (stats.bytesRead / once).toFixed(1)
  const message = `the inputs were read ${times} times (${Number((stats.bytesRead / 1e9).toPrecision(3))} GB in all): this is faster where they lie on a local disk, or fit in memory`
  stats.warn('many-bytes', message)
}

/** To two digits, upwards. */
function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2))
}
