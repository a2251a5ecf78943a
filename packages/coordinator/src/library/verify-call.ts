import { tmpdir } from 'node:os'
import { extname } from 'node:path'
import {
  type HeavyPairReader,
  inflatedPairs,
  LevError,
  type MatrixSource,
  turnPairs,
  readingHeavyPairs,
  requireMatrix,
  requireText,
  type VisibilityOptions,
} from '@levattention/core/internal'
import { requireSameDim } from '../problem/problem-of.ts'
import type { SoftmaxPairsOptions } from '../problem/softmax-problem.ts'
import { byTurns } from '../tasks/by-turns.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { isAboutSoftmax } from '../verify/softmax-terms.ts'
import { verifySoftmax } from '../verify/softmax-verify.ts'
import { queriesOf, verifyFile } from '../verify/verify.ts'
import type { Difference } from '../verify/verify-judge.ts'
import { requireSameMask, seenAgreed } from '../problem/seen-rows.ts'
import type { CallOptions } from './call-options.ts'
import { seenKeys, seenQueries } from './seen-sources.ts'

/** Keys [n, d], queries [m, d] (|q.k|^p: without them the keys are the queries), and a file of their heavy pairs. */
export interface VerifySources {
  /** [n, d] */
  readonly keys: MatrixSource
  /** [m, d] */
  readonly queries?: MatrixSource
  /** A .npz, .ndjson or .csv; .csv.gz, .ndjson.gz or .parquet, which are turned into a temporary file first. */
  readonly heavy: string
}

/** What a file does not say of itself: a .npz tells all but its masks. What it does say is not to be contradicted. */
export interface VerifyOptions
  extends CallOptions, VisibilityOptions, Pick<SoftmaxPairsOptions, 'scale' | 'top' | 'precision'> {
  /** Of .ndjson and .csv; default 'power'. */
  readonly attention?: 'power' | 'softmax'
  /** Threshold of the file's pairs, of .ndjson and .csv. */
  readonly epsilon?: number
  /** Exponent of |q.k|^p, of .ndjson and .csv; default 2. */
  readonly p?: number
  /** 'positive': the file holds the pairs with q.k > 0 alone. */
  readonly sign?: 'both' | 'positive'
  /** How many queries are tried, drawn by `seed` (default 1); all by default. */
  readonly sample?: number
  /** Which queries; default 1. */
  readonly seed?: number
}

/** What brute force says of a file of pairs. */
export interface Verification {
  /** No pair is missed, extra or wrong. */
  readonly ok: boolean
  /** The first that is; after it the rest is not tried. */
  readonly difference?: Difference
  /** The file's attention, by name. */
  readonly attention: string
  /** Keys. */
  readonly n: number
  /** Queries. */
  readonly m: number
  /** Columns. */
  readonly d: number
  /** Queries that were tried. */
  readonly queriesVerified: number
  /** Pairs that were tried. */
  readonly pairs: number
  /** Queries that brute force cannot decide in float64's range. */
  readonly queriesBeyondRange: number
  /** |q.k|^p: of the queries that the file lists as undecided, those that were tried. */
  readonly uncertifiedQueries?: number
  /** How many of these lack heavy pairs. */
  readonly uncertifiedLacking?: number
  /** How many pairs they lack. */
  readonly uncertifiedMissed?: number
}

/** What is asked, the file open: to be closed. */
export interface VerifyAsked {
  readonly reader: HeavyPairReader
  readonly isSoftmax: boolean
  readonly keys: MatrixSource
  readonly queries: MatrixSource
  readonly queryIds: Float64Array
  /** The file, and what it was turned into. */
  close(): void
}

/** Throws Option, ShapeMismatch, Content, NotFound, CannotWrite, Aborted. */
export async function verifyAsked(sources: VerifySources, options: VerifyOptions): Promise<VerifyAsked> {
  const { keys, queries, heavy } = sources
  requireMatrix('keys', keys)
  if (queries !== undefined) requireMatrix('queries', queries)
  requireText('verify: heavy', heavy, "heavy: 'heavy.npz'")
  const turned = await turnPairs(heavy, tmpdir(), options.signal)
  let reader: HeavyPairReader | undefined
  const close = (): void => {
    reader?.close()
    turned?.remove()
  }
  try {
    const isArchive = extname(heavy) === '.npz'
    const inflated = isArchive ? await inflatedPairs(heavy, options.signal) : undefined
    reader = await byTurns(readingHeavyPairs(heavy, turned, inflated), options.signal)
    const isSoftmax = isAboutSoftmax(reader, options)
    if (isSoftmax && queries === undefined) {
      const message = `verify: queries are not given; ${heavy} is about softmax, whose queries are named, for a matrix with itself too`
      throw new LevError('Option', message, { option: 'queries' })
    }
    requireSameDim(keys, queries ?? keys)
    const queryIds = queriesOf((queries ?? keys).rows, options)
    const read = isSoftmax ? { keys, queries: queries ?? keys } : readOf(reader, keys, queries, options)
    return { reader, isSoftmax, ...read, queryIds, close }
  } catch (error) {
    close()
    throw error
  }
}

/** Keys and queries of |q.k|^p with zeros for the rows that took no part in `reader`'s file. Throws Option where the options differ from it. */
function readOf(
  { meta, path }: HeavyPairReader,
  keys: MatrixSource,
  queries: MatrixSource | undefined,
  options: VerifyOptions,
): Pick<VerifyAsked, 'keys' | 'queries'> {
  const { keyMask, queryMask } = options
  if (queries === undefined) requireQueriesGiven(options)
  const { keyRows, queryRows } = seenAgreed(meta, options, path)
  const seen = seenKeys(keys, { keyRows, keyMask })
  const asked = queries ? seenQueries(queries, { queryRows, queryMask }) : seen
  if (meta) {
    requireSameMask('key', keyMask, meta.keyMaskDigest, path)
    requireSameMask('query', asked.spec.seen, meta.queryMaskDigest, path)
  }
  return { keys: seen, queries: asked }
}

/** Throws Option where rows of queries are told that are the keys: these have options of their own. */
function requireQueriesGiven({ queryRows, queryMask }: VerifyOptions): void {
  if ((queryRows ?? queryMask) === undefined) return
  const option = queryRows === undefined ? 'queryMask' : 'queryRows'
  const message = `verify: \`${option}\` is about queries, and the keys are the queries: give queries as well, the same matrix twice for one with itself`
  throw new LevError('Option', message, { option })
}

export async function verifyCall(
  { reader, isSoftmax, keys, queries, queryIds }: VerifyAsked,
  options: VerifyOptions,
  context: RunContext,
): Promise<Verification> {
  const found = isSoftmax
    ? await verifySoftmax(reader, keys, queries, queryIds, options, context)
    : await verifyFile(reader, keys, queries, queryIds, options, context)
  const { difference, attention = '', queriesVerified, pairs, queriesBeyondRange } = found
  return {
    ok: difference === undefined,
    ...(difference === undefined ? {} : { difference }),
    attention,
    n: keys.rows,
    m: queries.rows,
    d: keys.cols,
    queriesVerified,
    pairs,
    queriesBeyondRange,
    ...('uncertifiedLacking' in found ? undecidedOf(found) : {}),
  }
}

function undecidedOf({
  uncertifiedQueries,
  uncertifiedLacking,
  uncertifiedMissed,
}: Pick<Verification, 'uncertifiedQueries' | 'uncertifiedLacking' | 'uncertifiedMissed'>) {
  return { uncertifiedQueries, uncertifiedLacking, uncertifiedMissed }
}
