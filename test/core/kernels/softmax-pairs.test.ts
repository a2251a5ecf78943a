// Catches: a weight, sum, shift or hit that differs between the kernels by a bit at any tail; a heavy key that is lost or a
// hidden one that is found; sums further from float64 than the bound that is promised. Cannot catch: an order that is
// wrong in both kernels and within the bound.
import { FLOAT32_ERROR, type Kernels, LEAST_HITS, SOFTMAX_KEYS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { allKernels, eachKernels } from '../../support/each-kernel.ts'
import {
  allHits,
  bruteForce,
  emptyRows,
  hiddenAtRandom,
  results,
  roomForHits,
  type Shape,
  softmaxCase,
} from './softmax-case.ts'
import { someOf } from '../../support/tier.ts'
import { bits, SMALL_SIZES } from './values.ts'

const [scalar, ...others] = allKernels()

function expectEqualBits(shape: Shape, threshold?: number): void {
  const want = results(scalar, shape, threshold)
  if (others.some((kernels) => results(kernels, shape, threshold) !== want))
    expect.fail(`the kernels differ: ${JSON.stringify(shape)}`)
}

/** Around the 4 lanes, the tiles of 4 and 8. */
const TAILS = [0, 1, 3, 4, 5, 7, 8, 9, 13, 25]
/** Around the groups of 64 keys and the blocks of 256. */
const KEY_COUNTS = [...TAILS, 63, 64, 65, 255, 256, 257, 263, 511, 512, 513]

test('equal bits at every tail of queries and keys', () => {
  for (const queryCount of TAILS)
    for (const keyCount of KEY_COUNTS) expectEqualBits({ queryCount, keyCount, dim: 3, valueDim: 3 })
})

test('equal bits at every tail of columns', () => {
  for (const dim of [...SMALL_SIZES, 25]) {
    for (const valueDim of [...SMALL_SIZES, 25])
      expectEqualBits({ queryCount: 5, keyCount: 77, dim, valueDim, seed: dim + valueDim })
  }
  for (const dim of [64, 127, 1024]) expectEqualBits({ queryCount: 5, keyCount: 300, dim, valueDim: 16 })
})

test('equal bits under ranges and masks of every kind', () => {
  for (const queryCount of [1, 4, 7, 13]) {
    for (const keyCount of [1, 8, 65, 257, 600]) {
      for (const [i, range] of RANGES(keyCount).entries()) {
        const shape = { queryCount, keyCount, dim: 5, valueDim: 9, range, seed: i }
        expectEqualBits(shape)
        for (const share of [0.5, 1]) expectEqualBits({ ...shape, isHidden: hiddenAtRandom(i, share) })
      }
    }
  }
})

/** Causal, sliding windows, decoding, segments, nothing, and what begins or ends outside. */
const RANGES = (n: number): ((q: number) => readonly [number, number])[] => [
  (q) => [0, q + 1],
  (q) => [Math.max(0, q - 2), q + 1],
  (q) => [0, Math.max(0, n - 3 + q)],
  (q) => [Math.floor(q / 5) * 5, Math.floor(q / 5) * 5 + 5],
  (q) => [q * 61, q * 61 + 130],
  (q) => (q % 2 === 0 ? [0, 0] : [n, 2 ** 32 - 1]),
  (q) => (q % 3 === 0 ? [7, 3] : [n - 1, n + 9]),
]

test.each([0, 1, 30, 70, 200, 10_000])('equal bits for logits of +-%s octaves, shifts raised', (spread) => {
  for (const dim of [1, 16]) {
    for (const keyCount of [9, 300, 1100]) {
      for (const threshold of [-3, -140, Infinity, -Infinity])
        expectEqualBits({ queryCount: 6, keyCount, dim, valueDim: 5, spread }, threshold)
    }
  }
})

test('equal bits where every block raises the shift', () => {
  const want = rising(scalar)
  expect(want.shifts).toEqual([9214, 9214, 9214])
  for (const kernels of others) expect(rising(kernels)).toEqual(want)
})

/** Key k of logit 2 k, over 18 blocks: the shift rises by 512 octaves in each. */
function rising(kernels: Kernels) {
  const keyCount = 18 * SOFTMAX_KEYS
  const { block } = softmaxCase(kernels, { queryCount: 3, keyCount, dim: 1 })
  block.queries.fill(2)
  for (let k = 0; k < keyCount; k++) block.keys[k] = k
  const rows = emptyRows(kernels, 3)
  const hits = allHits(kernels, rows, kernels.f64(3).fill(-1.5), block)
  return { shifts: [...rows.shifts], totals: bits(rows.totals), hits }
}

test('the threshold has the same bits: x = 0 against log2 total less its logarithm by another function', () => {
  const hitCounts = (kernels: Kernels) =>
    Array.from({ length: 300 }, (_, n) => {
      const mark = kernels.mark()
      const { block } = softmaxCase(kernels, { queryCount: 1, keyCount: 1 + 5 * n, dim: 1, spread: 0 })
      const rows = emptyRows(kernels, 1)
      allHits(kernels, rows, kernels.f64(1).fill(Infinity), block)
      const thresholds = kernels.f64(1).fill(-Math.log2(rows.totals[0]))
      const { length } = allHits(kernels, emptyRows(kernels, 1), thresholds, block)
      kernels.release(mark)
      return length
    })
  const want = hitCounts(scalar)
  for (const kernels of others) expect(hitCounts(kernels)).toEqual(want)
})

test.each([1, 30, 200])(
  'thresholds of logits: the same hits, those of at least the threshold, spread %s',
  (spread) => {
    for (const keyCount of [7, 255, 1100]) {
      for (const threshold of [-Infinity, -spread, 0, spread / 2, 3 * spread, Infinity]) {
        const shape = {
          queryCount: 7,
          keyCount,
          dim: 5,
          spread,
          range: (q: number) => [q, keyCount - q] as const,
        }
        const found = [scalar, ...others].map((kernels) => {
          const { block } = softmaxCase(kernels, shape)
          const rows = emptyRows(kernels, 7)
          const thresholds = kernels.f64(7).fill(threshold)
          const hits = allHits(kernels, rows, thresholds, block, undefined, 'logits')
          const all = allHits(kernels, emptyRows(kernels, 7), kernels.f64(7).fill(-Infinity), block)
          // Of the roundings of x and of the limit.
          const slack = 2 ** -22 * (Math.abs(threshold) + 8 * spread)
          const near = all.filter(({ logit }) => logit >= threshold - slack)
          expect(near.length).toBeGreaterThanOrEqual(hits.length)
          expect(hits.length).toBeGreaterThanOrEqual(
            all.filter(({ logit }) => logit >= threshold + slack).length,
          )
          return JSON.stringify(hits)
        })
        expect(new Set(found).size).toBe(1)
      }
    }
  },
)

eachKernels('softmaxPairs', (kernels) => {
  /** Everything that is promised of `shape` at `epsilon`, against float64. */
  function check(shape: Shape, epsilon: number): void {
    const mark = kernels.mark()
    const problem = softmaxCase(kernels, shape)
    const { logits, logSums, reaches } = bruteForce(problem)
    const errors = reaches.map((reach) => FLOAT32_ERROR.logit(shape.dim, reach))
    const thresholds = kernels.f64(shape.queryCount)
    errors.forEach((mu, q) => (thresholds[q] = FLOAT32_ERROR.threshold(epsilon, mu)))
    const rows = emptyRows(kernels, shape.queryCount)
    const hits = allHits(kernels, rows, thresholds, problem.block)
    const found = new Set(hits.map(({ query, key }) => `${query},${key}`))
    expect(found.size, 'no pair twice').toBe(hits.length)
    const farOff = hits.filter(
      ({ query, key, logit }) => !(Math.abs(logit - logits[query][key]) <= errors[query] * Math.LOG2E),
    )
    expect(farOff, 'logits of visible keys').toEqual([])
    const lost: string[] = []
    errors.forEach((mu, q) => {
      const logSum = rows.shifts[q] + Math.log2(rows.totals[q])
      if (logSums[q] === -Infinity) expect([rows.shifts[q], rows.totals[q]]).toEqual([-Infinity, 0])
      else expect(Math.abs(logSum - logSums[q])).toBeLessThanOrEqual(FLOAT32_ERROR.logSum(mu) * Math.LOG2E)
      for (const [k, logit] of logits[q].entries()) {
        if (logit >= logSums[q] + Math.log2(epsilon) && logit > -Infinity && !found.has(`${q},${k}`))
          lost.push(`${q},${k}`)
      }
    })
    expect(lost, JSON.stringify(shape)).toEqual([])
    kernels.release(mark)
  }

  test('no heavy key is lost, sums lie within their bound: shapes, spreads, thresholds', () => {
    for (const [keyCount, dim] of [
      [1, 1],
      [255, 8],
      [700, 16],
      [1500, 64],
    ]) {
      for (const spread of [0, 3, 20, 300]) {
        for (const epsilon of someOf([0.5, 0.01, 1e-4, 1e-60], 2))
          check({ queryCount: 6, keyCount, dim, spread }, epsilon)
      }
    }
  })

  test('the same under causal ranges, windows and masks', () => {
    for (const [i, range] of RANGES(600).entries()) {
      check({ queryCount: 9, keyCount: 600, dim: 4, range, seed: i }, 0.01)
      check({ queryCount: 9, keyCount: 600, dim: 4, range, isHidden: hiddenAtRandom(i, 0.7) }, 0.01)
    }
  })

  test('the first visible key is in the last block: nothing that is hidden counts', () => {
    check({ queryCount: 5, keyCount: 1030, dim: 6, spread: 40, range: (q) => [1024 + q, 1029] }, 0.01)
    check({ queryCount: 5, keyCount: 1030, dim: 6, spread: 40, isHidden: (k) => k < 1029 }, 0.01)
  })

  test('epsilon at the own score of a pair in the last block: a hit, whatever the rounding', () => {
    for (let seed = 0; seed < 20; seed++) {
      const shape = { queryCount: 4, keyCount: 400, dim: 16, spread: 12, seed }
      const { logits, logSums } = bruteForce(softmaxCase(kernels, shape))
      const own = 2 ** (logits[seed % 4][256 + seed * 7] - logSums[seed % 4])
      check(shape, own * (1 - 1e-9))
    }
  })

  test('equal keys: each weight is 1, the total their number, each is a hit up to 1 / n', () => {
    const { block } = softmaxCase(kernels, { queryCount: 3, keyCount: 1000, dim: 2 })
    block.queries.fill(1)
    block.keys.fill(0.5)
    const rows = emptyRows(kernels, 3)
    const hits = allHits(kernels, rows, kernels.f64(3).fill(FLOAT32_ERROR.threshold(1 / 1000, 1e-6)), block)
    expect([...rows.shifts]).toEqual([1, 1, 1])
    for (const total of rows.totals) expect(total).toBeCloseTo(1000, 3)
    expect(hits.length).toBe(3000)
  })

  test('hits come by blocks, then fours of queries, then queries, then keys', () => {
    const { block } = softmaxCase(kernels, { queryCount: 6, keyCount: 300, dim: 1, spread: 0 })
    const hits = allHits(kernels, emptyRows(kernels, 6), kernels.f64(6).fill(-Infinity), block)
    const place = ({ query, key }: { query: number; key: number }) =>
      (Math.floor(key / 256) * 6 + query) * 256 + (key % 256)
    expect(hits.length).toBe(1800)
    expect(hits.map(place)).toEqual(hits.map(place).sort((a, b) => a - b))
  })

  test('too many hits for the room: the calls that follow give what one call gives', () => {
    const shape = { queryCount: 11, keyCount: 1100, dim: 3, spread: 2 }
    const run = (capacity: number) => {
      const { block } = softmaxCase(kernels, shape)
      const rows = emptyRows(kernels, shape.queryCount)
      const room = roomForHits(kernels, capacity)
      const hits = allHits(kernels, rows, kernels.f64(11).fill(-13), block, room)
      return { hits, shifts: bits(rows.shifts), totals: bits(rows.totals) }
    }
    const whole = run(20_000)
    expect(whole.hits.length).toBeGreaterThan(4 * LEAST_HITS)
    for (const capacity of [LEAST_HITS, LEAST_HITS + 1, 3000]) expect(run(capacity)).toEqual(whole)
  })

  test('keys in parts of whole blocks give the bits of all at once', () => {
    const { block } = softmaxCase(kernels, { queryCount: 5, keyCount: 900, dim: 4, spread: 90 })
    const thresholds = kernels.f64(5).fill(-6)
    const [whole, parts] = [emptyRows(kernels, 5), emptyRows(kernels, 5)]
    const wanted = allHits(kernels, whole, thresholds, block)
    const found = [0, 512].flatMap((start) => {
      const keyCount = start === 0 ? 512 : 388
      const part = { ...block, keys: block.keys.subarray(4 * start), keyCount }
      return allHits(kernels, parts, thresholds, part).map((hit) => ({ ...hit, key: hit.key + start }))
    })
    expect(found).toEqual(wanted)
    expect(parts).toEqual(whole)
  })

  test('refused: too little room, arrays that are too short, foreign or shared', () => {
    const { block } = softmaxCase(kernels, {
      queryCount: 3,
      keyCount: 9,
      dim: 2,
      range: () => [0, 9],
      isHidden: () => false,
    })
    const [rows, thresholds] = [emptyRows(kernels, 3), kernels.f64(3)]
    const room = roomForHits(kernels)
    const call = (changes: object, hits = room) =>
      kernels.softmaxPairs(hits, rows, thresholds, { ...block, ...changes })
    expect(() => call({}, { ...room, capacity: LEAST_HITS - 1 })).toThrow(/room for 1023 hits/)
    expect(() => call({}, { ...room, capacity: LEAST_HITS + 1 })).toThrow(/queries of hits holds 1024/)
    expect(() => call({ queryCount: 4 })).toThrow(/shifts holds 3/)
    expect(() => call({ keyCount: 10 })).toThrow(/keys holds 18/)
    expect(() => call({ keyMask: kernels.u8(8) })).toThrow(/keyMask holds 8/)
    expect(() => call({ keyMask: new Uint8Array(9) })).toThrow(/keyMask is not in this/)
    expect(() => call({ ranges: { starts: kernels.u32(3), ends: kernels.u32(2) } })).toThrow(/ends holds 2/)
    expect(() => call({ keys: room.logits })).toThrow(/logits of hits and keys share memory/)
  })
})
