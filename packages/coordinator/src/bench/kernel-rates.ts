import { type Kernels, withScratch } from '@levattention/core/internal'

type Element = 'f32' | 'f64'

/** What one thread makes of one kernel whose rows lie in its cache: operations a second, or bytes read. */
export interface KernelRate {
  readonly kernel: string
  readonly element: Element
  readonly dim: number
  readonly rate: number
  readonly unit: 'flops' | 'bytes'
  /** In which its sums are, and so its ceiling. */
  readonly precision: 'f32' | 'f64'
}

/** The work of one call, and the call. */
type Prepared = readonly [work: number, run: () => void]

interface KernelCase extends Pick<KernelRate, 'unit' | 'precision'> {
  /** `rowCount` rows of `dim` columns; undefined where there is no such kernel. */
  prepare(kernels: Kernels, element: Element, dim: number, rowCount: number): Prepared | undefined
}

const ROW_BYTES = 2 ** 20
/** Queries and keys of the dot kernels. */
const BLOCK = 512
const SOFTMAX_KEYS = 4 * BLOCK
const HITS = 2 ** 16

const f64Sums = { unit: 'flops', precision: 'f64' } as const
const f32Sums = { unit: 'flops', precision: 'f32' } as const

/** What rows go through, by what is told of it. */
const CASES: Readonly<Record<string, KernelCase>> = {
  addGram: {
    ...f64Sums,
    prepare(kernels, element, dim, n) {
      const [gram, rows] = [kernels.f64(dim * dim), filled(kernels, element, n * dim)]
      return [n * dim * (dim + 1), () => kernels.addGram(gram, rows, n, dim)]
    },
  },
  multiply: {
    ...f64Sums,
    prepare(kernels, element, dim, n) {
      const [out, rows] = [kernels.f64(n * dim), filled(kernels, element, n * dim)]
      const matrix = lowerFactor(kernels, dim)
      return [2 * n * dim * dim, () => kernels.multiply(out, rows, matrix, n, dim, dim)]
    },
  },
  leverage: {
    ...f64Sums,
    prepare(kernels, element, dim, n) {
      const { tau, rows, lower } = leverageOperands(kernels, element, dim, n)
      return [n * dim * dim, () => kernels.leverage(tau, rows, lower, n, dim)]
    },
  },
  'leverage + whitened': {
    ...f64Sums,
    prepare(kernels, element, dim, n) {
      const { tau, rows, lower } = leverageOperands(kernels, element, dim, n)
      const whitened = kernels.f64(n * dim)
      return [n * dim * dim, () => kernels.leverage(tau, rows, lower, n, dim, whitened)]
    },
  },
  weightedNorms: {
    unit: 'bytes',
    precision: 'f64',
    prepare(kernels, element, dim, n) {
      const [out, rows] = [kernels.f64(n), filled(kernels, element, n * dim)]
      const weights = filled(kernels, 'f64', dim) as Float64Array
      return [rows.byteLength, () => kernels.weightedNorms(out, rows, weights, n, dim)]
    },
  },
  dotsAtLeastOne: {
    ...f32Sums,
    prepare(kernels, element, dim) {
      if (element !== 'f32') return undefined
      const hits = kernels.u32(2 * BLOCK * BLOCK)
      const [queries, keys] = [0, 1].map(() => floats(kernels, BLOCK * dim, 1 / Math.sqrt(dim)))
      return [2 * BLOCK * BLOCK * dim, () => kernels.dotsAtLeastOne(hits, queries, BLOCK, keys, BLOCK, dim)]
    },
  },
  // Its rate is that of plain dots.
  compensatedDots: {
    ...f64Sums,
    prepare(kernels, element, dim) {
      const count = BLOCK / 4
      const out = kernels.f64(count * count)
      const queries = filled(kernels, 'f64', count * dim) as Float64Array
      const keys = filled(kernels, element, count * dim)
      return [2 * count * count * dim, () => kernels.compensatedDots(out, queries, count, keys, count, dim)]
    },
  },
  // Of the dots; there are as many exponentials as pairs.
  softmaxPairs: {
    ...f32Sums,
    prepare(kernels, element, dim) {
      if (element !== 'f32') return undefined
      const { rows, block, restart } = softmaxBlock(kernels, dim)
      const hits = {
        queries: kernels.u32(HITS),
        keys: kernels.u32(HITS),
        logits: kernels.f32(HITS),
        capacity: HITS,
        progress: kernels.u32(1),
      }
      const thresholds = kernels.f64(BLOCK).fill(Math.log2(0.01))
      const run = () => {
        restart()
        do kernels.softmaxPairs(hits, rows, thresholds, block)
        while (hits.progress[0] !== 0)
      }
      return [2 * BLOCK * SOFTMAX_KEYS * dim, run]
    },
  },
  softmaxValues: {
    ...f32Sums,
    prepare(kernels, element, dim) {
      if (element !== 'f32') return undefined
      const { rows, block, restart } = softmaxBlock(kernels, dim)
      const [sums, values] = [kernels.f64(BLOCK * dim), floats(kernels, SOFTMAX_KEYS * dim)]
      const run = () => {
        restart()
        kernels.softmaxValues(sums, rows, block, values, dim)
      }
      return [4 * BLOCK * SOFTMAX_KEYS * dim, run]
    },
  },
}

