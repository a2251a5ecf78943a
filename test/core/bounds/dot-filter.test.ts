// Catches: a pair that the float32 filter drops though its score reaches the threshold, at any scale and epsilon; queries
// without a row sum that are searched. Cannot catch: a filter that lets too many pass (its benchmark is for that).
import { DotFilter, type Kernels, LARGEST_PAIR_SLACK } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { exactDot } from '../../support/oracle.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { tiered } from '../../support/tier.ts'

interface Search {
  readonly dim: number
  readonly keys: Float64Array // x, |x| <= 1.15
  readonly queries: Float64Array // z
  readonly rowSums: Float64Array
  readonly epsilon: number
}

function candidatesOf(
  kernels: Kernels,
  search: Search,
  relativeError = 0,
  whiteningError = 1e-12,
): Set<string> {
  const { dim, keys, queries, rowSums, epsilon } = search
  const filter = new DotFilter(kernels, dim, Float32Array.from(keys), whiteningError)
  const visited = new Set<string>()
  const errors = new Float64Array(rowSums.length).fill(relativeError)
  filter.forEachHits(queries, rowSums, errors, rowSums.length, epsilon, (found) => {
    const { hits, count, queryStart, slotStart } = found
    for (let i = 0; i < count; i++) visited.add(`${queryStart + hits[2 * i]}:${slotStart + hits[2 * i + 1]}`)
  })
  return visited
}

/** Unit keys and queries of length sqrt(N), many pairs within a part in 10^3 to 10^7 of the threshold, on both sides. */
function nearThreshold(seed: number, dim: number, epsilon: number, logScale: number): Search {
  const random = new Random(seed)
  const queryCount = 5
  const slotCount = 40
  const unit = (): Float64Array => {
    const x = Float64Array.from({ length: dim }, () => random.normal())
    const length = Math.hypot(...x)
    return x.map((value) => value / length)
  }
  const units = Array.from({ length: queryCount }, unit)
  const keys = new Float64Array(slotCount * dim)
  for (let slot = 0; slot < slotCount; slot++) {
    // cos(angle to query) = sqrt(epsilon) (1 + off), the rest in a random direction
    const z = units[slot % queryCount]
    const other = unit()
    const along = exactDot(other, z)
    const rest = other.map((value, a) => value - along * z[a])
    const restLength = Math.hypot(...rest)
    const off = (random.uniform() < 0.5 ? -1 : 1) * 10 ** (-3 - 4 * random.uniform())
    const cosine = Math.min(1, Math.sqrt(epsilon) * (1 + off)) * (random.uniform() < 0.5 ? -1 : 1)
    const sine = restLength > 1e-9 ? Math.sqrt(1 - cosine ** 2) / restLength : 0
    for (let a = 0; a < dim; a++) keys[slot * dim + a] = cosine * z[a] + sine * rest[a]
  }
  const scale = 2 ** logScale
  const queries = Float64Array.from(units.flatMap((z) => Array.from(z, (value) => value * scale)))
  return { dim, keys, queries, rowSums: new Float64Array(queryCount).fill(scale ** 2), epsilon }
}

function expectNoneDropped(kernels: Kernels, search: Search): void {
  const { dim, keys, queries, rowSums, epsilon } = search
  const visited = candidatesOf(kernels, search)
  const dropped: string[] = []
  rowSums.forEach((rowSum, q) => {
    const z = queries.subarray(q * dim, (q + 1) * dim)
    for (let slot = 0; slot < keys.length / dim; slot++) {
      const pair = `${q}:${slot}`
      if (visited.has(pair)) continue
      const dot = exactDot(z, keys.subarray(slot * dim, (slot + 1) * dim))
      if (dot * dot >= epsilon * (1 - LARGEST_PAIR_SLACK) * rowSum) dropped.push(pair)
    }
  })
  expect(dropped).toEqual([])
}

