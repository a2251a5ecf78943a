import { isEpsilon, LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { ANY_POWER, isPower, isQuadratic } from '../attention/attention.ts'
import type { HeaderRecord, HeaderValue } from '../lev/canonical.ts'
import type { HeavyShape } from './heavy-pairs.ts'

/** The version that this program writes; a reader checks it before the rest. */
export const HEAVY_FORMAT_VERSION = 1

/** What the `meta` of a heavy .npz may say (docs/formats.md), each field of its kind and in its range; others are kept. */
export type HeavyMeta = HeaderRecord & {
  readonly attention?: string
  readonly p?: number
  readonly epsilon?: number
  readonly causal?: boolean
  readonly queryStart?: number
  readonly segment?: number
  readonly sign?: 'both' | 'positive'
  readonly scores?: 'interval' | 'estimate'
  /** Of an estimate: the chance that a pair is missed, and the seed of its draws. */
  readonly delta?: number
  readonly seed?: number
  readonly n?: number
  readonly d?: number
  readonly m?: number
  /** Ranges [first, end) of row ids that U was made of, where these are not 0 to n - 1. */
  readonly rows?: readonly (readonly [number, number])[]
  /** Softmax: z = scale <q, k>; the largest so many of a row; what queries see. */
  readonly scale?: number
  readonly top?: number
  readonly precision?: 'f32' | 'f64'
  readonly slidingWindow?: number
  readonly keyRows?: readonly [number, number]
  readonly queryRows?: readonly [number, number]
  /** SHA-256 of a 0 or 1 a row. */
  readonly keyMaskDigest?: string
  readonly queryMaskDigest?: string
}

/** Whether scores are shares of softmax attention. */
export function isSoftmax({ attention }: HeavyMeta): boolean {
  return attention === 'softmax'
}

/** Whether the Gram tells scores, which then have no ends, and shares of mass: p = 2. */
export function isOfGram({ p }: HeavyMeta): boolean {
  return p !== undefined && isQuadratic({ p })
}

/** Lists of ranges are the deepest. */
const LARGEST_DEPTH = 2

interface Rule {
  readonly what: string
  readonly holds: (value: HeaderValue) => boolean
}

const COUNT: Rule = { what: 'a whole number from 0 on', holds: (value) => isCount(value) }
const POSITIVE_COUNT: Rule = {
  what: 'a whole number from 1 on',
  holds: (value) => isCount(value) && value > 0,
}
const SHARE: Rule = {
  what: 'a number in (0, 1]',
  holds: (value) => isNumber(value) && value > 0 && value <= 1,
}

const RANGE: Rule = {
  what: 'a range [first, end) of rows',
  holds: (value) => Array.isArray(value) && areRanges([value as HeaderValue]),
}
const DIGEST: Rule = {
  what: 'a SHA-256',
  holds: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
}

const RULES: Readonly<Record<string, Rule>> = {
  attention: { what: 'a text', holds: (value) => typeof value === 'string' },
  p: { what: ANY_POWER, holds: isPower },
  epsilon: {
    what: `a number from ${LEAST_EPSILON} to 1`,
    holds: isEpsilon,
  },
  delta: SHARE,
  causal: { what: 'true or false', holds: (value) => typeof value === 'boolean' },
  sign: { what: '"both" or "positive"', holds: (value) => value === 'both' || value === 'positive' },
  method: { what: '"exact" or "sketch"', holds: (value) => value === 'exact' || value === 'sketch' },
  scores: {
    what: '"exact", "interval" or "estimate"',
    holds: (value) => value === 'exact' || value === 'interval' || value === 'estimate',
  },
  seed: COUNT,
  queryStart: COUNT,
  segment: POSITIVE_COUNT,
  n: COUNT,
  m: COUNT,
  d: POSITIVE_COUNT,
  head: COUNT,
  keyHead: COUNT,
  scale: {
    what: 'a number above 0',
    holds: (value) => isNumber(value) && value > 0,
  },
  top: POSITIVE_COUNT,
  precision: { what: '"f32" or "f64"', holds: (value) => value === 'f32' || value === 'f64' },
  slidingWindow: POSITIVE_COUNT,
  keyRows: RANGE,
  queryRows: RANGE,
  keyMaskDigest: DIGEST,
  queryMaskDigest: DIGEST,
  rows: {
    what: 'a list of ranges [first, end) of row ids, ascending and apart',
    holds: (value) => areRanges(value),
  },
}

/** What is wrong with `meta` beside a matrix of `shape`; undefined where nothing is. */
export function metaComplaint(meta: HeaderRecord, { n, m }: HeavyShape): string | undefined {
  const { formatVersion = HEAVY_FORMAT_VERSION } = meta
  if (formatVersion !== HEAVY_FORMAT_VERSION)
    return `it is of format version ${shown(formatVersion)}, and this levattention reads version ${HEAVY_FORMAT_VERSION}`
  for (const [name, { what, holds }] of Object.entries(RULES)) {
    if (Object.hasOwn(meta, name) && !holds(meta[name]))
      return `it says ${name} = ${shown(meta[name])}, which is not ${what}`
  }
  const nested = Object.keys(meta).find((name) => !isFlat(meta[name], LARGEST_DEPTH))
  if (nested !== undefined) return `its field ${shown(nested)} is nested deeper than any of ours`
  const said = meta as HeavyMeta
  if (isSoftmax(said) && (said.scale === undefined || said.p !== undefined))
    return `it is about softmax, and ${said.p === undefined ? 'says no scale' : `says p = ${said.p}`}`
  const ranges = said.rows ?? (said.n === undefined ? [] : [[0, said.n] as const])
  const end = ranges.at(-1)?.[1] ?? n
  const count = ranges.reduce((sum, [first, last]) => sum + last - first, 0)
  if (end !== n) return `its row ids end at ${end}, and the matrix has ${n} columns`
  if (said.n !== undefined && said.n !== count) return `it says n = ${said.n}, and its rows are ${count}`
  if (said.m !== undefined && said.m !== m) return `it says m = ${said.m}, and the matrix has ${m} rows`
  const { causal = false, segment, queryStart = 0 } = said
  const isMasked = causal || segment !== undefined
  if (!isMasked && queryStart > 0) return `it says queryStart = ${queryStart}, and every query sees all keys`
  if (isMasked && m > 0 && queryStart + m > n)
    return `its last query stands at key ${queryStart + m - 1}, and there are ${n}`
  return undefined
}

/** As a message shows it, whatever it is. */
function shown(value: HeaderValue): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return typeof value === 'object' && value !== null ? 'a list or map' : String(value)
}

function isFlat(value: HeaderValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner: HeaderValue) => isFlat(inner, levels - 1))
}

function isNumber(value: HeaderValue): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isCount(value: HeaderValue): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function areRanges(value: HeaderValue): boolean {
  if (!Array.isArray(value)) return false
  let last = 0
  return (value as readonly HeaderValue[]).every((range) => {
    if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount)) return false
    const [first, end] = range as [number, number]
    const follows = first >= last && end > first
    last = end
    return follows
  })
}
