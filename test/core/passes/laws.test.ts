// Catches: a pass whose sum depends on how rows are cut beyond rounding, whose zero is none, that changes what it merges, or
// that a thread or a run folder does not carry whole. Cannot catch: a pass that sums the wrong thing (its command's own tests).
import {
  type AttendSum,
  type EstimateDraws,
  factorOf,
  finishRows,
  firstStep,
  firstWeightPreconditioner,
  type FourthMomentSum,
  gramOfRows,
  GramSum,
  type GramParts,
  logSumOf,
  lseOf,
  type MatrixSource,
  NO_MASK,
  type PairSum,
  PASSES,
  type RowRange,
  scalarKernels,
  type SoftmaxRows,
  type SoftmaxVerifySum,
  type SummarySum,
  sketchTerms,
  lewisStep,
  weightedGram,
  type WeightedSum,
} from '@levattention/core/internal'
import { Packr } from 'msgpackr'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

const [ROWS, DIM] = [120, 4]
const keys = sourceOf(gaussian(ROWS, DIM, 3), 'f32')
const whole = { rowStart: 0, rowEnd: ROWS }
const kernels = scalarKernels()
const step = firstStep(gramOfRows({ source: keys, range: whole, kernels }))
const factor = factorOf(step, ROWS)
const { exponents } = step.first
const coordinates = firstWeightPreconditioner(step)
const weighted = lewisStep(
  1,
  step,
  coordinates,
  weightedGram({ source: keys, range: whole, kernels }, coordinates, exponents, 1),
)
const queries = Float64Array.from(gaussian(3, DIM, 5).data)
const verify = { exponents, queries, epsilon: 0.05, p: 2, precision: 'float64' }

const keyMask = Uint8Array.from({ length: ROWS }, (_, key) => (key % 5 === 0 ? 0 : 1))
/** In float64: float32 sums depend on the cut by its rounding. */
const softmax = {
  queries: sourceOf(gaussian(9, DIM, 5), 'f32').spec,
  batch: { rowStart: 2, rowEnd: 9 },
  visibility: { causal: true, queryStart: 60, keyMask },
  scale: 2,
  keyCount: ROWS,
  reach: { largestNorm: 5, largestEntry: 5 },
  precision: 'f64',
}
/** Hidden keys are not kept; one query of the batch has nothing but local keys. */
const selected = { kept: Float64Array.of(3, 66, 67, 101), local: { radius: 4 } }
/** A shift depends on the cut, the sum does not. */
const logSums = (rows: SoftmaxRows) => Array.from(rows.shifts, (_, q) => lseOf(rows, q))

interface Case {
  /** What rows [range) are asked. */
  readonly question: (range: RowRange) => unknown
  /** The numbers of a sum that no cut of the rows may change but by rounding. */
  readonly numbers: (sum: never) => Iterable<number>
}

const gramOf = ({ state }: SummarySum) => state.gram.gram
const candidatesOf = ({ state }: SummarySum) => [...state.candidates.rowIds, ...state.candidates.bounds]
const flat = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(flat)
      : []

