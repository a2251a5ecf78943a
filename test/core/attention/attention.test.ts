// Catches: another name than files have, a p that no attention has, two that differ and pass for the same, a p near 2 that
// passes for it. Cannot catch: a place that spells these itself (scripts/measure-house.mjs counts those).
import {
  attentionName,
  attentionOf,
  isPower,
  isQuadratic,
  POWER,
  sameAttention,
  sizeExponent,
  sizeText,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'

const POWERS = [Number.MIN_VALUE, 0.5, 1, 2, 2 + 2 ** -51, 3, 1e300]

describe('a p', () => {
  test.each(POWERS)('%d is one, and the attention is of it', (p) => {
    expect(isPower(p)).toBe(true)
    expect(attentionOf(p)).toEqual({ kind: 'power', p })
    expect(attentionName({ p })).toBe(`|q.k|^${p}`)
  })

  test.each([0, -0, -1, NaN, Infinity, '2', null, 2n])('%s is none', (p) => {
    expect(isPower(p)).toBe(false)
    expect(POWER.holds(p)).toBe(false)
    expect(() => attentionOf(p as number)).toThrow(
      expect.objectContaining({
        tag: 'Option',
        place: { option: 'p' },
        message: `p is ${p}; it must be a number above 0, for instance 2`,
      }),
    )
  })

  test('is 2 where none is given', () => expect(attentionOf(undefined)).toEqual({ kind: 'power', p: 2 }))
})

test('attentions are the same where their p is, whatever carries it', () => {
  for (const a of POWERS)
    for (const b of POWERS) {
      expect(sameAttention(attentionOf(a), { p: b })).toBe(a === b)
      expect(attentionName({ p: a }) === attentionName({ p: b })).toBe(a === b)
    }
})

test('2 alone is quadratic, and nothing beside it', () =>
  expect(POWERS.filter((p) => isQuadratic({ p }))).toEqual([2]))

test('the size that is promised of a universal set grows with d up to p = 2, and with d^(p/2) above', () => {
  expect([0.5, 1, 2, 3, 4].map((p) => sizeExponent({ p }))).toEqual([1, 1, 1, 1.5, 2])
  expect([0.5, 1, 2, 3, 4].map((p) => sizeText({ p }))).toEqual(['d', 'd', 'd', 'd^1.5', 'd^2'])
})
