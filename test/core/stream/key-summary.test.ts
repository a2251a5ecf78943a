// Catches: a stream that depends on how rows were pushed or when it was asked, rows with wrong ids, merges that count
// twice or half, kept keys that grow with n, files that do not come back. Cannot catch: a wrong universal set that is the
// same every time (test/laws/no-heavy-pair-missed is for that); bad input (key-summary-refusals.test.ts).
import {
  Candidates,
  CHUNK_ROWS,
  dropBelow,
  factorOfState,
  KeySummary,
  levToBytes,
  NO_EXPONENT,
  scalarKernels,
  summaryContent,
  type SummaryState,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { streamed } from '../../laws/certify.ts'
import { digest } from '../../laws/digest.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { anyKeys, stack, gaussian } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { leverageOracle, type DenseMatrix } from '../../support/oracle.ts'

/** A tall matrix with a long row now and then. */
function tall(rows: number, cols: number, seed = 1): DenseMatrix {
  const keys = gaussian(rows, cols, seed)
  for (let i = 0; i < keys.data.length; i++) if (Math.floor(i / cols) % 1500 === 700) keys.data[i] *= 30
  return keys
}

/** Pushes `keys` in pieces of random size; `between` runs after each. */
function pushInPieces(
  summary: KeySummary,
  keys: DenseMatrix,
  seed: number,
  between: () => void = () => undefined,
) {
  const random = new Random(seed)
  for (let row = 0; row < keys.rows;) {
    const end = Math.min(keys.rows, row + 1 + random.below(3000))
    summary.update(keys.data.subarray(row * keys.cols, end * keys.cols))
    between()
    row = end
  }
  return summary
}

describe.each(['gram', 'triangular'] as const)('%s form', (form) => {
  test('the same bytes in pieces of any size, asked or saved at any moment', () => {
    const keys = tall(9000, 3)
    const terms = { dim: 3, epsilon: 0.05, form }
    const whole = digest(new KeySummary(terms).update(keys.data).toBytes())
    expect(digest(pushInPieces(new KeySummary(terms), keys, 4).toBytes())).toBe(whole)
    const asked = new KeySummary(terms)
    pushInPieces(asked, keys, 5, () => {
      asked.universalSet()
      asked.toBytes()
    })
    expect(digest(asked.toBytes())).toBe(whole)
  })

  test('a state that was handed out does not change with later rows', () => {
    const summary = new KeySummary({ dim: 2, epsilon: 0.1, form })
    for (const rows of [10, CHUNK_ROWS, 100]) {
      summary.update(gaussian(rows, 2, rows).data)
      const { state } = summary
      const before = digest(levToBytes(summaryContent(state)))
      summary.update(gaussian(CHUNK_ROWS + 5, 2, 3).data)
      summary.merge(
        new KeySummary({ dim: 2, epsilon: 0.1, rowStart: 10 ** 6 + summary.rowCount }).update(
          Float64Array.of(1, 2),
        ),
      )
      expect(digest(levToBytes(summaryContent(state)))).toBe(before)
    }
  })

  test('a summary made around a state leaves that state alone', () => {
    const { state } = streamed(gaussian(50, 2, 1), { form })
    const before = digest(levToBytes(summaryContent(state)))
    KeySummary.of(state).update(gaussian(CHUNK_ROWS, 2, 2).data)
    expect(digest(levToBytes(summaryContent(state)))).toBe(before)
  })

  test('kept keys stay bounded while rows arrive', () => {
    const summary = new KeySummary({ dim: 3, epsilon: 0.05, form })
    const limit = 2 * ((3 / 0.05) * 1.01) + 2 * CHUNK_ROWS
    for (let i = 0; i < 12; i++) {
      summary.update(tall(CHUNK_ROWS + 77, 3, i).data)
      expect(summary.state.candidates.count).toBeLessThanOrEqual(limit)
    }
    // The stream has had its filters: 50,000 rows, of which U holds what leverage allows.
    const { rowIds, bounds } = summary.universalSet()
    expect(rowIds.length).toBeLessThanOrEqual(3 / 0.05)
    expect(bounds.every((bound) => bound >= 0.05 * (1 - 1e-6))).toBe(true)
  })

  test('bytes come back as they were and go on', () => {
    fc.assert(
      fc.property(
        anyKeys({ maxRows: 60, maxCols: 5 }),
        fc.constantFrom('f32' as const, 'f64' as const),
        (keys, element) => {
          const summary = streamed(keys, { form, element, rowStart: 17, pieces: 3 })
          const bytes = summary.toBytes()
          const back = KeySummary.fromBytes(bytes)
          expect(digest(back.toBytes())).toBe(digest(bytes))
          expect(back.rowCount).toBe(keys.rows)
          expect(back.universalSet()).toEqual(summary.universalSet())
          back.update(keys.data)
          expect(back.state.ranges).toEqual([{ rowStart: 17, rowEnd: 17 + 2 * keys.rows }])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a summary of no rows is the identity of merging', () => {
    const some = streamed(gaussian(40, 3, 6), { form })
    const empty = () => new KeySummary({ dim: 3, epsilon: 0.05, form })
    expect(digest(empty().merge(some).toBytes())).toBe(digest(some.toBytes()))
    const merged = streamed(gaussian(40, 3, 6), { form }).merge(empty())
    expect(digest(merged.toBytes())).toBe(digest(some.toBytes()))
    const universal = empty().universalSet()
    expect(universal).toMatchObject({ rowIds: new Float64Array(0), rowCount: 0 })
  })

  test('merging is commutative up to rounding, refuses an overlap and changes nothing then', () => {
    const a = streamed(gaussian(40, 3, 6), { form })
    const b = streamed(gaussian(70, 3, 7), { form, rowStart: 40 })
    const ab = KeySummary.fromBytes(a.toBytes()).merge(b).universalSet()
    const ba = KeySummary.fromBytes(b.toBytes()).merge(a).universalSet()
    expect(Array.from(ab.rowIds.toSorted())).toEqual(Array.from(ba.rowIds.toSorted()))
    ab.bounds.forEach((bound, slot) => expect(bound / ba.bounds[slot]).toBeCloseTo(1, 12))
    const before = digest(a.toBytes())
    expect(() => a.merge(a)).toThrow(expect.objectContaining({ tag: 'IncompatibleSummary' }))
    expect(() => a.merge(streamed(gaussian(1, 3, 1), { form, rowStart: 39 }))).toThrow(/rows 39 to 39/)
    expect(digest(a.toBytes())).toBe(before)
  })
})

test('rows have the ids that follow: from rowStart, over merges, after loading', () => {
  const one = new KeySummary({ dim: 1, epsilon: 0.1, rowStart: 100 }).update(Float64Array.of(1, 1))
  const two = new KeySummary({ dim: 1, epsilon: 0.1, rowStart: 500 }).update(Float64Array.of(1))
  one.merge(two).update(Float64Array.of(2))
  expect(Array.from(one.universalSet().rowIds)).toEqual([501, 100, 101, 500])
  expect(one.state.ranges).toEqual([
    { rowStart: 100, rowEnd: 102 },
    { rowStart: 500, rowEnd: 502 },
  ])
})

test('pending rows of the other summary are merged with it, and stay pending there', () => {
  const other = new KeySummary({ dim: 1, epsilon: 0.1, rowStart: 5 }).update(Float64Array.of(3))
  const before = digest(other.toBytes())
  const merged = new KeySummary({ dim: 1, epsilon: 0.1 }).update(Float64Array.of(4)).merge(other)
  expect(merged.rowCount).toBe(2)
  expect(Array.from(merged.universalSet().bounds)).toEqual([
    expect.closeTo(16 / 25, 14),
    expect.closeTo(9 / 25, 14),
  ])
  expect(digest(other.toBytes())).toBe(before)
})

test('a merge remembers the largest ridge by which either side dropped keys, and tests queries against it', () => {
  const keys = gaussian(200, 2, 8)
  const regular = streamed(keys).state
  // Keys hidden by so large a ridge: (1, -1) / D may have had one that took all its attention.
  const dropped: SummaryState = { ...streamed(keys, { rowStart: 200 }).state, dropRidge: 0.5 }
  const query = Float64Array.of(1, -1)
  expect(Array.from(KeySummary.of(regular).heavyPairs(query).uncertified)).toEqual([])
  for (const [a, b] of [
    [regular, dropped],
    [dropped, regular],
  ]) {
    const merged = KeySummary.of(a).merge(KeySummary.of(b))
    expect(merged.state.dropRidge).toBe(0.5)
    expect(merged.universalSet().factor.ridge).toBe(0)
    expect(Array.from(merged.heavyPairs(query).uncertified)).toEqual([0])
  }
})

test('an early drop leaves keys within three slacks below the threshold to the last filter', () => {
  const { state } = streamed(gaussian(60, 2, 9))
  const factor = factorOfState(state)
  const { bounds } = dropBelow(scalarKernels(), factor, state.candidates, 1e-12)
  for (const [slot, bound] of bounds.entries()) {
    const one = Candidates.of(2, Float64Array.of(slot), Float64Array.of(1), state.candidates.keyAt(slot))
    const kept = (epsilon: number) => dropBelow(scalarKernels(), factor, one, epsilon).count
    expect(kept(bound * (1 + 2 * factor.thresholdSlack))).toBe(1)
    expect(kept(bound * (1 + 4 * factor.thresholdSlack))).toBe(0)
  }
})

test('an R that one summary lacks is not invented', () => {
  const merged = streamed(gaussian(30, 2, 1), { form: 'triangular' }).merge(
    streamed(gaussian(30, 2, 2), { rowStart: 30 }),
  )
  expect(merged.state.triangular).toBeUndefined()
  expect(merged.universalSet().rowIds.length).toBeGreaterThan(0)
})

describe('float32 and float64 rows in one stream', () => {
  test('keys stay what they were, and scores are those of all rows as float64', () => {
    const keys = gaussian(CHUNK_ROWS + 500, 2, 4)
    keys.data.forEach((x, i) => (keys.data[i] = Math.fround(x)))
    const mixed = new KeySummary({ dim: 2, epsilon: 0.001 })
    mixed.update(Float32Array.from(keys.data.subarray(0, 600)))
    mixed.update(keys.data.subarray(600, 1200))
    mixed.update(Float32Array.from(keys.data.subarray(1200)))
    const wide = new KeySummary({ dim: 2, epsilon: 0.001 }).update(keys.data)
    expect(mixed.universalSet().rowIds).toEqual(wide.universalSet().rowIds)
    mixed
      .universalSet()
      .bounds.forEach((bound, slot) => expect(bound / wide.universalSet().bounds[slot]).toBeCloseTo(1, 13))
    expect(mixed.state.candidates.element).toBe('f64')
  })

  test.each([1e-200, 1e-150, 1e200])(
    'a column that float32 rows leave at zero and float64 rows fill with %d',
    (size) => {
      const f32 = new Float32Array(2 * CHUNK_ROWS).map((_, i) => (i % 2 === 0 ? 1 + (i % 7) : 0))
      for (const order of ['f32 first', 'f64 first', 'merged'] as const) {
        const summary = new KeySummary({ dim: 2, epsilon: 0.1 })
        const tiny = Float64Array.of(0, size, 1, 2 * size)
        if (order === 'f32 first') summary.update(f32).update(tiny)
        if (order === 'f64 first') summary.update(tiny).update(f32)
        if (order === 'merged') {
          summary.update(f32)
          summary.merge(new KeySummary({ dim: 2, epsilon: 0.1, rowStart: CHUNK_ROWS }).update(tiny))
        }
        const { bounds, factor } = summary.universalSet()
        expect(factor).toMatchObject({ live: Uint8Array.of(1, 1), rank: 2, ridge: 0 })
        expect(Array.from(bounds)).toEqual([expect.closeTo(0.8, 4), expect.closeTo(0.2, 4)])
      }
    },
  )
})

test.each(allKernels())(
  '$name kernels give the same bytes and the leverage scores of the oracle',
  (kernels) => {
    const keys = tall(1800, 4)
    const summary = new KeySummary({ dim: 4, epsilon: 0.02 }, kernels).update(keys.data)
    expect(digest(summary.toBytes())).toBe(
      digest(new KeySummary({ dim: 4, epsilon: 0.02 }).update(keys.data).toBytes()),
    )
    const { leverage } = leverageOracle(keys)
    const { rowIds, bounds } = summary.universalSet()
    expect(Array.from(rowIds.toSorted())).toEqual(
      Array.from(leverage.keys()).filter((j) => leverage[j] >= 0.02),
    )
    rowIds.forEach((rowId, slot) => expect(bounds[slot]).toBeCloseTo(leverage[rowId], 9))
  },
)

test('a column of zeros leaves no exponent in the state', () => {
  const { gram } = new KeySummary({ dim: 2, epsilon: 0.1 }).update(Float32Array.of(1, 0)).state
  expect(Array.from(gram.exponents)).toEqual([0, NO_EXPONENT])
  expect(stack([], 2).rows).toBe(0)
})