/**
 * Rates of all kernels at `dims` for rows of `elements`, each measured for `caseMs`; the best tenth of the calls counts, so that a
 * busy machine shows less.
 */
export function* kernelRates(
  kernels: Kernels,
  dims: readonly number[],
  elements: readonly Element[] = ['f32', 'f64'],
  caseMs = 200,
): Generator<KernelRate> {
  for (const [kernel, one] of Object.entries(CASES))
    for (const element of elements)
      for (const dim of dims) {
        const rate = withScratch(kernels, () => {
          const prepared = one.prepare(kernels, element, dim, ROW_BYTES / 4 / dim)
          return prepared && rateOf(prepared, caseMs)
        })
        if (rate !== undefined) yield { kernel, element, dim, rate, unit: one.unit, precision: one.precision }
      }
}

/** Work a second. */
function rateOf([work, run]: Prepared, caseMs: number): number {
  const times: number[] = []
  for (const start = performance.now(); performance.now() - start < caseMs;) {
    const before = performance.now()
    run()
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  return (work / times[Math.floor(times.length / 10)]) * 1000
}

/** Within 1/2 of 0, times `scale`; nothing that is told depends on which. */
function filled(kernels: Kernels, element: Element, length: number, scale = 1): Float32Array | Float64Array {
  const array = kernels[element](length)
  for (let i = 0; i < length; i++) array[i] = scale * (Math.random() - 0.5)
  return array
}

function floats(kernels: Kernels, length: number, scale = 1): Float32Array {
  return filled(kernels, 'f32', length, scale) as Float32Array
}

/** What `leverage` takes: room for scores, rows and a factor. */
function leverageOperands(kernels: Kernels, element: 'f32' | 'f64', dim: number, n: number) {
  return {
    tau: kernels.f64(n),
    rows: filled(kernels, element, n * dim),
    lower: lowerFactor(kernels, dim),
  }
}

function lowerFactor(kernels: Kernels, dim: number): Float64Array {
  const lower = filled(kernels, 'f64', dim * dim, 1 / dim) as Float64Array
  for (let i = 0; i < dim; i++) lower[i * dim + i] = 1
  return lower
}

/** Logits of a standard deviation of 1.4 octaves. */
function softmaxBlock(kernels: Kernels, dim: number) {
  const queries = floats(kernels, BLOCK * dim, 5 / Math.sqrt(dim))
  const keys = floats(kernels, SOFTMAX_KEYS * dim, Math.sqrt(12))
  const rows = { shifts: kernels.f64(BLOCK), totals: kernels.f64(BLOCK) }
  const restart = () => {
    rows.shifts.fill(-Infinity)
    rows.totals.fill(0)
  }
  return { rows, block: { queries, queryCount: BLOCK, keys, keyCount: SOFTMAX_KEYS, dim }, restart }
}
