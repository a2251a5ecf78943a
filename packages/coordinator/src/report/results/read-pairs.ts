import { type HeavyPairReader, LevError, optionText, readHeavyPairs } from '@levattention/core/internal'
import type { MissChance } from '../facts/report-facts.ts'
import { type PairFacts, PairShape } from '../facts/pair-shape.ts'
import { sharedPairs } from './shared-pairs.ts'

/** What a file of heavy pairs says, and of which head. */
export interface ReadPairs {
  readonly path: string
  readonly facts: PairFacts
  readonly p: number
  readonly d?: number
  readonly isCausal: boolean
  /** Of a run of several heads: its query head. */
  readonly head?: number
  readonly uncertifiedQueries: number
  /** As of a head. */
  readonly chance?: MissChance | 'untold'
}

/** What the options say of pairs whose file does not: SciPy saves the matrix alone. */
export interface SaidOfPairs {
  readonly attention?: 'power' | 'softmax' | undefined
  readonly epsilon?: number | undefined
  readonly p?: number | undefined
}

/**
 * The pairs of the .npz at `path`, whose meta, or else `said`, says what they are. Throws NotFound, Content, Option (neither tells the
 * epsilon, or they contradict one another).
 */
export function readPairs(path: string, said: SaidOfPairs = {}): ReadPairs {
  const reader = readHeavyPairs(path)
  try {
    const { meta = {}, shape = { n: 0, m: 0 } } = reader
    const { epsilon = epsilonSaid(reader, said), causal = false, d, head } = meta
    const attention = attentionOf(reader, said)
    const p = meta.p ?? said.p ?? 2
    const found = new PairShape({
      attention,
      epsilon,
      n: shape.n,
      m: shape.m,
    })
    for (const batch of reader.batches()) found.add(batch)
    return {
      path,
      facts: found.facts(),
      p,
      ...(d !== undefined && { d }),
      isCausal: causal,
      ...(typeof head === 'number' && { head }),
      uncertifiedQueries: reader.uncertified?.length ?? 0,
      ...chanceOf(reader, attention, p),
    }
  } finally {
    reader.close()
  }
}

/** SciPy saves the matrix alone: of p other than 2 its scores may have been estimates. */
function chanceOf(
  { meta, isEstimate }: HeavyPairReader,
  attention: 'power' | 'softmax',
  p: number,
): Pick<ReadPairs, 'chance'> {
  if (attention === 'softmax') return {}
  const { method, delta, seed } = meta ?? {}
  if (meta === undefined) return p === 2 ? {} : { chance: 'untold' }
  if (isEstimate || meta.scores === 'estimate') {
    // Of ours without a delta nothing was drawn.
    if (delta === undefined) return meta.scores === 'estimate' ? {} : { chance: 'untold' }
    return { chance: { by: 'draws', delta, ...(seed !== undefined && { seed }) } }
  }
  return method === 'sketch' ? { chance: { by: 'sketches', delta: delta ?? 1 } } : {}
}

function attentionOf({ meta, path }: HeavyPairReader, said: SaidOfPairs): 'power' | 'softmax' {
  if (meta?.attention === undefined) return said.attention ?? 'power'
  const inFile = meta.attention === 'softmax' ? 'softmax' : 'power'
  if (said.attention === undefined || said.attention === inFile) return inFile
  const message = `${optionText('attention')} is ${said.attention}, but ${path} is about ${meta.attention}; leave ${optionText('attention')} out`
  throw new LevError('Option', message, { option: 'attention' })
}

/** Of the largest of each query (--top) a file tells no epsilon. */
function epsilonSaid({ meta, path }: HeavyPairReader, { attention, epsilon }: SaidOfPairs): number {
  if (meta !== undefined || epsilon !== undefined) return epsilon ?? 0.01
  const softmax =
    attention === undefined
      ? `. If its pairs are of softmax, add ${optionText('attention', 'softmax')} as well`
      : ''
  const message = `${path} does not say at which epsilon it was made, as SciPy saves a matrix alone; say it, as in ${optionText('epsilon', 0.01)}${softmax}. Where it is a matrix whose rows are scored, name it by \`--keys ${path}\``
  throw new LevError('Option', message, { option: 'epsilon' })
}

/** How many pairs two files share. */
export function sharedBetween(power: string, softmax: string): number {
  const readers = [readHeavyPairs(power), readHeavyPairs(softmax)] as const
  try {
    return sharedPairs(...readers)
  } finally {
    for (const reader of readers) reader.close()
  }
}
