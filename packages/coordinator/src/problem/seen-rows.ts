import { createHash } from 'node:crypto'
import {
  type MatrixSource,
  type HeaderRecord,
  type KeyRecord,
  LevError,
  optionText,
  type RowMask,
  type RowRange,
  seenCount,
  type SeenRows,
} from '@levattention/core/internal'
import type { VisibilityFiles } from './visibility-options.ts'

/** Which rows of keys and queries take part; masks are files. */
export type SeenFiles = Pick<VisibilityFiles, 'keyRows' | 'queryRows' | 'keyMaskFile' | 'queryMaskFile'>

/** Of the keys alone. */
export type SeenKeyFiles = Pick<SeenFiles, 'keyRows' | 'keyMaskFile'>

/** What a summary says of them, beside all heads' and batches' masked rows. */
export interface SeenFacts {
  readonly keyRows?: readonly [first: number, end: number]
  readonly queryRows?: readonly [first: number, end: number]
  readonly keysHidden?: number
  /** Batches over which hidden rows are counted, where there are several. */
  readonly hiddenBatches?: number
  readonly queriesHidden?: number
  /** Rows with a missing value that take no part; absent where none are to be dropped. */
  readonly keysDropped?: number
  readonly queriesDropped?: number
  /** How many rows take part, of each head; absent where all do, or where batches have masks of their own. */
  readonly keysSeen?: number
  readonly queriesSeen?: number
}

/** Rows of one side, and which of them are left out. */
interface SideRows {
  readonly rows: number
  readonly within?: RowRange | undefined
  readonly mask?: Pick<RowMask, 'batches' | 'seen'> | undefined
}

/** How many rows of keys and queries take part, where some do not. */
export function seenCounts(
  keys: SideRows | undefined,
  queries: SideRows | undefined,
): Pick<SeenFacts, 'keysSeen' | 'queriesSeen'> {
  const [keysSeen, queriesSeen] = [keys, queries].map((side) => side && countSeen(side))
  return {
    ...(keysSeen === undefined ? {} : { keysSeen }),
    ...(queriesSeen === undefined ? {} : { queriesSeen }),
  }
}

/** What a summary says of rows that masks hide, in all batches together. */
export function hiddenFacts({
  keyMask,
  queryMask,
}: {
  readonly keyMask?: Pick<RowMask, 'hiddenCount' | 'batches'> | undefined
  readonly queryMask?: Pick<RowMask, 'hiddenCount' | 'batches'> | undefined
}): Pick<SeenFacts, 'keysHidden' | 'queriesHidden' | 'hiddenBatches'> {
  const batches = Math.max(keyMask?.batches ?? 1, queryMask?.batches ?? 1)
  return {
    ...(keyMask ? { keysHidden: keyMask.hiddenCount } : {}),
    ...(queryMask ? { queriesHidden: queryMask.hiddenCount } : {}),
    ...(batches > 1 ? { hiddenBatches: batches } : {}),
  }
}

/** Of what a summary says, the rows that were dropped. */
export function droppedFacts({
  keysDropped,
  queriesDropped,
}: SeenFacts): Pick<SeenFacts, 'keysDropped' | 'queriesDropped'> {
  return {
    ...(keysDropped === undefined ? {} : { keysDropped }),
    ...(queriesDropped === undefined ? {} : { queriesDropped }),
  }
}

/** How many of the rows of `matrix` take part, where some do not. */
export function keysSeenOf({ spec, rows }: Pick<MatrixSource, 'spec' | 'rows'>): {
  readonly keysSeen?: number
} {
  return (spec.seen ?? spec.within) === undefined ? {} : { keysSeen: seenCount(spec, rows) }
}

function countSeen({ rows, within, mask }: SideRows): number | undefined {
  if ((within ?? mask) === undefined || (mask && mask.batches > 1)) return undefined
  return seenCount({ within, seen: mask?.seen(0) }, rows)
}

/**
 * `options` whose inputs are read with zeros in place of rows that do not take part: |q.k|^p of a zero row is 0, so it weighs nothing,
 * and ids and positions stay the file's. Softmax of a zero is not 0: it masks by itself.
 */
