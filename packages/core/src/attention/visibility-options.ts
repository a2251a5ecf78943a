import { shown } from '../arguments/kind-of.ts'
import { optionText, type OptionName } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import type { Visibility } from './visibility.ts'

/** Which keys a query of softmax may see; the names are those of the options. */
export interface VisibilityOptions {
  /** Query i sees keys up to its own position, queryStart + i. */
  readonly causal?: boolean | undefined
  /** Default 0; has to be given where there are not as many queries as keys. */
  readonly queryStart?: number | undefined
  /** Rows [c W, (c+1) W) are a K and a Q of their own. */
  readonly segment?: number | undefined
  /** With `causal`: query i sees the last so many keys up to its own position. */
  readonly slidingWindow?: number | undefined
  /** The keys [rowStart, rowEnd) that take part; ids and positions stay the matrix's. */
  readonly keyRows?: RowRange | undefined
  /** The queries [rowStart, rowEnd) that are answered. */
  readonly queryRows?: RowRange | undefined
  /** [n], of 0 and 1, as a file's: 0 = seen by no query. */
  readonly keyMask?: Uint8Array | undefined
  /** [m], of 0 and 1: 0 = sees nothing. */
  readonly queryMask?: Uint8Array | undefined
}

interface Shape {
  /** n */
  readonly keyCount: number
  /** m */
  readonly queryCount: number
  /** Positions count without a mask as well: for local keys. Query i then stands at key i by default, or beyond all keys. */
  readonly usesPositions?: boolean
}

/**
 * What queries [m, d] see of keys [n, d]. Throws Option where positions are not said or reach beyond the keys, where options
 * exclude one another, and where ranges and masks do not fit the rows.
 */
export function visibilityOf(options: VisibilityOptions, shape: Shape): Visibility {
  const { causal = false, segment, slidingWindow, keyRows, queryRows, keyMask, queryMask } = options
  const { keyCount, queryCount } = shape
  requireCuts(options)
  requireRowRange('keyRows', keyRows, keyCount, 'key')
  requireRowRange('queryRows', queryRows, queryCount, 'query')
  requireRowMask('keyMask', keyMask, keyCount, 'key')
  requireRowMask('queryMask', queryMask, queryCount, 'query')
  const queryStart = startOf(options, shape)
  return {
    causal,
    queryStart,
    ...(segment === undefined ? {} : { segment }),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    ...(keyRows === undefined ? {} : { keyRows }),
    ...(queryRows === undefined ? {} : { queryRows }),
    ...(keyMask === undefined ? {} : { keyMask }),
    ...(queryMask === undefined ? {} : { queryMask }),
  }
}

/** Throws Option where windows and segments are none, or exclude one another. */
function requireCuts({ causal, segment, slidingWindow }: VisibilityOptions): void {
  if (segment !== undefined) requireCount('segment', segment, 1)
  if (slidingWindow === undefined) return
  requireCount('slidingWindow', slidingWindow, 1)
  if (!causal) {
    const message = `${optionText('slidingWindow')} is of queries that see the keys up to their own: add ${optionText('causal', true)}`
    throw new LevError('Option', message, { option: 'slidingWindow' })
  }
  if (segment === undefined) return
  const message = `${optionText('slidingWindow')} and ${optionText('segment')} both say where a query stops seeing; give one of them`
  throw new LevError('Option', message, { option: 'slidingWindow' })
}

function startOf({ causal, segment, queryStart }: VisibilityOptions, shape: Shape): number {
  const { keyCount, queryCount, usesPositions = false } = shape
  if (!causal && segment === undefined) {
    if (queryStart === undefined) return 0
    if (usesPositions) return requireCount('queryStart', queryStart, 0)
    const message = `${optionText('queryStart')} says where queries stand among the keys, and every query sees all keys; leave it out, or add ${optionText('causal', true)}`
    throw new LevError('Option', message, { option: 'queryStart' })
  }
  if (queryStart === undefined) return impliedStart(shape)
  requireCount('queryStart', queryStart, 0)
  if (queryStart + queryCount <= keyCount) return queryStart
  const last = queryStart + queryCount - 1
  const message = `${optionText('queryStart', queryStart)} puts the last of ${counted(queryCount, 'query')} at row ${last}, and there are ${counted(keyCount, 'key')}`
  throw new LevError('Option', message, { option: 'queryStart' })
}

