// Catches: a causal summary that drops a key by rows behind it, a bound below the share that a query at the key's own
// position gives it, merges out of row order or with gaps, a key of a new direction that is lost. Cannot catch: pairs that
// the search misses (test/laws/causal).
import {
  Candidates,
  dropByEarlier,
  GramSum,
  isLevError,
  KeySummary,
  matrix,
  scalarKernels,
  selectByEarlier,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyKeys, gaussian } from '../../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix, leverageOracle } from '../../support/oracle.ts'
import { tiered } from '../../support/tier.ts'

function rowsOf({ data, cols }: DenseMatrix, start: number, end: number): Float64Array {
  return data.subarray(start * cols, end * cols)
}

function push(keys: DenseMatrix, policy: 'whole' | 'prefix', start = 0, end = keys.rows): KeySummary {
  const summary = new KeySummary({ dim: keys.cols, epsilon: 0.05, policy, rowStart: start })
  return summary.update(rowsOf(keys, start, end))
}

/** A long row at 5000, and 50 of its like from 9000 on. */
function excusedLater(): DenseMatrix {
  const keys = gaussian(24_000, 3, 1)
  for (const row of [5000, ...Array.from({ length: 50 }, (_, i) => 9000 + i)])
    keys.data.set([1000, 2000, 3000], row * 3)
  return keys
}

describe('keys that are left', () => {
  test('a key goes only by rows before it: later ones of its like do not excuse it', () => {
    const keys = excusedLater()
    expect(push(keys, 'whole').state.candidates.rowIds).not.toContain(5000)
    const { candidates } = push(keys, 'prefix').state
    expect(candidates.rowIds).toContain(5000)
    // Of the 50 those have a large share at their own position that come first.
    expect(candidates.rowIds.filter((rowId) => rowId >= 9000 && rowId < 9050)).toHaveLength(50)
    expect(candidates.count).toBeLessThan(6000)
  })

  test('bounds are no less than the leverage of each key among the rows up to its own', () => {
    const drawn = anyKeys({ minRows: 40, maxRows: 160, maxCols: 6 })
    fc.assert(
      fc.property(drawn, fc.constantFrom(0.5, 0.1, 0.02), (keys, epsilon) => {
        const source = matrix(Float64Array.from(keys.data), { rows: keys.rows, cols: keys.cols })
        const range = { rowStart: 0, rowEnd: keys.rows }
        const before = new GramSum(keys.cols)
        const { kept, ridge } = selectByEarlier(
          { source, range, kernels: scalarKernels() },
          before,
          epsilon,
          2,
        )
        const bounds = new Map(Array.from(kept.rowIds, (rowId, slot) => [rowId, kept.bounds[slot]]))
        for (let row = 0; row < keys.rows; row++) {
          const prefix = { rows: row + 1, cols: keys.cols, data: rowsOf(keys, 0, row + 1) }
          const { leverage, singularValues, rank } = leverageOracle(prefix)
          // Directions that the ridge hides are the query test's matter, and the oracle's own are noise below 1e-9.
          const condition = singularValues[0] / singularValues[rank - 1]
          if (condition > 1e4) continue
          if (leverage[row] >= epsilon * (1 + 1e-6)) expect(bounds.has(row), `row ${row}`).toBe(true)
          const bound = bounds.get(row)
          if (bound !== undefined) expect(bound).toBeGreaterThanOrEqual(leverage[row] * (1 - 1e-6))
        }
        expect(ridge).toBeLessThan(1e-9)
      }),
      { numRuns: tiered(25, 60) },
    )
  })

  test('a key in a column that was zero before is kept, however small it is', () => {
    const before = new GramSum(2, {
      gram: Float64Array.of(100, 0, 0, 0),
      exponents: new Int32Array(2),
      rowCount: 100,
      depth: 100,
    })
    const rows = new Candidates(2, 'f64')
    rows.push(100, 1, Float64Array.of(0.1, 1e-30))
    rows.push(101, 1, Float64Array.of(0.1, 0))
    const { kept } = dropByEarlier(scalarKernels(), before, rows, 0.5)
    expect([...kept.rowIds]).toEqual([100])
  })
})

test('at any moment the heavy pairs of a query are those among the rows so far', () => {
  const keys = excusedLater()
  const summary = new KeySummary({ dim: 3, epsilon: 0.05, policy: 'prefix' })
  const queries = Float64Array.of(1, 2, 3, 1, -1, 0, 3, 0, -1)
  let next = 0
  for (const end of [3, 5001, 9001, 14_000]) {
    summary.update(rowsOf(keys, next, end))
    next = end
    const { offsets, keyIds, uncertified } = summary.heavyPairs(queries)
    expect([...uncertified]).toEqual([])
    const seen = { rows: end, cols: 3, data: rowsOf(keys, 0, end) }
    const want = bruteForceHeavy({ rows: 3, cols: 3, data: queries }, seen, 0.05).pairs
    const found = [0, 1, 2].flatMap((query) =>
      Array.from(keyIds.subarray(offsets[query], offsets[query + 1]), (key) => ({ query, key })),
    )
    expect(found).toEqual(want.map(({ query, key }) => ({ query, key })))
  }
})

describe('merging', () => {
  const keys = excusedLater()

  test('in row order: no key that either alone would keep for its own rows is lost to a later row', () => {
    const merged = push(keys, 'prefix', 0, 8000).merge(push(keys, 'prefix', 8000))
    expect(merged.state.ranges).toEqual([{ rowStart: 0, rowEnd: 24_000 }])
    expect(merged.state.candidates.rowIds).toContain(5000)
    // What the second part alone had to keep, knowing no row before its own, the first part excludes.
    const alone = push(keys, 'prefix', 8000).state.candidates.count
    expect(merged.state.candidates.count).toBeLessThan(
      push(keys, 'prefix', 0, 8000).state.candidates.count + alone,
    )
  })

  test.each([
    ['swapped', () => push(keys, 'prefix', 8000).merge(push(keys, 'prefix', 0, 8000))],
    ['with a gap', () => push(keys, 'prefix', 0, 8000).merge(push(keys, 'prefix', 9000))],
    [
      'with one that drops by later rows',
      () => push(keys, 'prefix', 0, 8000).merge(push(keys, 'whole', 8000)),
    ],
  ])('%s is refused', (_, merge) => {
    let caught: unknown
    try {
      merge()
    } catch (error) {
      caught = error
    }
    expect(isLevError(caught, 'IncompatibleSummary')).toBe(true)
  })

  test('the policy comes back from bytes', () => {
    const bytes = push(keys, 'prefix', 0, 8000).toBytes()
    const back = KeySummary.fromBytes(bytes)
    expect(back.state.policy).toBe('prefix')
    expect(Buffer.compare(back.toBytes(), bytes)).toBe(0)
  })
})

test('p other than 2 is refused: its weights are fixed by rows of the same chunk, later ones among them', () => {
  const make = () => new KeySummary({ dim: 3, epsilon: 0.05, p: 3, policy: 'prefix' })
  expect(make).toThrow(expect.objectContaining({ tag: 'Option' }))
  expect(make).toThrow(/policy 'prefix' \(causal\) is for p = 2/)
})
