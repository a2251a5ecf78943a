// Catches: facts of dropped rows that are lost or too small (their C, leverage, sample), a ridge's bound that is recorded
// as if it held for good, a universal set that forgets a smaller bound of before. Cannot catch: facts that are right and
// used wrongly (test/laws/one-pass-every-power.test.ts).
import {
  Candidates,
  certifiedThreshold,
  dropWeighted,
  heavyPairsOf,
  KeySummary,
  measureKeys,
  gramFactorOf,
  scalarKernels,
  tausOf,
  type SummaryState,
  weightedFactorOf,
  weightedUniversalSet,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const kernels = scalarKernels()

/** A state that still holds all its rows; `dependent`: the third column is the sum of the others. */
function stateOf(p: number, dependent = false): SummaryState {
  const random = new Random(4)
  const data = Float64Array.from({ length: 900 }, () => random.normal())
  if (dependent) for (let i = 0; i < 900; i += 3) data[i + 2] = data[i] + data[i + 1]
  return new KeySummary({ dim: 3, epsilon: 0.01, p }).update(data).state
}

function dropped(state: SummaryState, epsilon: number) {
  const plain = gramFactorOf(state)
  const form = state.weighted!
  const measured = measureKeys(
    kernels,
    weightedFactorOf(state.p, form, state.dropRidge, plain),
    state.candidates,
  )
  const threshold = certifiedThreshold(epsilon)
  return { plain, measured, drop: dropWeighted(kernels, measured, state.candidates, form, plain, threshold) }
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, value), 0)

/** t_j / v_j of candidates by their scores. */
const ratios = (scores: Float64Array, { entryScores }: Candidates) =>
  scores.map((t, slot) => t / entryScores[slot])

describe.each([0.5, 1, 1.5])('p = %s', (p) => {
  test('C of the dropped rows is kept, so that C of all is what it was', () => {
    const state = stateOf(p)
    const { measured, drop } = dropped(state, 1.1)
    expect(drop.candidates.count).toBe(0)
    expect(drop.form.droppedKeys.ratio).toBeGreaterThanOrEqual(
      largest(ratios(measured.scores, state.candidates)),
    )
    const after = dropped({ ...state, candidates: drop.candidates, weighted: drop.form }, 1.1)
    expect(after.measured.factor.power!.weightRatio).toBeCloseTo(measured.factor.power!.weightRatio, 9)
  })

  test('by a ridge it is larger by what the ridge may hide', () => {
    const state = stateOf(p, true)
    const { measured, drop } = dropped(state, 1.1)
    expect(measured.factor.ridge).toBeGreaterThan(0)
    const most = largest(ratios(measured.scores, state.candidates))
    expect(drop.form.droppedKeys.ratio).toBeGreaterThanOrEqual((1.1 / 0.7) * most * (1 - 1e-12))
  })
})

describe.each([1, 3])('p = %s', (p) => {
  test('the rest’s leverage bounds that of every dropped row, and all of them are offered to the sample', () => {
    const state = stateOf(p)
    const { plain, measured, drop } = dropped(state, 0.02)
    const slots = Uint32Array.from(measured.bounds.keys()).filter((slot) => measured.bounds[slot] < 0.02)
    const gone = state.candidates.at(slots)
    expect(gone.count).toBeGreaterThan(10)
    expect(drop.candidates.count).toBe(state.candidates.count - gone.count)
    expect(drop.form.droppedKeys.leverage).toBeGreaterThanOrEqual(largest(tausOf(kernels, plain, gone)))
    expect(drop.form.droppedKeys.leverage).toBeLessThan(1)
    expect(drop.form.droppedKeys.sample?.rows.rowIds).toEqual(gone.rowIds)
  })

  test('a regular bound is recorded, rounded up; a ridge’s is not, and its largest score is', () => {
    const regular = dropped(stateOf(p), 0.02)
    regular.drop.candidates.bounds.forEach((bound) => expect(bound).toBeLessThan(1))
    expect(regular.drop.form.droppedKeys.ridgeScore).toBe(0)
    const state = stateOf(p, true)
    const { measured, drop } = dropped(state, 0.03)
    expect(drop.candidates.count).toBeLessThan(state.candidates.count)
    drop.candidates.bounds.forEach((bound) => expect(bound).toBe(1))
    const gone = measured.scores.filter((_, slot) => measured.bounds[slot] < 0.03)
    expect(drop.form.droppedKeys.ridgeScore).toBeGreaterThanOrEqual((1.1 / 0.7) * largest(gone) * (1 - 1e-12))
    expect(drop.dropRidge).toBeGreaterThan(0)
  })

  test('a bound of before that was smaller decides', () => {
    const state = stateOf(p)
    const whole = weightedUniversalSet(kernels, state, state.weighted!).universal
    expect(whole.rowIds.length).toBeGreaterThan(3)
    const lower = whole.rowIds[0]
    const { dim, rowIds, keys, entryScores } = state.candidates
    const bounds = rowIds.map((rowId) => (rowId === lower ? 1e-4 : 1))
    const candidates = Candidates.of(dim, rowIds, bounds, keys, entryScores)
    const { universal } = weightedUniversalSet(kernels, { ...state, candidates }, state.weighted!)
    expect([...universal.rowIds]).toEqual([...whole.rowIds.subarray(1)])
  })

  test('where S has grown since a ridge dropped keys, ridgeShare tells how much they may take by now', () => {
    const state = stateOf(p, true)
    const { measured, drop } = dropped(state, 0.005)
    expect(drop.candidates.count).toBeLessThan(state.candidates.count)
    const grown = { ...drop.form, weightSum: 100 * drop.form.weightSum }
    const form =
      p > 2
        ? grown
        : {
            ...drop.form,
            droppedKeys: { ...drop.form.droppedKeys, ratio: 1e4 * drop.form.droppedKeys.ratio },
          }
    const share = (weighted: typeof form) =>
      weightedUniversalSet(kernels, { ...state, candidates: drop.candidates }, weighted).universal
        .droppedKeys!.ridgeShare
    const gone = measured.bounds.filter((bound) => bound < 0.005)
    expect(share(drop.form)).toBeGreaterThanOrEqual(largest(gone) * (1 - 1e-9))
    expect(share(form)).toBeGreaterThanOrEqual(0.01)
  })
})

test('no query is settled while keys that a ridge dropped may be heavy', () => {
  const state = stateOf(3)
  const { universal } = weightedUniversalSet(kernels, state, state.weighted!)
  const queries = Float64Array.from(universal.keys.subarray(0, 6))
  const listed = (ridgeShare: number) =>
    heavyPairsOf(
      kernels,
      { ...universal, droppedKeys: { ...universal.droppedKeys!, ridgeShare } },
      queries,
      0.3,
    ).uncertified
  expect(listed(0)).toHaveLength(0)
  expect(listed(0.5)).toHaveLength(2)
})