/** As many queries as keys: query i stands at key i. */
function impliedStart({ keyCount, queryCount }: Shape): number {
  if (queryCount === keyCount || queryCount === 0) return 0
  const found = `${counted(queryCount, 'query')} and ${counted(keyCount, 'key')}: only where both are as many does query i stand at key i by itself`
  const behind = keyCount - queryCount
  const advice =
    behind > 0
      ? `say where the first stands: ${optionText('queryStart', 0)} (as PyTorch takes it) or ${optionText('queryStart', behind)} (the last ones: decoding, flash-attn from 2.1 on)`
      : 'give queries that stand at one of the keys each'
  throw new LevError('Option', `${found}; ${advice}`, { option: 'queryStart' })
}

/** Throws Option where `range` is none of `count` rows, each `what` (key, query). */
export function requireRowRange(
  option: OptionName,
  range: RowRange | undefined,
  count: number,
  what: string,
): void {
  if (range === undefined) return
  const { rowStart, rowEnd } = Object(range) as Partial<RowRange>
  if (isCount(rowStart) && isCount(rowEnd) && rowStart < rowEnd && rowEnd <= count) return
  const found =
    rowStart === undefined || rowEnd === undefined ? otherRange(range) : rowsText(rowStart, rowEnd)
  const advice =
    count === 0
      ? 'leave it out'
      : `give rows among them, as in ${optionText(option, meantRange(range, count) ?? { rowStart: 0, rowEnd: count })}`
  const message = `${optionText(option)} is ${found}, and there are ${counted(count, what)}; ${advice}`
  throw new LevError('Option', message, { option })
}

/** What is no range: a list of two ends as it was typed. */
function otherRange(given: unknown): string {
  const isShort = Array.isArray(given) && given.length <= 3
  return isShort
    ? `[${given.map(shown).join(', ')}], which is no object of rowStart and rowEnd`
    : shown(given)
}

function rowsText(rowStart: unknown, rowEnd: unknown): string {
  return `${shown(rowStart)}:${shown(rowEnd)}`
}

/** What [a, b] or 'a:b' would be as a range of `count` rows; undefined where it is none of them. */
function meantRange(given: unknown, count: number): RowRange | undefined {
  const ends: readonly unknown[] = Array.isArray(given) ? given : textEnds(given)
  const [rowStart, rowEnd, ...others] = ends
  const isRange = isCount(rowStart) && isCount(rowEnd) && rowStart < rowEnd && rowEnd <= count
  return isRange && others.length === 0 ? { rowStart, rowEnd } : undefined
}

/** Of 'a:b', as the command takes it. */
function textEnds(given: unknown): number[] {
  return typeof given === 'string' && /^\d+:\d+$/.test(given) ? given.split(':').map(Number) : []
}

/** Throws Option where `mask` is no 0 or 1 for each of `count` rows, each `what` (key, query). */
export function requireRowMask(
  option: OptionName,
  mask: Uint8Array | undefined,
  count: number,
  what: string,
): void {
  if (mask === undefined) return
  if (!(mask instanceof Uint8Array)) {
    const message = `${optionText(option)} must be a Uint8Array of a number a row, 0 = not seen`
    throw new LevError('Option', message, { option })
  }
  if (mask.length !== count) {
    const message = `${optionText(option)} has ${counted(mask.length, 'number')}, and there are ${counted(count, what)}; it needs one of each`
    throw new LevError('Option', message, { option })
  }
  const other = mask.findIndex((entry) => entry > 1)
  if (other < 0) return
  const message = `entry ${other} of ${optionText(option)} is ${mask[other]}; a mask is of 0 and 1, where 1 is seen`
  throw new LevError('Option', message, { option })
}

function requireCount(option: OptionName, value: number, least: number): number {
  if (isCount(value) && value >= least) return value
  const message = `${optionText(option)} is ${shown(value)}; it must be a whole number of at least ${least}`
  throw new LevError('Option', message, { option })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
