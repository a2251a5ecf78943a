import { type HeavyPairReader, LevError, counted } from '@levattention/core/internal'
import { requireEpsilon } from '../levattention.ts'
import { requirePower } from '../plan.ts'
import type { Sign } from './search-pairs.ts'

/** What a file of heavy pairs claims to hold: every pair with at least this share, of this attention. */
export interface VerifyTerms {
  readonly epsilon: number
  readonly p: number
  readonly sign: Sign
}

/** What the options say, for files that do not say it themselves. */
export interface TermOptions {
  readonly epsilon?: number | undefined
  readonly p?: number | undefined
  readonly sign?: Sign | undefined
}

/**
 * The file's own meta where it has one, else the options. Throws Option (epsilon is in neither, or they contradict one
 * another), Content (a meta that this version cannot serve).
 */
export function termsOf(reader: HeavyPairReader, options: TermOptions): VerifyTerms {
  const { meta = {}, path } = reader
  const refuse = (found: string) =>
    new LevError('Content', `${path}: ${found}; this version verifies |q.k|^p attention without a mask`, {
      file: path,
    })
  if (meta.causal === true) throw refuse('it says causal')
  const epsilon = agreed('epsilon', path, numberIn(reader, 'epsilon'), options.epsilon)
  if (epsilon === undefined) {
    const message = `${path} does not say at which epsilon it was made; type it, as in --epsilon 0.01`
    throw new LevError('Option', message, { option: 'epsilon' })
  }
  requireEpsilon(epsilon)
  const p = agreed('p', path, numberIn(reader, 'p'), options.p) ?? 2
  requirePower(p)
  const said = meta.sign === 'positive' ? 'positive' : meta.sign === 'both' ? 'both' : undefined
  return { epsilon, p, sign: agreed('sign', path, said, options.sign) ?? 'both' }
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
