import {
  type HeavyPairReader,
  LevError,
  type MatrixSource,
  optionText,
  attentionName,
  attentionOf,
  counted,
} from '@levattention/core/internal'
import { requireEpsilon } from '../plan/plan.ts'
import { type AttentionProblem, type ProblemOptions, readsAllKeys } from '../problem/attention-problem.ts'
import type { MaskOptions } from '../problem/mask-options.ts'
import { problemOf } from '../problem/problem-of.ts'
import { agreed } from './verify-agreed.ts'

/** What the options say, for files that do not say it themselves. */
export type TermOptions = Omit<ProblemOptions, 'keep' | 'scores'>

/**
 * The problem that a file of heavy pairs claims to answer: by its own meta where it has one, else by the options. Throws Option (epsilon is in neither, or they contradict one
 * another), Content (a meta that this version cannot serve).
 */
export function termsOf(
  reader: HeavyPairReader,
  options: TermOptions,
  keys: MatrixSource,
  queries: MatrixSource,
): AttentionProblem<MatrixSource, MatrixSource> {
  const { meta = {}, path, hasIntervals } = reader
  const epsilon = agreed('epsilon', path, meta.epsilon, options.epsilon)
  if (epsilon === undefined) {
    const softmax =
      meta.attention === undefined
        ? `. If its pairs are of softmax, add ${optionText('attention', 'softmax')} as well`
        : ''
    const message = `${path} does not say at which epsilon it was made; say it, as in ${optionText('epsilon', 0.01)}${softmax}`
    throw new LevError('Option', message, { option: 'epsilon' })
  }
  requireEpsilon(epsilon)
  const attention = attentionOf(agreed('p', path, meta.p, options.p))
  const { p } = attention
  const name = attentionName(attention)
  if (meta.attention !== undefined && meta.attention !== name) {
    const found = `${path} is about the attention ${JSON.stringify(meta.attention)}`
    throw new LevError('Content', `${found}; what can be tried here is ${name}`, { file: path })
  }
  if (hasIntervals && !readsAllKeys({ scores: 'exact', p })) {
    const message = `${path} has scoreLow and scoreHigh, and scores of p = 2 are exact; where it was made with another p, say ${optionText('p')}`
    throw new LevError('Content', message, { file: path })
  }
  const sign = agreed('sign', path, meta.sign, options.sign) ?? 'both'
  return problemOf({ ...maskTerms(reader, options), epsilon, p, sign }, keys, queries)
}

/** A meta says causal or not; the mask's numbers are in it where they apply. */
function maskTerms(reader: HeavyPairReader, options: TermOptions): MaskOptions {
  const { meta, path } = reader
  // A flag that is not given says nothing.
  const causal = agreed('causal', path, meta?.causal, options.causal || undefined)
  const segment = agreed('segment', path, meta?.segment, options.segment)
  // Files leave out what is not so: one that tells of causal tells of its segments too.
  if (
    causal !== undefined &&
    meta?.segment === undefined &&
    options.segment !== undefined &&
    meta !== undefined
  ) {
    const message = `${optionText('segment')} is ${options.segment}, but ${path} says none; leave ${optionText('segment')} out`
    throw new LevError('Option', message, { option: 'segment' })
  }
  // Files leave out a start of 0.
  const isMasked = meta !== undefined && (causal === true || segment !== undefined)
  const inFile = meta?.queryStart ?? (isMasked ? 0 : undefined)
  return { causal, segment, queryStart: agreed('queryStart', path, inFile, options.queryStart) }
}

/** Throws Content where the file is about keys of another shape than [n, d], or other queries than m, or a part of the keys. */
export function requireShapeOf(reader: HeavyPairReader, n: number, m: number, d: number): void {
  const { shape, path, meta } = reader
  const refuse = (found: string): never => {
    const message = `${path} is about ${found}. Name the inputs that it was made from`
    throw new LevError('Content', message, { file: path })
  }
  if (meta?.rows !== undefined) {
    const ranges = meta.rows.slice(0, 3).map(([first, end]) => `${first} to ${end - 1}`)
    const rows = meta.rows.length > 3 ? [...ranges, '...'] : ranges
    const message = `${path} is about keys ${rows.join(', ')} alone; what can be tried is a file about all keys`
    throw new LevError('Content', message, { file: path })
  }
  const sizes = (queries: number, keys: number) => `${counted(queries, 'query')} and ${counted(keys, 'key')}`
  if (shape !== undefined && (shape.n !== n || shape.m !== m))
    refuse(`${sizes(shape.m, shape.n)}; given are ${sizes(m, n)}`)
  if (meta?.d !== undefined && meta.d !== d)
    refuse(`keys of ${counted(meta.d, 'column')}; those given have ${d}`)
}
