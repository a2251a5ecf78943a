/** What a crafted .lev is refused with, of every kind that there is. */
import { KeySummary, levFromBytes, universalFrom } from '@levattention/core/internal'
import { beforeAll, expect } from 'vitest'
import { tiered } from '../../support/tier.ts'
import { levSamples } from './lev-samples.ts'

let samples: Record<string, Uint8Array>

/** Makes a .lev of every kind before the tests of the file that asks. */
export function useSamples(): void {
  beforeAll(async () => {
    samples = await levSamples()
  }, 60_000)
}

/** The .lev of this kind. */
export const sampleOf = (kind: string) => samples[kind]

function open(bytes: Uint8Array): void {
  const file = levFromBytes(bytes, 'odd.lev')
  if (file.kind === 'universal') universalFrom(file)
  else KeySummary.fromBytes(bytes)
}

/** Opening it throws a Content error that names the file, and `field` where one is given. */
export function refusalOf(bytes: Uint8Array): string {
  try {
    open(bytes)
  } catch (error) {
    expect(error).toMatchObject({ tag: 'Content' })
    const { message } = error as Error
    expect(message).toMatch(/^(odd\.lev|the byte array)/)
    return message
  }
  return 'accepted'
}

/** Each has fields and blocks of its own; the others differ in their numbers. */
const FEW = [
  'whole, float32',
  'refined',
  'p = 1',
  'p = 3, one pass',
  'causal',
  'sketch',
  'of a stream',
  'summary, p = 1',
]
export const kinds = () => Object.entries(samples).filter(([kind]) => tiered(FEW.includes(kind), true))
