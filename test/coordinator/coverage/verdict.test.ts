// Catches: a sentence that says of leverage more than its neighbours allow, or something else than the table. Cannot catch: numbers.
import { coverageVerdict } from '#coordinator/coverage/coverage-verdict'
import { type MeanColumn, meanColumns, shownKeep } from '#coordinator/coverage/mean-columns'
import type { HeadCoverage } from '@levattention/coordinator'
import { describe, expect, test } from 'vitest'

const column = (select: string, mass: number | null, others: Partial<MeanColumn> = {}): MeanColumn => ({
  select,
  keep: 32,
  fit: select === 'accumulated' ? 'oracle' : 'keys',
  mass,
  uniform: 1 / 32,
  error: null,
  recall: null,
  ...others,
})
const headOf = (judged = 64) => ({ n: 1024, judged }) as unknown as HeadCoverage
const verdict = (...means: MeanColumn[]) => coverageVerdict({ heads: [headOf()] }, means, 32)
const three = (leverage: number, random: number, accumulated: number) =>
  verdict(column('leverage', leverage), column('random', random), column('accumulated', accumulated))

describe('the sentence', () => {
  test('names what each rule holds', () => {
    const others = [column('norm-max', 0.08), column('accumulated', 0.081)]
    expect(verdict(column('leverage', 0.03), column('random', 0.031), ...others)).toBe(
      'At 32 of 1,024 keys leverage holds 0.03 of the attention, random keys 0.031, the longest keys 0.08, the best fixed set 0.081: leverage is near chance, as on heads that were not trained for it.',
    )
  })

  test('calls a set the best that is, and no other', () => {
    const told = (fit: string) =>
      verdict(column('leverage', 0.4), column('random', 0.1), column('accumulated', 0.7, { fit }))
    expect(told('oracle')).toContain('the best fixed set')
    expect(told('in-sample')).not.toContain('the best')
    expect(told('in-sample')).toContain('the keys of most attention')
  })

  test.each<[string, readonly [number, number, number], string]>([
    ['near chance', [0.2, 0.1, 0.7], 'leverage is near chance, as on heads that were not trained for it.'],
    [
      'worse than chance',
      [0.05, 0.1, 0.7],
      'leverage is near chance, as on heads that were not trained for it.',
    ],
    ['far below chance', [0.1, 0.4, 0.9], 'leverage holds less than random keys do.'],
    [
      'a fifth is more than chance',
      [0.225, 0.1, 0.7],
      '0.21 of what the best fixed set gains over random keys.',
    ],
    ['between', [0.4, 0.1, 0.7], 'leverage is between, with 0.5 of what the best fixed set gains over'],
    ['nearly the best, few keys', [0.9, 0.03, 0.95], 'leverage does nearly as well as the best fixed set.'],
    [
      'nearly the best, half of all keys',
      [0.93, 0.46, 0.97],
      'leverage does nearly as well as the best fixed set.',
    ],
    ['the best', [0.97, 0.46, 0.97], 'leverage does as well as the best fixed set.'],
    ['no fixed set helps', [0.3, 0.25, 0.31], 'no fixed set does much better than random keys here.'],
    [
      'nor where leverage is no worse',
      [0.25, 0.25, 0.25],
      'no fixed set does much better than random keys here.',
    ],
  ])('%s', (_name, given, said) => {
    expect(three(...given)).toContain(said)
  })

  test('where rules keep different numbers of keys each says how many', () => {
    const local = column('local', 0.0154, { keep: null, keys: 6.98, uniform: 0.0136 })
    expect(verdict(column('kmeans+local', 0.0811, { keys: 38.53 }), local)).toBe(
      'At 32 of 1,024 keys kmeans+local (38.5 keys a query) holds 0.081 of the attention, local (6.98) 0.015.',
    )
    expect(verdict(column('leverage', 0.4, { keys: 32 }))).not.toContain('(')
  })

  test('all keys', () => {
    const all = ['leverage', 'random', 'accumulated'].map((name) => column(name, 1, { uniform: 1, error: 0 }))
    expect(verdict(...all)).toMatch(/best fixed set all: all keys are kept, so every rule holds all\.$/)
  })

  test('without the best fixed set, and without random keys', () => {
    const far =
      /and equal weights would give 0\.031: leverage holds much more than equal weights would give\.$/
    expect(verdict(column('leverage', 0.5))).toMatch(far)
    expect(verdict(column('leverage', 0.04))).toMatch(/not much more than equal weights would give; whether/)
    expect(verdict(column('leverage', 0.04), column('random', 0.03))).toMatch(
      /not much more than random keys do/,
    )
    expect(verdict(column('leverage', 0.02))).toMatch(/: leverage holds less than equal weights would give;/)
    expect(verdict(column('leverage', 1 / 32))).toMatch(/: leverage holds as much as equal weights/)
    const said =
      'At 32 of 1,024 keys random keys hold 0.03 of the attention, and equal weights would give 0.031.'
    expect(verdict(column('random', 0.03))).toBe(said)
    expect(verdict(column('leverage', 0.6), column('accumulated', 0.61))).toMatch(
      /nearly as well as the best/,
    )
  })

  test('held-out accumulated is no best set, and nothing judged is nothing told', () => {
    const heldOut = column('accumulated', 0.4, { fit: 'held-out' })
    const between = /the keys of most attention 0\.4: .* 0\.46 of what the keys of most attention gain over/
    expect(verdict(column('leverage', 0.2), heldOut)).toMatch(between)
    expect(verdict(column('leverage', 0.03), { ...heldOut, mass: 0.04 })).toMatch(
      /attention do not much better/,
    )
    expect(verdict(column('leverage', null))).toBe('No query sees a key: there is nothing to judge.')
  })

  test('with values: what leaves outputs nearest, and leverage beside it', () => {
    const errors = (leverage: number) => [
      column('random', 0.1, { error: 0.136 }),
      column('leverage', 0.2, { error: leverage }),
      column('best', 0.9, { error: 0.786 }),
    ]
    const others =
      '; outputs are nearest to the full ones with random keys, 0.136 off on average, and with leverage 0.52 off.'
    expect(verdict(...errors(0.52)).endsWith(others)).toBe(true)
    expect(verdict(...errors(0.1))).toMatch(
      /; outputs are nearest to the full ones with leverage, 0\.1 off on average\.$/,
    )
  })

  test('few judged queries', () => {
    const of = (...judged: number[]) =>
      coverageVerdict({ heads: judged.map(headOf) }, [column('leverage', 0.5)], 32)
    expect(of(31)).toMatch(/\. 31 queries are few to judge by\.$/)
    expect(of(1)).toMatch(/\. One query is few to judge by\.$/)
    expect(of(32)).not.toContain('few')
    expect(of(64, 0, 8)).toMatch(/\. 8 queries are few to judge a head by\.$/)
  })
})

test('heads without a judged query are in no mean; 32 keys are shown, or the middle of those asked for', () => {
  const head = (judged: number, massMean: number | null) =>
    ({
      judged,
      selections: [{ select: 'leverage', keep: 8, fit: 'keys', massMean, uniformMass: massMean }],
    }) as unknown as HeadCoverage
  const means = meanColumns([head(4, 0.2), head(0, null), head(4, 0.6)])
  expect(means[0].mass).toBeCloseTo(0.4, 15)
  expect(shownKeep(means)).toBe(8)
  expect(shownKeep([column('best', 1), column('best', 1, { keep: 64 })])).toBe(32)
  const of = (...keeps: number[]) => keeps.map((keep) => column('best', 1, { keep, uniform: keep / 100 }))
  expect(shownKeep(of(40, 5, 9))).toBe(9)
  expect(shownKeep(of(5, 9, 20, 40))).toBe(20)
  expect(shownKeep(of(5, 100))).toBe(5)
  expect(shownKeep(of(100))).toBe(100)
  expect(shownKeep([column('local', 1, { keep: null })])).toBeNull()
})