export function withSeen<
  Options extends SeenFiles & { readonly attention?: 'power' | 'softmax' | undefined },
>(options: Options): Options & { readonly seen?: SeenFiles } {
  return options.attention === 'softmax' ? options : { ...options, seen: options }
}

/** A matrix, or what else may know which of its rows are read. */
interface Read {
  readonly spec?: SeenRows | undefined
}

/** What a file of pairs says of the rows that were read. */
export function seenHeader(keys: Read | undefined, queries: Read | undefined): HeaderRecord {
  const query = queries && keyRecordOf(queries)
  return {
    ...(keys ? { ...keyRecordOf(keys) } : {}),
    ...(query?.keyRows ? { queryRows: query.keyRows } : {}),
    ...(query?.keyMaskDigest === undefined ? {} : { queryMaskDigest: query.keyMaskDigest }),
  }
}

/** What a universal set's file says of them. */
export function keyRecordOf({ spec: { seen, within } = {} }: Read): KeyRecord {
  return {
    ...(within ? { keyRows: [within.rowStart, within.rowEnd] as const } : {}),
    ...(seen ? { keyMaskDigest: maskDigest(seen) } : {}),
  }
}

/** What a mask says, whatever file it came from: SHA-256 of a 0 or 1 a row. */
export function maskDigest(mask: Uint8Array): string {
  return createHash('sha256')
    .update(mask.map((seen) => (seen === 0 ? 0 : 1)))
    .digest('hex')
}

/** Throws Option where rows of queries are told that are the keys: these have options of their own. */
export function requireQueriesSeen(options: SeenFiles & { readonly queries?: readonly string[] }): void {
  const { queries = [], queryRows, queryMaskFile } = options
  if (queries.length > 0 || (queryRows ?? queryMaskFile) === undefined) return
  const option = queryRows === undefined ? 'query-mask' : 'query-rows'
  const message = `--${option} is about queries, and the keys are the queries: name them with --queries, the same file twice for a matrix with itself`
  throw new LevError('Option', message, { option })
}

/** What a file says of the rows that took part. */
interface SaidRows {
  readonly keyRows?: readonly [number, number] | undefined
  readonly queryRows?: readonly [number, number] | undefined
}

/**
 * Which rows a file at `path` was made of, masks aside: `said` by itself, and then by nothing else, or by the options. Throws Option where
 * these contradict it.
 */
export function seenAgreed(said: SaidRows | undefined, given: SeenFiles, path: string): SeenFiles {
  const rowsOf = (name: 'keyRows' | 'queryRows'): RowRange | undefined => {
    const [inFile, own] = [said?.[name], given[name]]
    if (said === undefined) return own
    const range = inFile && { rowStart: inFile[0], rowEnd: inFile[1] }
    if (own === undefined || textOf(own) === textOf(range)) return range
    const option = optionText(name)
    const message = `${option} is ${textOf(own)}, but ${path} says ${textOf(range)}; leave ${option} out`
    throw new LevError('Option', message, { option: name })
  }
  return { ...given, keyRows: rowsOf('keyRows'), queryRows: rowsOf('queryRows') }
}

function textOf(range: RowRange | undefined): string {
  return range === undefined ? 'none' : `${range.rowStart}:${range.rowEnd}`
}

/** Throws Option where a mask is not the one that `path` tells the digest of. */
export function requireSameMask(
  of: 'key' | 'query',
  mask: Uint8Array | undefined,
  digest: string | undefined,
  path: string,
  otherwise = '',
): void {
  if ((mask && maskDigest(mask)) === digest) return
  const option = `${of}Mask` as const
  const name = optionText(option)
  const message =
    mask === undefined
      ? `${path} was made with a mask of the ${of === 'key' ? 'keys' : 'queries'}, and holds its digest alone: give the mask again, by ${name}${otherwise}`
      : digest === undefined
        ? `${name} is given, but ${path} says none; leave ${name} out`
        : `${name} hides other rows than the mask that ${path} was made with: give that one`
  throw new LevError('Option', message, { option })
}