const CASES: Readonly<Record<string, Case>> = {
  gram: { question: () => ({}), numbers: gramOf },
  shardGrams: {
    question: () => ({}),
    numbers: (grams: readonly GramParts[]) => {
      const sum = new GramSum(DIM)
      for (const parts of grams) sum.merge(new GramSum(DIM, parts))
      return sum.gram
    },
  },
  summarize: { question: () => ({ epsilon: 0.1 }), numbers: gramOf },
  sketch: {
    question: () => ({
      terms: sketchTerms({ dim: DIM, epsilon: 0.1, ridgeShare: 0.02 } as never, 0.01, 1),
      epsilon: 0.1,
      rowOffset: 0,
    }),
    numbers: ({ state }: SummarySum) => state.sketch?.tables ?? [],
  },
  refine: {
    question: () => ({ coordinates: { ...coordinates, compensated: [] }, exponents }),
    numbers: gramOf,
  },
  absorb: {
    question: () => ({ epsilon: 0.1, p: 3, rowOffset: 0 }),
    numbers: ({ state }: SummarySum) => [state.gram.rowCount, ...state.gram.gram],
  },
  weigh: {
    question: () => ({ coordinates, exponents, p: 3, columns: 'own' }),
    numbers: ({ gram, columnSquares, weightSum }: WeightedSum) => [...gram.gram, ...columnSquares, weightSum],
  },
  ratio: { question: () => ({ factor: weighted.factor }), numbers: flat },
  products: { question: () => ({ exponents }), numbers: ({ gram }: { gram: GramSum }) => gram.gram },
  fourthMoments: {
    question: () => ({ exponents, coordinates: { ...coordinates, compensated: Uint32Array.of(1) } }),
    numbers: ({ gram, columnPowers }: FourthMomentSum) => [...gram.gram, ...columnPowers],
  },
  tighten: {
    question: () => ({ exponents, trials: queries, p: 3 }),
    numbers: (sums: { depth: number }) => flat({ ...sums, depth: 0 }),
  },
  select: { question: () => ({ factor, epsilon: 0.05 }), numbers: candidatesOf },
  selectPrefix: {
    question: ({ rowStart }) => ({
      prefix: gramOfRows({ source: keys, range: { rowStart: 0, rowEnd: rowStart }, kernels }).parts,
      epsilon: 0.2,
      p: 2,
    }),
    // Which earlier rows a key is tried against depends on the cut.
    numbers: ({ state }: SummarySum) => [state.dropRidge, state.gram.rowCount],
  },
  survey: { question: () => ({ factor, epsilons: [0.1, 0.05], topCount: 7 }), numbers: flat },
  importances: { question: () => ({ factor, rows: 9 }), numbers: flat },
  estimateDraws: {
    question: ({ rowStart, rowEnd }) => ({
      factor: weighted.factor,
      gramFactor: factor,
      seed: 4,
      limit: 90,
      rowCount: ROWS,
      insideRows: Float64Array.of(3, 50, 51, 117).filter((row) => row >= rowStart && row < rowEnd),
    }),
    // Parts of an exact sum are many ways to say it.
    numbers: ({ rateParts, ...draws }: EstimateDraws) =>
      flat([draws, rateParts.reduce((sum, part) => sum + part, 0)]),
  },
  exact: {
    question: () => ({
      factor: { exponents },
      queries,
      epsilon: 0.05,
      precision: 'compensated',
      insideRows: new Float64Array(0),
      p: 2,
    }),
    numbers: ({ rowSums, insideSums }: { rowSums: unknown; insideSums: unknown }) =>
      flat([rowSums, insideSums]),
  },
  columns: { question: () => ({}), numbers: flat },
  keyGram: {
    question: () => ({ coordinates: { ...coordinates, compensated: Uint32Array.of(1) }, exponents }),
    numbers: ({ gram }: GramSum) => gram,
  },
  moments: {
    question: () => ({
      factor: 0.5,
      rows: Float64Array.from({ length: 50 }, (_, i) => 2 * i + 1),
      centre: Float64Array.of(1, 0, -1, 0.5),
    }),
    numbers: flat,
  },
  verify: {
    question: ({ rowEnd }) => ({
      ...verify,
      listedQueries: Uint32Array.of(0, 2),
      listedKeys: Float64Array.of(1, Math.min(117, rowEnd)),
    }),
    numbers: ({ rowSums, columnSquares }: { rowSums: unknown; columnSquares: unknown }) =>
      flat([rowSums, columnSquares]),
  },
  'key-reach': { question: () => ({ visibility: { ...NO_MASK, keyMask } }), numbers: flat },
  'softmax-pairs': {
    question: () => ({ ...softmax, epsilon: 0.02 }),
    numbers: (sum: PairSum) => [...logSums(sum), ...flat([sum.queries, sum.keyIds, sum.dots])],
  },
  'softmax-verify': {
    question: ({ rowEnd }) => ({
      queries,
      queryIds: Float64Array.of(2, 3, 8),
      scale: 2,
      epsilon: 0.02,
      visibility: softmax.visibility,
      listedQueries: Uint32Array.of(0, 2),
      listedKeys: Float64Array.of(1, Math.min(117, rowEnd)),
    }),
    numbers: ({ rows, largestNorm, candidates }: SoftmaxVerifySum) => {
      const sums = Array.from(rows.seen, (_, q) => logSumOf(rows, q))
      return [...sums, largestNorm, ...flat([rows.seen, candidates])]
    },
  },
  'softmax-rows': { question: () => ({ ...softmax, mostLogitError: 0 }), numbers: logSums },
  attend: {
    question: () => ({ ...softmax, values: sourceOf(gaussian(ROWS, 3, 7), 'f32').spec, ...selected }),
    numbers: (sum: AttendSum) => [
      ...flat([finishRows(sum, 'f64').output, sum.counts, sum.selfRows]),
      ...logSums(sum),
    ],
  },
}

