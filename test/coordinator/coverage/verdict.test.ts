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
  ...others,
})
const heads = [{ n: 1024 }] as unknown as HeadCoverage[]
const verdict = (...means: MeanColumn[]) => coverageVerdict({ heads }, means, 32)

describe('the sentence', () => {
  test.each<[string, readonly (readonly [string, number])[], string]>([
    [
      'near chance',
      [
        ['leverage', 0.03],
        ['random', 0.031],
        ['norm-max', 0.08],
        ['accumulated', 0.081],
      ],
      'At 32 of 1,024 keys leverage holds 3 %, random keys 3.1 %, the longest keys 8 %, the best fixed set 8.1 %: leverage is near chance, so this head was not trained for it.',
    ],
    [
      'nearly the best',
      [
        ['leverage', 0.9],
        ['random', 0.03],
        ['accumulated', 0.95],
      ],
      'At 32 of 1,024 keys leverage holds 90 %, random keys 3 %, the best fixed set 95 %: leverage holds nearly what the best fixed set does.',
    ],
    [
      'a share of the best',
      [
        ['leverage', 0.2],
        ['random', 0.03],
        ['accumulated', 0.5],
      ],
      'At 32 of 1,024 keys leverage holds 20 %, random keys 3 %, the best fixed set 50 %: leverage holds 40 % of what the best fixed set does.',
    ],
    [
      'leverage alone',
      [['leverage', 0.5]],
      'At 32 of 1,024 keys leverage holds 50 %, and equal weights would give 3.1 %: leverage holds more than chance.',
    ],
    [
      'without leverage',
      [['random', 0.03]],
      'At 32 of 1,024 keys random keys hold 3 %, and equal weights would give 3.1 %.',
    ],
  ])('%s', (_name, given, said) => {
    expect(verdict(...given.map(([select, mass]) => column(select, mass)))).toBe(said)
  })

  test('held-out accumulated is no best set, and nothing judged is nothing told', () => {
    const heldOut = column('accumulated', 0.4, { fit: 'held-out' })
    expect(verdict(column('leverage', 0.2), heldOut)).toContain('the keys of most attention 40 %')
    expect(verdict(column('leverage', null))).toBe('No query sees a key: there is nothing to judge.')
  })
})

test('heads without a judged query are in no mean; 32 keys are shown, or the most there are', () => {
  const head = (judged: number, massMean: number | null) =>
    ({
      judged,
      selections: [{ select: 'leverage', keep: 8, fit: 'keys', massMean, uniformMass: massMean }],
    }) as unknown as HeadCoverage
  const means = meanColumns([head(4, 0.2), head(0, null), head(4, 0.6)])
  expect(means[0].mass).toBeCloseTo(0.4, 15)
  expect(shownKeep(means)).toBe(8)
  expect(shownKeep([column('best', 1), column('best', 1, { keep: 64 })])).toBe(32)
  expect(shownKeep([column('local', 1, { keep: null })])).toBeNull()
})
