// Catches: any selection, visibility, cut of the keys or kernel at which an output, lse or count is not the oracle's. Cannot
// catch: what the coordinator makes of it.
import {
  attendProblem,
  attendRows,
  attendTermsOf,
  finishRows,
  type HeadSources,
  joinPartialRows,
  type Kernels,
  type RowRange,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { gaussian } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { oracleAttend, type OracleAttendOptions } from '../../support/softmax/attend.ts'
import { attendedHere } from '../../support/softmax/attend-product.ts'

const [scalar, wasm] = allKernels()

const visibility = fc.record({
  causal: fc.boolean(),
  window: fc.constantFrom(0, 1, 5),
  segment: fc.constantFrom(0, 0, 8),
  hidden: fc.constantFrom(0, 3),
})
const selection = fc.record({
  set: fc.constantFrom('full', 'none', 'ids', 'norm-max'),
  local: fc.constantFrom(-1, 0, 2, 30),
  sinkTokens: fc.constantFrom(0, 2),
  restClusters: fc.constantFrom(0, 1, 3),
})

/** n keys, m queries that stand at the last ones. */
interface Drawn {
  readonly n: number
  readonly m: number
  readonly dv: number
  readonly seed: number
  readonly visible: typeof visibility extends fc.Arbitrary<infer T> ? T : never
  readonly selected: typeof selection extends fc.Arbitrary<infer T> ? T : never
}

function optionsOf({ n, m, visible, selected }: Drawn): OracleAttendOptions {
  const { causal, window, segment, hidden } = visible
  const isCut = causal && window > 0
  const { set, local, sinkTokens, restClusters } = selected
  const ids = [0, 1, 2, 3].map((i) => Math.floor((i * n) / 4))
  const fixed =
    set === 'full'
      ? { full: true }
      : set === 'none'
        ? { none: true, sinkTokens: 1 }
        : set === 'ids'
          ? { ids: [ids] }
          : { rule: 'norm-max', keep: Math.min(3, n) }
  const extras = {
    ...(local >= 0 && { local }),
    ...(sinkTokens > 0 && { sinkTokens }),
    ...(restClusters > 0 && { restClusters }),
  }
  return {
    ...(causal && { causal }),
    ...((causal || segment > 0) && { queryStart: n - m }),
    ...(isCut && { slidingWindow: window }),
    ...(segment > 0 && !isCut && { segment }),
    ...(hidden > 0 && { keyMask: Array.from({ length: n }, (_, key) => (key % hidden === 1 ? 0 : 1)) }),
    selection: { ...fixed, ...(set === 'full' ? {} : extras) } as OracleAttendOptions['selection'],
  }
}

const drawn = fc
  .record({
    n: fc.integer({ min: 1, max: 300 }),
    m: fc.integer({ min: 1, max: 40 }),
    dv: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(1e6),
    visible: visibility,
    selected: selection,
  })
  .map((all) => ({ ...all, m: Math.min(all.m, all.n) }))

function headsOf({ n, m, dv, seed }: Drawn) {
  const round = (matrix: ReturnType<typeof gaussian>) => {
    matrix.data.forEach((x, i) => (matrix.data[i] = Math.fround(2 * x)))
    return matrix
  }
  return {
    queries: [round(gaussian(m, 6, seed))],
    keys: [round(gaussian(n, 6, seed + 1))],
    values: [round(gaussian(n, dv, seed + 2))],
  }
}

describe.each(['f32', 'f64'] as const)('%s', (element) => {
  test('outputs, lse and counts are the oracle’s, with the same bytes of both kernels', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const heads = headsOf(one)
        const options = optionsOf(one)
        const [answer] = oracleAttend(heads, options)
        const found = attendedHere({ heads, element, options }, 0, answer, wasm)
        expect(attendedHere({ heads, element, options }, 0, answer, scalar)).toEqual(found)
        expect([...found.keyIds]).toEqual([...answer.keyIds])
        expect(found).toMatchObject({ emptyRows: answer.emptyRows, selfRows: answer.selfRows })
        const most = (element === 'f32' ? 1e-6 : 1e-12) * 12
        answer.output.forEach((value, i) => expect(Math.abs(value - found.output[i])).toBeLessThan(most))
        answer.lse.forEach((lse, i) => {
          if (lse === -Infinity) expect(found.lse[i]).toBe(-Infinity)
          else expect(Math.abs(lse - found.lse[i])).toBeLessThan(most)
        })
      }),
    )
  })

  test('any cut of the keys gives the rows of all of them, and counts the keys of S_i', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 200 }), (one, cut) => {
        const { restClusters: _, ...selected } = optionsOf(one).selection
        if (Object.keys(selected).join() === 'none') return
        const options = { ...optionsOf(one), selection: selected }
        const heads = headsOf(one)
        const [answer] = oracleAttend(heads, options)
        const sources = {
          queries: sourceOf(heads.queries[0], element),
          keys: sourceOf(heads.keys[0], element),
          values: sourceOf(heads.values[0], element),
        }
        const ids = Float64Array.from(answer.keyIds)
        const parts = partsOf(sources, options, ids, cut, wasm)
        const rows = finishRows(
          parts.reduce((a, b) => ({ ...b, ...joinPartialRows(a, b) })),
          'f64',
        )
        answer.output.forEach((value, i) => expect(Math.abs(value - rows.output[i])).toBeLessThan(2e-5))
        const counts = parts.reduce((sum, part) => sum + part.counts.reduce((a, b) => a + b, 0), 0)
        expect(counts).toBeCloseTo((answer.keysPerRow ?? 0) * (one.m - answer.emptyRows), 6)
        expect(parts.reduce((sum, { selfRows }) => sum + selfRows, 0)).toBe(answer.selfRows)
      }),
    )
  })
})

function partsOf(
  sources: HeadSources,
  options: OracleAttendOptions,
  keyIds: Float64Array,
  cut: number,
  kernels: Kernels,
) {
  const { keys, queries } = sources
  const { ids: _, scores: _s, rule: _r, keep: _k, ...extras } = options.selection
  const isFixed = !('full' in extras) && !('none' in extras)
  const keyMask = options.keyMask && Uint8Array.from(options.keyMask)
  const { selection: _all, keyMask: _m, queryMask: _q, keyRows: _kr, queryRows: _qr, ...rest } = options
  const asked = {
    ...rest,
    ...(keyMask && { keyMask }),
    selection: { ...extras, ...(isFixed && { ids: keyIds }) },
  }
  const shape = { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols }
  const problem = attendProblem(asked as Parameters<typeof attendProblem>[0], shape)
  const reach = { largestNorm: 100, largestEntry: 20 }
  const terms = attendTermsOf(problem, sources, { keys: reach, values: reach }, keyIds)
  const batch = { rowStart: 0, rowEnd: queries.rows }
  const ranges: RowRange[] = []
  for (let row = 0; row < keys.rows; row += cut)
    ranges.push({ rowStart: row, rowEnd: Math.min(keys.rows, row + cut) })
  return ranges.map((range) => attendRows({ source: keys, range, kernels }, { ...terms, batch }))
}
