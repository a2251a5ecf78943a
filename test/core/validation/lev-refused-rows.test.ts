// Catches: row ids or ranges of rows of a .lev that are out of order, doubled, or not of its keys, and are believed because the
// checksum holds. Cannot catch: ids that were exchanged for others of the same ranges (`verify` reads the keys for that).
import { KeySummary } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev } from '../../support/crafted-lev.ts'
import { kinds, refusalOf, sampleOf, useSamples } from './lev-refusals.ts'

useSamples()

describe('ids', () => {
  const withIds = (change: (ids: Float64Array) => void) => (content: OpenedLev) =>
    change(blockOf(content, 'rowIds').data as Float64Array)

  test.each<[string, (ids: Float64Array) => void, RegExp]>([
    ['doubled', (ids) => (ids[1] = ids[0]), /'rowIds' .*each once .*is \d+ at index 1/],
    ['out of order', (ids) => ids.reverse(), /'rowIds' .*ascend/],
    ['behind the last row', (ids) => (ids[ids.length - 1] = 10 ** 9), /'rowIds' .*own ranges.*is 1000000000/],
    ['of 2^53', (ids) => (ids[ids.length - 1] = 2 ** 53), /'rowIds' .*own ranges/],
  ])('%s', (_, change, message) => {
    for (const [kind, bytes] of kinds())
      expect(refusalOf(crafted(bytes, withIds(change))), kind).toMatch(message)
  })

  test('before the first row of a part', () => {
    const bytes = crafted(
      sampleOf('whole, float64'),
      withIds((ids) => (ids[0] = 699)),
    )
    expect(refusalOf(bytes)).toMatch(/'rowIds' .*own ranges of rows, and is 699 at index 0/)
  })

  test('sampled ids that are kept as keys, or whose priority is not theirs', () => {
    const bytes = sampleOf('p = 3, one pass')
    const kept = crafted(bytes, (content) => {
      const sampled = blockOf(content, 'sampleRowIds').data
      const [first] = blockOf(content, 'rowIds').data
      sampled[Math.max(0, sampled.findIndex((rowId) => rowId > first) - 1)] = first
    })
    expect(refusalOf(kept)).toMatch(/'sampleRowIds' .*not kept/)
    const weighed = crafted(bytes, (content) => (blockOf(content, 'sampleWeights').data[3] *= 2))
    expect(refusalOf(weighed)).toMatch(/'samplePriorities' .*index 3/)
  })
})

describe('ranges of rows', () => {
  test.each<[string, number[][]]>([
    [
      'that overlap',
      [
        [0, 400],
        [300, 500],
      ],
    ],
    [
      'out of order',
      [
        [300, 600],
        [0, 300],
      ],
    ],
    [
      'that are empty',
      [
        [0, 600],
        [700, 700],
      ],
    ],
    ['that end before they begin', [[600, 0]]],
    ['in part', [[0.5, 600]]],
    ['of 10^9 rows', [[0, 10 ** 9]]],
    ['of fewer rows', [[0, 599]]],
    ['of none', []],
  ])('%s', (_, ranges) => {
    for (const field of ['ranges', 'openRanges']) {
      const bytes = crafted(sampleOf('summary'), ({ header }) => (header[field] = ranges))
      if (field === 'openRanges' && ranges.length === 0) continue
      expect(refusalOf(bytes)).toMatch(/'(ranges|openRanges|rowCount|rowIds)'/)
    }
  })

  test('100,000 of them are tried in one walk', () => {
    const start = process.cpuUsage()
    const summary = crafted(
      new KeySummary({ dim: 1, epsilon: 0.5 }).update(Float64Array.of(1)).toBytes(),
      ({ header }) => {
        const ranges = Array.from({ length: 100_000 }, (_, i) => [2 * i, 2 * i + 1])
        Object.assign(header, { ranges, openRanges: ranges, rowCount: 100_000, depth: 30 })
      },
    )
    expect(refusalOf(summary)).toMatch(/'rowIds' .*still to be selected/)
    const outside = crafted(summary, ({ header }) => {
      header.openRanges = [...(header.openRanges as number[][]).slice(0, -1), [199_998, 200_000]]
    })
    expect(refusalOf(outside)).toMatch(/'openRanges' .*is \[199998,200000\] at index 99999/)
    expect(process.cpuUsage(start).user).toBeLessThan(9e6) // microseconds
  })

  test('a row count that is not that of the ranges', () => {
    for (const [kind, bytes] of kinds()) {
      for (const rowCount of [10 ** 9, 0, 1]) {
        const said = refusalOf(crafted(bytes, ({ header }) => (header.rowCount = rowCount)))
        expect(said, kind).toMatch(/'(rowCount|shardSquaredNorms)'/)
      }
    }
  })
})
