// Catches: a row that the norm filter or a block's edge loses, a bound that depends on the routine that computed it, rows
// returned other than they were read, a top list in the wrong order. Cannot catch: a wrong factor.
import {
  boundOf,
  boundsOf,
  Candidates,
  certifiedThreshold,
  CHUNK_ROWS,
  type Factor,
  finalThreshold,
  type Kernels,
  Selector,
  selectRows,
  TopBounds,
  universalSetOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certify, scoresOf } from '../../laws/certify.ts'
import { anyKeys, stack, wellConditionedKeys } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { row } from '../../support/oracle.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { roundedToF32, sourceOf } from '../../support/run-inline.ts'

describe.each(allKernels())('$name kernels', (kernels) => {
  test.each(['f32', 'f64'] as const)(
    '%s: exactly the rows whose bound reaches the threshold, as they were read',
    (element) => {
      fc.assert(
        fc.property(
          fc.oneof(wellConditionedKeys(), anyKeys({ maxRows: 80 })),
          fc.constantFrom(1, 0.2, 0.05, 0.01),
          (drawn, epsilon) => {
            const keys = element === 'f32' ? roundedToF32(drawn) : drawn
            const { factor, source } = certify(keys, element, kernels)
            const threshold = finalThreshold(factor, epsilon)
            const range = { rowStart: 0, rowEnd: keys.rows }
            const selected = selectRows({ source, range, kernels }, factor, threshold)
            const bounds = scoresOf(factor, source, kernels).map((tau) => boundOf(factor, tau))
            const wanted = Array.from(bounds.keys()).filter((j) => bounds[j] >= threshold.keepsFrom)
            expect(Array.from(selected.rowIds)).toEqual(wanted)
            expect(Array.from(selected.bounds)).toEqual(wanted.map((j) => bounds[j]))
            wanted.forEach((j, slot) =>
              expect(Array.from(selected.keyAt(slot))).toEqual(Array.from(row(keys, j))),
            )
            expect(Array.from(boundsOf(kernels, factor, selected))).toEqual(Array.from(selected.bounds))
          },
        ),
        { numRuns: 30 },
      )
    },
  )

  test('the norm filter clears most rows of a tall matrix and loses none', () => {
    const { source, factor, rows } = tall(kernels)
    const threshold = finalThreshold(factor, 0.02)
    const selected = selectRows({ source, range: { rowStart: 0, rowEnd: rows }, kernels }, factor, threshold)
    const tau = scoresOf(factor, source, kernels)
    expect(Array.from(selected.rowIds)).toEqual(
      Array.from(tau.keys()).filter((j) => tau[j] >= threshold.keepsFrom),
    )
    expect(selected.count).toBeGreaterThan(3)
    expect(selected.count).toBeLessThan(50)
  })

  test('blocks of any size select the same', () => {
    const { source, factor, rows } = tall(kernels)
    const select = (blockRows: number) => {
      const mark = kernels.mark()
      const selector = new Selector(kernels, factor, certifiedThreshold(0.01), 'f64', blockRows)
      const block = kernels.f64(blockRows * source.cols)
      for (let start = 0; start < rows; start += blockRows) {
        const count = Math.min(blockRows, rows - start)
        source.readRows(start, start + count, block)
        selector.add(block, count, start)
      }
      kernels.release(mark)
      return [Array.from(selector.candidates.rowIds), Array.from(selector.candidates.bounds)]
    }
    const whole = select(CHUNK_ROWS)
    for (const blockRows of [1, 7, 128, 1000]) expect(select(blockRows)).toEqual(whole)
  })
})

function tall(kernels: Kernels) {
  const random = new Random(11)
  const rows = Array.from({ length: 3000 }, (_, j) =>
    Float64Array.from({ length: 4 }, () => random.normal() * (j % 400 === 7 ? 20 : 1)),
  )
  return { ...certify(stack(rows, 4), 'f64', kernels), rows: rows.length }
}

