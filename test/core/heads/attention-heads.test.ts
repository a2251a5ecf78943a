// Catches: a head of a batch whose output, chosen keys or gradients are not those of attendWithGradient to the bit, by either
// kernels, whether its numbers are easy for float32 or not; heads that touch one another; a forward that leaves something to the next.
import {
  AttentionHeads,
  attendWithGradientInMemory,
  fixedSet,
  type HeadsOptions,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'
import { someOf } from '../../support/tier.ts'

const shape = { heads: 3, rows: 70, dim: 9, valueDim: 6 }
const { heads: HEADS, rows: N, dim: D, valueDim: DV } = shape
const NO_MASK = { causal: false, queryStart: 0 }

const SELECTIONS: readonly HeadsOptions[] = [
  { selection: { full: true } },
  { selection: { rule: 'leverage', keep: 12 } },
  { selection: { rule: 'norm-max', keep: 12 }, scale: 0.2 },
  { selection: { rule: 'random', keep: 12, seed: 4 } },
  { selection: { rule: 'leverage', keep: N } },
  { selection: { none: true, local: 2 } },
  { selection: { rule: 'leverage', keep: 5, local: 1, sinkTokens: 1 } },
  { selection: { rule: 'accumulated', keep: 12 }, scale: 0.4 },
  { selection: { rule: 'query-moments', keep: 5 } },
  { selection: { rule: 'kmeans', keep: 5 } },
  { selection: { rule: 'norm-max', keep: 5, local: 2, grid: { height: 3, width: 23, prefixTokens: 1 } } },
]

const BY_RULE = SELECTIONS.filter(({ selection }) => 'rule' in selection).slice(0, 5)

const INPUTS = ['queries', 'keys', 'values', 'dOutput'] as const

function fill(heads: AttentionHeads, seed: number): void {
  const random = new Random(seed)
  for (const name of INPUTS) heads.arrays[name].forEach((_, i, all) => (all[i] = random.normal()))
}

eachKernels('attention of heads', (kernels) => {
  function check(heads: AttentionHeads, options: HeadsOptions, draw: number): void {
    const { arrays, keyIds } = heads
    for (let h = 0; h < HEADS; h++) {
      const part = (array: Float32Array, width: number) =>
        Float32Array.from(array.subarray(h * N * width, (h + 1) * N * width))
      const head = {
        queries: { data: part(arrays.queries, D), rows: N, cols: D },
        keys: { data: part(arrays.keys, D), rows: N, cols: D },
        values: { data: part(arrays.values, DV), rows: N, cols: DV },
      }
      const { rule, keep, seed, ...extras } = options.selection as Record<string, unknown>
      const set = { rule, keep, ...(seed !== undefined && { seed }) } as Parameters<typeof fixedSet>[3]
      const chosen =
        rule === undefined
          ? undefined
          : fixedSet(head, NO_MASK, options.scale, set, { draw: draw * HEADS + h })
      if (chosen) expect(keyIds[h]).toEqual(chosen)
      const selection = { ...extras, ...(chosen && { ids: chosen }) } as HeadsOptions['selection']
      const one = attendWithGradientInMemory(head, { ...options, selection }, kernels)
      expect(part(arrays.output, DV)).toEqual(one.output)
      const wanted = one.gradient(part(arrays.dOutput, DV))
      expect(part(arrays.dQueries, D)).toEqual(wanted.queries)
      expect(part(arrays.dKeys, D)).toEqual(wanted.keys)
      expect(part(arrays.dValues, DV)).toEqual(wanted.values)
    }
  }

  test.each(someOf(SELECTIONS, 6))('each head is attendWithGradient’s, call after call: %j', (options) => {
    const mark = kernels.mark()
    const heads = new AttentionHeads(kernels, shape, options)
    for (const draw of [0, 1]) {
      fill(heads, 10 * draw)
      heads.forward(draw)
      heads.backward()
      check(heads, options, draw)
    }
    kernels.release(mark)
  })

  test.each<[name: string, change: (heads: AttentionHeads) => void]>([
    ['long queries', ({ arrays }) => arrays.queries.subarray(0, 2 * D).fill(90)],
    [
      'tiny values',
      ({ arrays }) => arrays.values.subarray(0, N * DV).forEach((x, i, all) => (all[i] = x * 2 ** -90)),
    ],
    ['huge slopes', ({ arrays }) => arrays.dOutput.forEach((x, i, all) => (all[i] = x * 2 ** 90))],
    ['keys whose squares float32 does not hold', ({ arrays }) => arrays.keys.subarray(0, 2 * D).fill(1e25)],
    ['no slopes', ({ arrays }) => arrays.dOutput.fill(0)],
    ['keys of zeros', ({ arrays }) => arrays.keys.fill(0)],
    ['keys alike', ({ arrays }) => arrays.keys.copyWithin(D, 0, 5 * D)],
    [
      'dependent columns',
      ({ arrays }) => arrays.keys.forEach((x, i, all) => (all[i] = i % D === 3 ? all[i - 1] : x)),
    ],
  ])('%s: still to the bit, beside easy heads', (_, change) => {
    for (const options of someOf(BY_RULE, 2)) {
      const mark = kernels.mark()
      const heads = new AttentionHeads(kernels, shape, options)
      fill(heads, 3)
      heads.forward()
      change(heads)
      heads.forward()
      heads.backward()
      check(heads, options, 0)
      kernels.release(mark)
    }
  })

  test('a NaN is told of, and the next call is as ever', () => {
    const options = SELECTIONS[1]
    const heads = new AttentionHeads(kernels, shape, options)
    for (const name of ['queries', 'keys', 'values'] as const) {
      fill(heads, 3)
      heads.arrays[name][N * (name === 'values' ? DV : D) + 1] = NaN
      expect(() => heads.forward()).toThrow(new RegExp(`row 0, column 1 is NaN \\(${name}`))
    }
    fill(heads, 3)
    heads.forward()
    heads.arrays.dOutput[7] = NaN
    expect(() => heads.backward()).toThrow(/dOutput: row 1, column 1 is NaN/)
    fill(heads, 3)
    heads.forward()
    heads.backward()
    check(heads, options, 0)
  })

  describe('refused', () => {
    test.each<[object, object, RegExp]>([
      [{ rows: 1025 }, {}, /rows is 1025; it must be a whole number from 1 to 1024/],
      [{ heads: 0 }, {}, /heads is 0/],
      [{}, { selection: { rule: 'kmeans' } }, /by a rule \(leverage, norm-max, /],
      [{}, { selection: { rule: 'leverage', epsilon: 0.1 } }, /and keep/],
      [{}, { selection: { rule: 'leverage', keep: 71 } }, /`keep` is 71, and there are 70 keys/],
      [{}, { selection: { full: true }, causal: true }, /no option 'causal'/],
    ])('%j %j', (change, options, message) => {
      const make = () =>
        new AttentionHeads(
          kernels,
          { ...shape, ...change },
          {
            selection: { full: true },
            ...options,
          },
        )
      expect(make).toThrow(message)
    })
  })
})
