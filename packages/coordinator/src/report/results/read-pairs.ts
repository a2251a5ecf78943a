import { readHeavyPairs } from '@levattention/core/internal'
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
}

/** The pairs of the .npz at `path`, whose meta says what they are. Throws NotFound, Content. */
export function readPairs(path: string): ReadPairs {
  const reader = readHeavyPairs(path)
  try {
    const { meta = {}, shape = { n: 0, m: 0 } } = reader
    const { attention = '', p = 2, epsilon = 0.01, causal = false, d, head } = meta
    const isSoftmax = attention === 'softmax'
    const found = new PairShape({
      attention: isSoftmax ? 'softmax' : 'power',
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
    }
  } finally {
    reader.close()
  }
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