describe('the universal set', () => {
  const kernels = allKernels()[0]

  test('is sorted by bound, ties by row id; a higher epsilon is a prefix', () => {
    const basis = [...Array(12)].map((_, j) =>
      Float64Array.of(Number(j % 3 === 0), Number(j % 3 === 1), Number(j % 3 === 2)),
    )
    const keys = stack([...basis, Float64Array.of(2, 0, 0)], 3)
    const { factor, source } = certify(keys)
    const all = selectRows(
      { source, range: { rowStart: 0, rowEnd: 13 }, kernels },
      factor,
      certifiedThreshold(0),
    )
    const { rowIds, bounds } = universalSetOf(kernels, factor, all, 0.1)
    expect(Array.from(rowIds)).toEqual([12, 1, 2, 4, 5, 7, 8, 10, 11, 0, 3, 6, 9])
    expect(Array.from(bounds)).toEqual(Array.from(bounds).toSorted((a, b) => b - a))
    const fewer = universalSetOf(kernels, factor, all, 0.2)
    expect(Array.from(fewer.rowIds)).toEqual(Array.from(rowIds).slice(0, fewer.rowIds.length))
    expect(fewer.rowIds.length).toBe(9)
  })

  test('keys exactly at the threshold are in: each basis vector 1/epsilon times', () => {
    for (const times of [20, 100, 1000]) {
      const keys = stack(
        [...Array(3 * times)].map((_, j) => Float64Array.from([0, 1, 2], (a) => Number(j % 3 === a))),
        3,
      )
      const { factor, source } = certify(keys)
      const range = { rowStart: 0, rowEnd: keys.rows }
      const selected = selectRows({ source, range, kernels }, factor, finalThreshold(factor, 1 / times))
      expect(selected.count).toBe(3 * times)
    }
  })
})

test('a ridge bound is a score with room for what the ridge hides and for rounding, never above 1', () => {
  const ridge = { ridge: 1e-14 } as Factor
  expect(boundOf(ridge, 0.07)).toBeCloseTo((1.1 * 0.07) / 0.7, 15)
  expect(boundOf(ridge, 0.9)).toBe(1)
  expect(boundOf({ ridge: 0 }, 0.07)).toBe(0.07)
  expect(boundOf({ ridge: 0 }, 1 + 1e-15)).toBe(1)
})

test('the top list is the head of the sorted bounds, whatever the order of arrival', () => {
  const entries = fc.array(fc.constantFrom(0, 0.1, 0.25, 0.5, 1), { maxLength: 3000 })
  fc.assert(
    fc.property(entries, fc.integer({ min: 0, max: 40 }), (bounds, limit) => {
      const top = new TopBounds(limit)
      bounds.forEach((bound, rowId) => top.push(rowId, bound))
      const sorted = [...bounds.keys()].sort((a, b) => bounds[b] - bounds[a] || a - b).slice(0, limit)
      const { topRowIds, topBounds } = top.sorted()
      expect(Array.from(topRowIds)).toEqual(sorted)
      expect(Array.from(topBounds)).toEqual(sorted.map((rowId) => bounds[rowId]))
    }),
    { numRuns: 40 },
  )
})

test('candidates of a file are scored a block at a time like all at once', () => {
  const kernels = allKernels()[0]
  const random = new Random(2)
  const keys = stack(
    [...Array(2100)].map(() => Float64Array.of(random.normal(), random.normal())),
    2,
  )
  const { factor, source } = certify(keys)
  const all = Candidates.of(
    2,
    Float64Array.from({ length: 2100 }, (_, j) => j),
    new Float64Array(2100).fill(1),
    keys.data,
  )
  expect(Array.from(boundsOf(kernels, factor, all))).toEqual(Array.from(scoresOf(factor, source, kernels)))
  expect(sourceOf(keys).rows).toBe(2100)
})
