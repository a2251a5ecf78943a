import { type AttentionMask, type HeavyPairReader, LevError, counted } from '@levattention/core/internal'
import { requireEpsilon } from '../levattention.ts'
import { requirePower } from '../plan.ts'
import { type MaskOptions, maskOf } from './mask.ts'
import type { Sign } from './search-pairs.ts'

/** What a file of heavy pairs claims to hold: every pair with at least this share, of this attention. */
export interface VerifyTerms {
  readonly epsilon: number
  readonly p: number
  readonly sign: Sign
  readonly mask: AttentionMask
}

/** What the options say, for files that do not say it themselves. */
export interface TermOptions extends MaskOptions {
  readonly epsilon?: number | undefined
  readonly p?: number | undefined
  readonly sign?: Sign | undefined
}

/**
 * The file's own meta where it has one, else the options. Throws Option (epsilon is in neither, or they contradict one
 * another), Content (a meta that this version cannot serve).
 */
export function termsOf(
  reader: HeavyPairReader,
  options: TermOptions,
  keyCount: number,
  queryCount: number,
): VerifyTerms {
  const { meta = {}, path } = reader
  const epsilon = agreed('epsilon', path, numberIn(reader, 'epsilon'), options.epsilon)
  if (epsilon === undefined) {
    const message = `${path} does not say at which epsilon it was made; type it, as in --epsilon 0.01`
    throw new LevError('Option', message, { option: 'epsilon' })
  }
  requireEpsilon(epsilon)
  const p = agreed('p', path, numberIn(reader, 'p'), options.p) ?? 2
  requirePower(p)
  const said = meta.sign === 'positive' ? 'positive' : meta.sign === 'both' ? 'both' : undefined
  const sign = agreed('sign', path, said, options.sign) ?? 'both'
  return { epsilon, p, sign, mask: maskOf(maskTerms(reader, options), keyCount, queryCount) }
}

/** A meta says causal or not; the mask's numbers are in it where they apply. */
function maskTerms(reader: HeavyPairReader, options: TermOptions): MaskOptions {
  const { meta, path } = reader
  // A flag that is not given says nothing.
  const causal = agreed('causal', path, booleanIn(reader, 'causal'), options.causal || undefined)
  const segment = agreed('segment', path, numberIn(reader, 'segment'), options.segment)
  // Files leave out what is not so: one that tells of causal tells of its segments too.
  if (
    causal !== undefined &&
    meta?.segment === undefined &&
    options.segment !== undefined &&
    meta !== undefined
  ) {
    const message = `--segment is ${options.segment}, but ${path} says none; leave --segment out`
    throw new LevError('Option', message, { option: 'segment' })
  }
  // Files leave out a start of 0.
  const isMasked = meta !== undefined && (causal === true || segment !== undefined)
  const inFile = numberIn(reader, 'queryStart') ?? (isMasked ? 0 : undefined)
  return { causal, segment, queryStart: agreed('query-start', path, inFile, options.queryStart) }
}

/** Throws Content where the file says another shape than keys [n, d] and queries [m, d] have. */
export function requireShapeOf(reader: HeavyPairReader, n: number, m: number): void {
  const { shape, path } = reader
  if (shape === undefined || (shape.n === n && shape.m === m)) return
  const found = `${path} is about ${counted(shape.m, 'query')} and ${counted(shape.n, 'key')}; given are ${counted(m, 'query')} and ${counted(n, 'key')}`
  throw new LevError('Content', `${found}. Name the inputs that it was made from`, { file: path })
}

function agreed<T>(option: string, path: string, inFile: T | undefined, given: T | undefined): T | undefined {
  if (inFile === undefined || given === undefined || inFile === given) return inFile ?? given
  const message = `--${option} is ${String(given)}, but ${path} says ${String(inFile)}; leave --${option} out`
  throw new LevError('Option', message, { option })
}

function booleanIn({ meta, path }: HeavyPairReader, name: string): boolean | undefined {
  const value = meta?.[name]
  if (value === undefined || typeof value === 'boolean') return value
  const message = `${path}: its meta says ${name} = ${JSON.stringify(value)}, which is neither true nor false`
  throw new LevError('Content', message, { file: path })
}

function numberIn({ meta, path }: HeavyPairReader, name: string): number | undefined {
  const value = meta?.[name]
  if (value === undefined) return undefined
  if (typeof value === 'number') return value
  throw new LevError(
    'Content',
    `${path}: its meta says ${name} = ${JSON.stringify(value)}, which is no number`,
    {
      file: path,
    },
  )
}
