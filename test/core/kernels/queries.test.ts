// Catches: a formula, comparison or edge (0, NaN, infinity, subnormal) in which WASM and reference differ from what Kernels
// states, a pair dropped or kept wrongly, writes past the end. Cannot catch: bounds that are wrong themselves (test/laws).
import type { Kernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { bits, KINDS, random, scratch64, SMALL_SIZES } from './values.ts'

const COUNTS = [...SMALL_SIZES, 65, 257]

/** `length` numbers of every size and kind, zeros, NaN and infinities among them. */
function odd(kernels: Kernels, length: number, seed: number): Float64Array {
  const next = random(seed)
  const values = kernels.f64(length)
  const edges = [0, -0, NaN, Infinity, -Infinity, 2 ** -1074, 2 ** -1022, Number.MAX_VALUE, 1, 0.5, 2 ** 899]
  for (let i = 0; i < length; i++) {
    const edge = edges[Math.floor(next() * 40)]
    values[i] = edge ?? (next() - 0.1) * 2 ** Math.round((next() - 0.5) * 60)
  }
  return values
}

eachKernels('queries and their pairs', (kernels) => {
  function forCounts(check: (count: number) => void): void {
    for (const count of COUNTS) {
      const mark = kernels.mark()
      check(count)
      kernels.release(mark)
    }
  }

  test.each([
    [0, 1, 0],
    [0.5, 1, 0],
    [1, 0.5, -1],
    [0.999, 1, 0],
    [1.5, 0.5, -1],
    [3, 0.25, -2],
    [2 ** -899, 2 ** 898, 898],
    [2 ** 898, 2 ** -899, -899],
    [2 ** 898 * (2 - 2 ** -52), 2 ** -899, -899],
  ])('the power of two of %d', (maximum, factor, shift) => {
    const [factors, shifts, maxima] = [kernels.f64(1), kernels.u32(1), kernels.f64(1)]
    maxima[0] = maximum
    expect(kernels.powersOfTwo(factors, shifts, maxima, 1)).toBe(1)
    expect([factors[0], shifts[0] | 0]).toEqual([factor, shift])
  })

  test.each([NaN, Infinity, Number.MAX_VALUE, 2 ** 899, 2 ** -901, 2 ** -1022, 2 ** -1074])(
    'powers of two end before %d',
    (last) => {
      const maxima = kernels.f64(4)
      maxima.set([1, 0, last, 1])
      const [factors, shifts] = [kernels.f64(4).fill(7), kernels.u32(4).fill(7)]
      expect(kernels.powersOfTwo(factors, shifts, maxima, 4)).toBe(2)
      expect([...factors, ...shifts]).toEqual([0.5, 1, 7, 7, 2 ** 32 - 1, 0, 7, 7])
    },
  )

  test('row sums are bounded and covered as stated', () => {
    forCounts((count) => {
      for (const scale of [0, 1e-12, 1e-6, 0.5]) {
        const [rowSums, columnSizes, gramSizes, ridgeSizes] = [1, 2, 3, 4].map((seed) =>
          odd(kernels, count, seed + count),
        )
        const terms = {
          gramError: 1e-3 * scale,
          rootError: scale,
          ridge: scale,
          dropRidge: scale / 2,
          shortfall: scale / 3,
          ridgeShare: 0.1,
          trustedBelow: 1e-5,
        }
        const [errors, searched] = [scratch64(kernels, count + 2, 8), scratch64(kernels, count + 2, 9)]
        const want = { errors: errors.slice(), searched: searched.slice(), settled: 0 }
        for (let q = 0; q < count; q++) {
          const [n, c] = [rowSums[q], columnSizes[q]]
          const error = (terms.gramError * gramSizes[q]) / n + terms.rootError * Math.sqrt(c / n)
          want.errors[q] = n > 0 ? error : Infinity
          const length = Math.sqrt(ridgeSizes[q]) + terms.shortfall * Math.sqrt(c)
          const hidden = Math.max(terms.ridge * (length * length), terms.dropRidge * c)
          const isCovered = want.errors[q] <= 1e-5 && hidden <= 0.1 * n * (1 - want.errors[q])
          want.searched[q] = isCovered ? n : 0
          if (isCovered) want.settled++
        }
        const settled = kernels.certifyQueries(
          errors,
          searched,
          rowSums,
          columnSizes,
          gramSizes,
          ridgeSizes,
          count,
          terms,
        )
        expect(settled).toBe(want.settled)
        expect(bits(errors)).toBe(bits(want.errors))
        expect(bits(searched)).toBe(bits(want.searched))
      }
    })
  })

  test('factors of the filter: 0 without a row sum, NaN where too little is known', () => {
    const seen = new Set<string>()
    forCounts((count) => {
      const rowSums = odd(kernels, count, count)
      const errors = odd(kernels, count, count + 1)
      for (let q = 0; q < count; q++) if (q % 3 > 0) errors[q] = 1e-9
      const terms = { epsilon: 0.01, room: 0.99, lengths: 1.3, relative: 1e-6, underflow: 1e-40 }
      const factors = scratch64(kernels, count + 2, 3)
      const want = factors.slice()
      for (let q = 0; q < count; q++) {
        const c = 0.99 * Math.sqrt(0.01 * rowSums[q])
        const e = ((1e-6 + errors[q]) * (1.3 * Math.sqrt(rowSums[q]))) / c + 1e-40
        want[q] = e < 0.5 ? 1 / (c * (1 - e)) : NaN
        if (!(rowSums[q] > 0)) want[q] = 0
        seen.add(want[q] === 0 ? 'none' : Number.isNaN(want[q]) ? 'all' : 'some')
      }
      kernels.filterFactors(factors, rowSums, errors, count, terms)
      expect(bits(factors)).toBe(bits(want))
    })
    expect([...seen].toSorted()).toEqual(['all', 'none', 'some'])
  })

  test.each(KINDS)(
    '%s numbers: pairs are scored as stated; those that may be heavy are kept, in order',
    (kind) => {
      const seen = { kept: 0, dropped: 0, unknown: 0 }
      const [queryCount, keyCount] = [5, 7]
      forCounts((pairCount) => {
        for (const dim of [0, 1, 2, 3, 4, 5, 63, 64, 65]) {
          const queries = scratch64(kernels, queryCount * dim, dim, kind)
          const keys = scratch64(kernels, keyCount * dim, dim + 1, kind)
          const rowSums = scratch64(kernels, queryCount, 5, 'gaps').map((sum) => Math.abs(sum) * dim)
          const [sums, errors] = [kernels.f64(queryCount), kernels.f64(queryCount)]
          sums.set(rowSums)
          errors.fill(1e-7)
          const hits = kernels.u32(2 * pairCount)
          const next = random(pairCount + dim)
          for (let i = 0; i < pairCount; i++)
            hits.set([Math.floor(next() * queryCount), Math.floor(next() * keyCount)], 2 * i)
          const terms = {
            rounding: 2 ** -20,
            limit: 2 ** -18,
            epsilon: 0.05,
            queryStart: 100,
            slotStart: 1000,
          }
          const kept = columnsOf(kernels, pairCount + 2)
          const want = Object.fromEntries(
            Object.entries(kept).map(([name, column]) => [name, Array.from(column as ArrayLike<number>)]),
          )
          let count = 0
          for (let i = 0; i < pairCount; i++) {
            const [q, k] = [hits[2 * i], hits[2 * i + 1]]
            let [dot, size] = [0, 0]
            for (let a = 0; a < dim; a++) {
              dot += queries[q * dim + a] * keys[k * dim + a]
              size += Math.abs(queries[q * dim + a] * keys[k * dim + a])
            }
            const own = (2 ** -20 * size) / Math.abs(dot)
            const score = Math.min(1, (dot * dot) / sums[q])
            const isKnown = own <= 2 ** -18
            if (isKnown && !(score >= 0.05 * (1 - (own + 1e-7)))) {
              seen.dropped++
              continue
            }
            seen[isKnown ? 'kept' : 'unknown']++
            const row = [100 + q, 1000 + k, dot, score, isKnown ? own + 1e-7 : NaN]
            Object.values(want).forEach((column, at) => (column[count] = row[at]))
            count++
          }
          const args = [
            hits,
            pairCount,
            queries,
            queryCount,
            keys,
            keyCount,
            sums,
            errors,
            dim,
            terms,
          ] as const
          expect(kernels.scorePairs(kept, ...args)).toBe(count)
          for (const [name, column] of Object.entries(kept))
            expect(Array.from(column as ArrayLike<number>), name).toEqual(want[name])
        }
      })
      // Their products vanish or overflow: all are left to a closer look.
      const isExtreme = kind === 'subnormal' || kind === 'huge'
      for (const what of isExtreme ? ['unknown'] : Object.keys(seen))
        expect(seen[what as keyof typeof seen], what).toBeGreaterThan(0)
    },
  )

  test('a pair of a query or key that is not there is refused', () => {
    const [queries, keys, sums, errors] = [kernels.f64(8), kernels.f64(12), kernels.f64(2), kernels.f64(2)]
    const terms = { rounding: 0, limit: 1, epsilon: 1, queryStart: 0, slotStart: 0 }
    const tried = (query: number, key: number) => {
      const hits = kernels.u32(4)
      hits.set([0, 0, query, key])
      return kernels.scorePairs(columnsOf(kernels, 2), hits, 2, queries, 2, keys, 3, sums, errors, 4, terms)
    }
    expect(tried(1, 2)).toBe(2)
    expect(() => tried(2, 0)).toThrow(/pair 1 is \(2, 0\), and there are 2 queries, 3 keys/)
    expect(() => tried(0, 3)).toThrow(/pair 1 is \(0, 3\)/)
  })
})

function columnsOf(kernels: Kernels, count: number) {
  return {
    queries: kernels.u32(count),
    slots: kernels.u32(count),
    dots: kernels.f64(count),
    scores: kernels.f64(count),
    slacks: kernels.f64(count),
  }
}