describe.each(allKernels())('$name kernels', (kernels) => {
  test('no pair at the threshold is dropped: any epsilon, any scale', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(1, 0.5, 0.1, 0.01, 1e-4, 1e-6, 1e-9, 1e-12),
        fc.constantFrom(0, 30, -30, 500, -500),
        (seed, dim, epsilon, logScale) => {
          expectNoneDropped(kernels, nearThreshold(seed, dim, epsilon, logScale))
        },
      ),
      { numRuns: tiered(30, 80) },
    )
  })

  test('below about 1e-10 the margin is void and every pair passes', () => {
    const search = nearThreshold(1, 64, 1e-13, 0)
    expect(candidatesOf(kernels, search).size).toBe(5 * 40)
    expect(candidatesOf(kernels, { ...search, epsilon: Number.MIN_VALUE }).size).toBe(5 * 40)
  })

  test('a row sum or a whitening that is hardly known lets pairs pass, never the other way', () => {
    const search = nearThreshold(2, 16, 0.04, 0)
    const sharp = [...candidatesOf(kernels, search)]
    expect(sharp.length).toBeGreaterThan(0)
    for (const pair of sharp) expect(candidatesOf(kernels, search, 0.01)).toContain(pair)
    for (const pair of sharp) expect(candidatesOf(kernels, search, 0, 0.01)).toContain(pair)
    expect(candidatesOf(kernels, search, 0.5).size).toBe(5 * 40)
  })

  test('whitened lengths up to 1.3 root N are allowed for: what their errors may hide passes', () => {
    // A pair at the threshold whose whitened dot came out too small by the whole error of x and z, |x||z| = 1.3 sqrt(N).
    const [epsilon, whiteningError, rowSum] = [0.04, 0.01, 4]
    const threshold = Math.sqrt(epsilon * rowSum * (1 - LARGEST_PAIR_SLACK))
    const lengths = 1.3 * Math.sqrt(rowSum)
    const seen = threshold - whiteningError * lengths
    const cosine = seen / lengths
    const search = {
      dim: 2,
      keys: Float64Array.of(1.3 * cosine, 1.3 * Math.sqrt(1 - cosine ** 2)),
      queries: Float64Array.of(Math.sqrt(rowSum), 0),
      rowSums: Float64Array.of(rowSum),
      epsilon,
    }
    expect([...candidatesOf(kernels, search, 0, whiteningError)]).toEqual(['0:0'])
    expect([...candidatesOf(kernels, search, whiteningError, 1e-12)]).toEqual(['0:0'])
  })

  test('far below the threshold nothing passes', () => {
    const search = nearThreshold(3, 64, 0.01, 0)
    expect(candidatesOf(kernels, { ...search, epsilon: 0.5 }).size).toBe(0)
  })

  test('a query whose row sum is 0 or no number is not searched; no keys, no pairs', () => {
    const search = nearThreshold(4, 8, 0.5, 0)
    const rowSums = search.rowSums.slice()
    rowSums[1] = 0
    rowSums[2] = NaN
    const queries = new Set(
      [...candidatesOf(kernels, { ...search, rowSums })].map((pair) => pair.split(':')[0]),
    )
    expect(queries.has('1') || queries.has('2')).toBe(false)
    expect(candidatesOf(kernels, { ...search, keys: new Float64Array(0) }).size).toBe(0)
  })

  test('more keys and queries than a block', () => {
    const dim = 3
    const random = new Random(6)
    const keys = Float64Array.from({ length: 1100 * dim }, () => random.normal() / 4)
    const queries = Float64Array.from({ length: 140 * dim }, () => random.normal())
    const rowSums = Float64Array.from({ length: 140 }, (_, q) =>
      queries.subarray(q * dim, q * dim + dim).reduce((sum, value) => sum + value * value, 0),
    )
    expectNoneDropped(kernels, { dim, keys, queries, rowSums, epsilon: 0.6 })
  })
})
