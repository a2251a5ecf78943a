// Catches: a kernel that is not heard of, so that a thread that works in it for long would look as if it hung.
import {
  compileKernels,
  type Kernels,
  LEAST_HITS,
  scalarKernels,
  wasmKernels,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'

const module = await compileKernels()

test.each<[string, (onCall: () => void) => Kernels]>([
  ['scalar', scalarKernels],
  ['wasm', (onCall) => wasmKernels(module, onCall)],
])('each call of a %s kernel is heard of once', (_, make) => {
  let heard = 0
  const kernels = make(() => heard++)
  const [one, two, three] = [kernels.f64(1), kernels.f64(1), kernels.f64(1)]
  const [single, places] = [
    [kernels.f32(1), kernels.f32(1)],
    [kernels.u32(2), kernels.u32(1)],
  ]
  const rows = { shifts: one, totals: two }
  const block = { queries: single[0], queryCount: 1, keys: single[1], keyCount: 1, dim: 1 }
  const hits = {
    queries: kernels.u32(LEAST_HITS),
    keys: kernels.u32(LEAST_HITS),
    logits: kernels.f32(LEAST_HITS),
    capacity: LEAST_HITS,
    progress: kernels.u32(1),
  }
  const [queries, keys] = single
  const head = { queries, keys, values: keys, rows: 1, keyCount: 1, dim: 1, valueDim: 1 }
  const state = () => ({
    octaves: kernels.f32(1),
    shifts: kernels.f64(1),
    totals: kernels.f64(1),
    sums: kernels.f64(1),
  })
  expect(heard).toBe(0)
  const calls: Record<
    Exclude<keyof Kernels, 'name' | 'threads' | 'f32' | 'f64' | 'u32' | 'u8' | 'mark' | 'release'>,
    () => void
  > = {
    addGram: () => kernels.addGram(one, two, 1, 1),
    addGrams: () => kernels.addGrams(one, two, 1, 1, 1),
    multiply: () => kernels.multiply(one, two, three, 1, 1, 1),
    leverage: () => kernels.leverage(one, two, three, 1, 1),
    weightedNorms: () => kernels.weightedNorms(one, two, three, 1, 1),
    rowNorms: () => kernels.rowNorms(one, two, three, 1, 1),
    atLeast: () => kernels.atLeast(places[0], one, 1, 1),
    rowMaxima: () => kernels.rowMaxima(one, two, 1, 1),
    rowTops: () => kernels.rowTops(one, two, 1, 1),
    exp2Sums: () => kernels.exp2Sums(one, two, three, 1, 1),
    scaleRows: () => kernels.scaleRows(one, two, three, 1, 1),
    rowDots: () => kernels.rowDots(one, two, three, 1, 1),
    powersOfTwo: () => kernels.powersOfTwo(one, places[1], two, 1),
    certifyQueries: () =>
      kernels.certifyQueries(one, two, three, three, three, three, 1, {
        gramError: 0,
        rootError: 0,
        ridge: 0,
        dropRidge: 0,
        shortfall: 0,
        ridgeShare: 0,
        trustedBelow: 0,
      }),
    filterFactors: () =>
      kernels.filterFactors(one, two, three, 1, {
        epsilon: 1,
        room: 1,
        lengths: 1,
        relative: 0,
        underflow: 0,
      }),
    scorePairs: () => {
      const [u, v, x, y, z] = [kernels.u32(1), kernels.u32(1), kernels.f64(1), kernels.f64(1), kernels.f64(1)]
      const kept = { queries: u, slots: v, dots: x, scores: y, slacks: z }
      const terms = { rounding: 0, limit: 1, epsilon: 1, queryStart: 0, slotStart: 0 }
      kernels.scorePairs(kept, places[0], 1, one, 1, two, 1, three, three, 1, terms)
    },
    moveSum: () => kernels.moveSum(one, two, 1),
    dotsAtLeastOne: () => kernels.dotsAtLeastOne(places[0], single[0], 1, single[1], 1, 1),
    compensatedDots: () => kernels.compensatedDots(one, two, 1, three, 1, 1),
    cholesky: () => kernels.cholesky(one, two, 1),
    solveCholesky: () => kernels.solveCholesky(one, two, 1),
    equilibrate: () => kernels.equilibrate(one, two, three, 1),
    invertLower: () => kernels.invertLower(one, two, 1),
    symmetricEigen: () => kernels.symmetricEigen(one, two, three, 1),
    symmetricEigenvalues: () => kernels.symmetricEigenvalues(one, two, 1),
    softmaxPairs: () => kernels.softmaxPairs(hits, rows, three, block),
    softmaxValues: () => kernels.softmaxValues(three, rows, block, single[0], 1),
    softmaxHead: () => kernels.softmaxHead(kernels.f32(1), state(), head, 1),
    softmaxHeadGradient: () => {
      const out = { dQueries: kernels.f32(1), dKeys: kernels.f32(1), dValues: kernels.f32(1) }
      kernels.softmaxHeadGradient(out, single[0], state(), head, 1, 1)
    },
    softmaxGradient: () => {
      const into = { queries: three, keys: kernels.f64(1), values: kernels.f64(1) }
      kernels.softmaxGradient(into, { ...rows, means: two, dOutputs: single[1] }, block, single[0], 1)
    },
  }
  Object.values(calls).forEach((call, i) => {
    call()
    expect(heard).toBe(i + 1)
  })
})

test('the algebra of a large matrix is heard of while it goes on', () => {
  const dim = 200
  let heard = 0
  const kernels = wasmKernels(module, () => heard++)
  const [matrix, out] = [kernels.f64(dim * dim), kernels.f64(dim * dim)]
  for (let a = 0; a < dim; a++) matrix.fill(1, a * dim, (a + 1) * dim - a)
  for (let a = 0; a < dim; a++) matrix[a * (dim + 1)] = dim + a
  const heardIn = (work: () => void) => {
    const before = heard
    work()
    return heard - before
  }
  expect(heardIn(() => kernels.cholesky(out, matrix, dim))).toBeGreaterThan(5)
  expect(heardIn(() => kernels.invertLower(out, matrix, dim))).toBeGreaterThan(5)
  expect(heardIn(() => kernels.symmetricEigen(kernels.f64(dim), out, matrix, dim))).toBeGreaterThan(20)
})
