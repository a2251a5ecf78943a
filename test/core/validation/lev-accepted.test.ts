// Catches: a file that the code itself wrote and then refuses, whatever its mode, p, scale, type or rank. Cannot catch: files that
// should be refused (lev-refused.test.ts).
import {
  KeySummary,
  levFromBytes,
  levToBytes,
  mergeableState,
  mergeRecordOf,
  scalarKernels,
  summaryContent,
  summaryFrom,
  type SummaryState,
  universalContent,
  universalFrom,
  universalSetOfState,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyKeys, stack } from '../../support/matrices.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import { roundedToF32 } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'
import { levSamples, streamedUniversalBytes, universalBytes } from './lev-samples.ts'

const POWERS = [0.01, 0.5, 1, 2, 3, 4, 40]

/** Reopened: its summary may be merged, and U of that written and reopened again. */
function expectAccepted(bytes: Uint8Array): SummaryState {
  const { state, universal } = universalFrom(levFromBytes(bytes))
  return mergeableState(state, universal.factor)
}

function expectMergedAccepted(state: SummaryState): void {
  const kernels = scalarKernels()
  const reopened = summaryFrom(levFromBytes(levToBytes(summaryContent(state))))
  const { universal, state: chosen } = universalSetOfState(kernels, reopened)
  const origin = { ...mergeRecordOf(chosen), shardRows: 0, shardSquaredNorms: new Float64Array(0) }
  expectAccepted(levToBytes(universalContent(universal, origin)))
}

/** Rows repeated, columns times 2^exponents. */
const scaledKeys = fc
  .tuple(
    anyKeys({ minRows: 0, maxRows: 60, maxCols: 5 }),
    fc.array(fc.constantFrom(0, 0, -500, 500, 3), { minLength: 5, maxLength: 5 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([{ rows, cols, data }, exponents, copies]): DenseMatrix => {
    const row = (r: number) =>
      Float64Array.from(data.subarray(r * cols, (r + 1) * cols), (value, a) => value * 2 ** exponents[a])
    return stack(
      Array.from({ length: rows * copies }, (_, r) => row(r % rows)),
      cols,
    )
  })

test('one of every kind is accepted', async () => {
  for (const [name, bytes] of Object.entries(await levSamples())) {
    const open = () =>
      levFromBytes(bytes).kind === 'universal' ? expectAccepted(bytes) : KeySummary.fromBytes(bytes)
    expect(open, name).not.toThrow()
  }
})

test('files, streams, merges and causal sets of any keys are accepted for every p', async () => {
  await fc.assert(
    fc.asyncProperty(
      scaledKeys,
      fc.constantFrom(...POWERS),
      fc.constantFrom(0.3, 0.05, 1e-6),
      fc.constantFrom(
        {},
        { passes: 1 },
        { causal: true },
        { keep: 3 },
        { tighten: true },
        { method: 'sketch' as const },
      ),
      fc.boolean(),
      async (drawn, p, epsilon, mode, asFloat32) => {
        const isWide = drawn.data.some((value) => Math.abs(Math.fround(value)) === Infinity)
        const element = asFloat32 && !isWide ? 'f32' : 'f64'
        const keys = element === 'f32' ? roundedToF32(drawn) : drawn
        const given = { p: 'method' in mode ? 2 : p, epsilon, ...mode }
        const suits =
          ('tighten' in given && (given.p === 2 || given.p < 1)) || ('passes' in given && given.p === 2)
        if (!suits) {
          const state = expectAccepted(await universalBytes(keys, element, given))
          if (!('causal' in given)) expectMergedAccepted(state)
        }
        for (const form of ['gram', 'triangular'] as const) {
          const stream = expectAccepted(streamedUniversalBytes(keys, { p, form, epsilon }))
          expectMergedAccepted(stream)
        }
      },
    ),
    { numRuns: tiered(25, 240) },
  )
})

test('multiples of one row, which a weighting pass in lifted coordinates cancels to 0, are accepted', async () => {
  const multiples = [3, -5, 0, 2, -4, -9, 8, 7, -4, 0, -6, -6, 9, -9, -8, 2, 5, 5]
    .concat([1, 6, 0, -9, -1, -1, -8, 0, 2, -2, 2, -3, -4, 1, -3, 6, -7, -2])
    .map((times) => Float64Array.of(-7 * times, -2 * times, 0))
  const keys = stack([...multiples, ...multiples, ...multiples], 3)
  const state = expectAccepted(await universalBytes(keys, 'f32', { p: 4, epsilon: 0.3 }))
  expectMergedAccepted(state)
  expect(state.weighted?.weightSum).toBeGreaterThan(0)
})

test('a summary that goes on from its file after each piece is accepted every time', () => {
  fc.assert(
    fc.property(
      scaledKeys,
      fc.constantFrom(...POWERS),
      fc.constantFrom('gram' as const, 'triangular' as const),
      (keys, p, form) => {
        let summary = new KeySummary({
          dim: keys.cols,
          epsilon: 0.05,
          p,
          form,
        })
        const piece = Math.max(1, Math.ceil(keys.rows / 4)) * keys.cols
        for (let at = 0; at < keys.data.length; at += piece) {
          summary.update(keys.data.subarray(at, at + piece))
          summary = KeySummary.fromBytes(summary.toBytes())
        }
        const prefix = new KeySummary({ dim: keys.cols, epsilon: 0.05, policy: 'prefix' }).update(keys.data)
        expect(KeySummary.fromBytes(prefix.toBytes()).rowCount).toBe(keys.rows)
        expect(summary.rowCount).toBe(keys.rows)
      },
    ),
    { numRuns: tiered(25, 240) },
  )
})
