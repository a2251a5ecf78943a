import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Layout } from './layout.ts'
import type { PairFacts } from './pair-shape.ts'
import type { ScoreFacts } from './score-shape.ts'

/** Something may be missed: with probability `delta` at most, over the seeds of draws (estimates of row sums) or of sketches. */
export interface MissChance {
  readonly by: 'draws' | 'sketches'
  readonly delta: number
  /** Of the draws. */
  readonly seed?: number
}

/** What is known of one head, or of one matrix; what is not known is absent, and not drawn. */
export interface HeadReport {
  /** Flat, over the leading axes. */
  readonly index: number
  /** 'L0 h3', or the file. */
  readonly name: string
  readonly layer?: number
  readonly batch?: number
  /** Its place on the axis of heads. */
  readonly head?: number
  /** Rows of the keys, whether they take part or not. */
  readonly n: number
  /** How many of them take part; absent: all. */
  readonly keyCount?: number
  readonly m?: number
  readonly d?: number
  readonly p: number
  readonly epsilon: number
  readonly isCausal: boolean
  /** Of rows that weights scale: what they make up is a part of a weighted sum. */
  readonly isWeighted?: boolean
  /** What scores are; prefix: of each key among itself and the keys before it. */
  readonly kind: 'leverage' | 'bounds' | 'ridge' | 'prefix'
  readonly rank?: number
  /** By those who take differences below 1e-7 of the columns' size for rounding, where that is less. */
  readonly plainRank?: number
  readonly condition?: number
  /** |U| at epsilon. */
  readonly universalSize?: number
  readonly scores?: ScoreFacts
  /** Of a key outside U that could take epsilon; absent: there is none. */
  readonly setChance?: MissChance
  /** Of a heavy pair that is not listed; absent: there is none. untold: the file does not say how its scores were made. */
  readonly pairChance?: MissChance | 'untold'
  readonly power?: PairFacts
  readonly softmax?: PairFacts
  /** Pairs in both lists. */
  readonly sharedPairs?: number
  /** Queries of |q.k|^p that stayed undecided. */
  readonly uncertifiedQueries?: number
  readonly coverage?: HeadCoverage
  /** What the table calls the keys of the largest scores, where a column names rows. */
  readonly names?: ReadonlyMap<number, string>
  /** The keys with most softmax attention of all judged queries together, as many as `keep`; ascending. */
  readonly attended?: Float64Array
  /** Causal: by rule the queries that see none of the `keep` keys that it chooses, and hold their own. */
  readonly ownKey?: ReadonlyMap<string, number>
}

/** Whether it tells of |q·k|^p: of pairs, of U or of scores. */
export function isOfPower({ power, scores, universalSize }: HeadReport): boolean {
  return (power ?? scores ?? universalSize) !== undefined
}

/** Whether it tells of softmax: of pairs or of what selections hold. */
export function isOfSoftmax({ softmax, coverage }: HeadReport): boolean {
  return (softmax ?? coverage) !== undefined
}

/** What a number of a key is called: a score, or where it is only known to be at most so much a bound. */
export function scoreWord({ kind }: Pick<HeadReport, 'kind'>): 'score' | 'bound' {
  return kind === 'leverage' ? 'score' : 'bound'
}

/** Whether a bound can be far above the score: where it is no score, nor the largest share of queries at or after the key. */
export function isLoose({ kind, p }: Pick<HeadReport, 'kind' | 'p'>): boolean {
  return kind === 'bounds' || kind === 'ridge' || (kind === 'prefix' && p !== 2)
}

/** How many keys take part. */
export function keyCountOf({ n, keyCount = n }: HeadReport): number {
  return keyCount
}

/** All that a report says. */
export interface ReportFacts {
  /** Query heads, or matrices; at least one. */
  readonly heads: readonly HeadReport[]
  /** N: how many keys selections are compared at. */
  readonly keep: number
  readonly layout: Layout
  /** How far local keys reach, where some are looked at. */
  readonly local?: number
  /** A data address. */
  readonly picture?: string
  /** Judged queries of each head, drawn without replacement, of so many. */
  readonly sample?: { readonly rows: number; readonly of: number }
  /** 'row' of matrices without queries. */
  readonly noun: 'key' | 'row'
  /** What it is about, in a line. */
  readonly scope: string
  /** As it was typed. */
  readonly command: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
  readonly stages: readonly (readonly [name: string, seconds: number])[]
  readonly versions: readonly (readonly [name: string, value: string])[]
  readonly warnings: readonly string[]
  /** What was done on the way, and is nothing to be warned of. */
  readonly notes: readonly string[]
  /** Commands that write the pairs and try them, with the files that were named. */
  readonly triedBy?: readonly [run: string, verify: string]
  /** The command that writes the score of each row of the table that was named to leverage.csv. */
  readonly scoredBy?: string
  /** What is certain of U, and to what precision. */
  readonly guarantee: string
}

/** Epsilons at which |U| is counted beside the report's own: all of two digits from 1e-7 to 0.99. */
export const ROUND_EPSILONS: readonly number[] = [-8, -7, -6, -5, -4, -3, -2].flatMap((power) =>
  Array.from({ length: 90 }, (_, i) => Number(`${i + 10}e${power}`)),
)

/** A tenth of the keys: from here on a universal set saves a lot. */
export const SMALL_SHARE = 0.1

/** The least epsilon of two digits that leaves a tenth of the keys at most, and one at least; undefined where none does, or it is not known. */
export function helpingEpsilon({ n, sizes, floor }: ScoreFacts): number | undefined {
  return ROUND_EPSILONS.find((epsilon) => {
    const size = sizes.get(epsilon) ?? n
    return epsilon >= floor && size > 0 && size <= n * SMALL_SHARE
  })
}

/** Where no epsilon helps: the last that keeps keys, how many, and the next one, which keeps none; undefined where some are kept at each. */
export function fallOf({
  sizes,
  floor,
}: ScoreFacts): { readonly last: number; readonly size: number; readonly empty: number } | undefined {
  const at = ROUND_EPSILONS.findIndex((epsilon) => epsilon >= floor && sizes.get(epsilon) === 0)
  const size = sizes.get(ROUND_EPSILONS[at - 1]) ?? 0
  return at < 1 || size === 0 ? undefined : { last: ROUND_EPSILONS[at - 1], size, empty: ROUND_EPSILONS[at] }
}