/** Wire and run folders carry what this carries. */
const packr = new Packr({ moreTypes: true, structuredClone: true })
const carried = <T>(value: T): T => packr.unpack(packr.pack(value)) as T

function expectNear(found: Iterable<number>, wanted: Iterable<number>): void {
  const [a, b] = [[...found], [...wanted]]
  expect(a.length).toBe(b.length)
  const size = b.reduce((most, x) => Math.max(most, Number.isFinite(x) ? Math.abs(x) : 0), 1e-300)
  const off = a.findIndex((x, i) => !Object.is(x, b[i]) && !(Math.abs(x - b[i]) <= 1e-12 * size))
  expect({ off, found: a[off] }).toEqual({ off: -1, found: undefined })
}

const cuts = fc.uniqueArray(fc.integer({ min: 1, max: ROWS - 1 }), { maxLength: 6 }).map((at) => {
  const ends = [...at.sort((a, b) => a - b), ROWS]
  return ends.map((rowEnd, i) => ({ rowStart: ends[i - 1] ?? 0, rowEnd }))
})

test('every pass of the table has a case here', () => {
  expect(Object.keys(CASES).sort()).toEqual(PASSES.map(({ kind }) => kind).sort())
})

describe.each(PASSES.filter(({ kind }) => kind in CASES).map((pass) => ({ pass, kind: pass.kind })))(
  '$kind',
  ({ pass, kind }) => {
    const { question, numbers } = CASES[kind]
    const numbersOf = (sum: unknown) => numbers(sum as never)
    const map = (range: RowRange, source: MatrixSource = keys) =>
      pass.map({ source, range, kernels }, question(range))
    const terms = { question: question(whole), dim: DIM, element: keys.element }
    const merge = (a: unknown, b: unknown) => pass.merge(a, b, terms, kernels)
    const zero = () => pass.zero(terms)

    test('any cut of the rows gives the same sum up to rounding, and any order of merging it', () => {
      const wanted = numbersOf(map(whole))
      fc.assert(
        fc.property(cuts, (ranges) => {
          const parts = ranges.map((range) => map(range))
          expectNear(numbersOf(parts.reduce((sum, part) => merge(sum, part))), wanted)
          expectNear(numbersOf(parts.reduceRight((sum, part) => merge(part, sum))), wanted)
        }),
        { numRuns: tiered(8, 20) },
      )
    })

    test('zero changes nothing, and merging neither of its sums', () => {
      const half = () => map({ rowStart: 0, rowEnd: 60 })
      const packed = carried(pass.pack(half()))
      expectNear(numbersOf(merge(zero(), half())), numbersOf(half()))
      expectNear(numbersOf(merge(half(), zero())), numbersOf(half()))
      const [a, b] = [half(), map({ rowStart: 60, rowEnd: ROWS })]
      merge(a, b)
      expect(carried(pass.pack(a))).toEqual(packed)
    })

    test('what is packed, carried and unpacked is the same sum, and passes the check of its question', () => {
      for (const sum of [
        map(whole),
        merge(map({ rowStart: 0, rowEnd: 50 }), map({ rowStart: 50, rowEnd: ROWS })),
      ]) {
        const packed = carried(pass.pack(sum))
        expect([...numbersOf(pass.unpack(packed))]).toEqual([...numbersOf(sum)])
        expect(carried(pass.pack(pass.unpack(packed)))).toEqual(packed)
        if (!pass.isTransient) pass.check(packed, { question: question(whole), range: whole, dim: DIM })
      }
    })

    test('an answer is the packed sum', () => {
      expect(carried(pass.answer({ source: keys, range: whole, kernels }, question(whole)))).toEqual(
        carried(pass.pack(map(whole))),
      )
    })
  },
)
