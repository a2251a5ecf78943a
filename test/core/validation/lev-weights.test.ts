// Catches: a summary, p > 2, whose sum of weights or weighted Gram matrix would make the bounds of heavy keys vanish, or a Gram
// matrix that is not one and ends in an error of ours. Cannot catch: sums that are false by less than what the left-out rows may be.
import { KeySummary, levFromBytes, universalFrom } from '@levattention/core/internal'
import { beforeAll, describe, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev } from '../../support/crafted-lev.ts'
import { Random } from '../../support/random.mjs'
import { dependentKeys, universalBytes } from './lev-samples.ts'

/** 9,000 rows, each 300th of them long. */
function longRows(): Float64Array {
  const random = new Random(7)
  return Float64Array.from({ length: 36_000 }, (_, i) => random.normal() * (Math.floor(i / 4) % 300 ? 1 : 15))
}

function scale(name: string, factor: number) {
  return (content: OpenedLev) => {
    const { data } = blockOf(content, name)
    for (let i = 0; i < data.length; i++) data[i] *= factor
  }
}

const scaleSum = (factor: number) => (content: OpenedLev) => {
  content.header.weightedSum = (content.header.weightedSum as number) * factor
}

const refused = (field: string) =>
  expect.objectContaining({ tag: 'Content', message: expect.stringContaining(`'${field}'`) as string })

describe.each([3, 4])('p = %s: a sum of weights that hides heavy keys', (p) => {
  test.each(['gram', 'triangular'] as const)('in %s form', (form) => {
    const bytes = new KeySummary({ dim: 4, epsilon: 0.02, p, form }).update(longRows()).toBytes()
    for (const factor of [0, 1e-300, 1e-3, 0.1, 0.4]) {
      const bad = crafted(bytes, scaleSum(factor))
      expect(() => KeySummary.fromBytes(bad), `${factor}`).toThrow(refused('weightedSum'))
    }
    expect(() => KeySummary.fromBytes(crafted(bytes, scaleSum(1.5)))).not.toThrow()
  })

  test('and a weighted Gram matrix of nothing', () => {
    const bytes = new KeySummary({ dim: 4, epsilon: 0.02, p }).update(longRows()).toBytes()
    const bad = crafted(bytes, (content) => {
      scale('weightedGram', 0)(content)
      scaleSum(0)(content)
    })
    expect(() => KeySummary.fromBytes(bad)).toThrow(refused('weightedGram'))
  })
})

test('a weighted Gram matrix ten times too large, of columns that depend on one another', () => {
  const keys = dependentKeys(4000, 4, 4)
  const bytes = new KeySummary({ dim: 4, epsilon: 0.02, p: 3 }).update(keys.data).toBytes()
  expect(() => KeySummary.fromBytes(bytes)).not.toThrow()
  expect(() => KeySummary.fromBytes(crafted(bytes, scale('weightedGram', 10)))).toThrow(
    refused('weightedSum'),
  )
})

test.each([
  [2, 'gram'],
  [1, 'gram'],
  [1, 'weightedGram'],
] as const)('p = %s: %s that is not the sum of the rows, all of which are kept', (p, name) => {
  const keys = dependentKeys(40, 4, 4, 1)
  const bytes = new KeySummary({ dim: 4, epsilon: 1e-6, p, form: 'gram' }).update(keys.data).toBytes()
  expect(() => KeySummary.fromBytes(bytes)).not.toThrow()
  for (const factor of [10, 1.001])
    expect(() => KeySummary.fromBytes(crafted(bytes, scale(name, factor)))).toThrow(refused(name))
})

describe('a universal set whose Gram matrix is none', () => {
  let sets: Uint8Array[]
  beforeAll(async () => {
    const keys = dependentKeys(600, 4, 3, 2 ** -4)
    const options = [{ p: 3 }, { p: 1 }, { p: 3, passes: 1 }, { p: 4 }]
    sets = await Promise.all(options.map((terms) => universalBytes(keys, 'f64', terms)))
  })

  test.each(['gram', 'weightedGram'])('%s is refused', (name) => {
    for (const bytes of sets) {
      const bad = crafted(bytes, (content) => {
        const { data } = blockOf(content, name)
        data[3] = -0.999 * Math.sqrt(data[0] * data[15])
      })
      expect(() => universalFrom(levFromBytes(bad, 'odd.lev'))).toThrow(
        expect.objectContaining({ tag: 'Content' }),
      )
    }
  })

  test('and one whose diagonal entry is another', () => {
    for (const bytes of sets) {
      for (const at of [0, 5, 10, 15]) {
        const bad = crafted(bytes, (content) => (blockOf(content, 'gram').data[at] = 0.5))
        expect(() => universalFrom(levFromBytes(bad, 'odd.lev'))).toThrow(
          expect.objectContaining({ tag: 'Content' }),
        )
      }
    }
  })
})
