// Catches: a gradient that is not that of the forward at any selection or visibility (central differences of the forward; a dense
// oracle), chosen keys that are not the oracle's, a forward that is not attend's to the byte, bits that depend on the kernels, N = n
// that is not full attention, float32 further from float64 than stated. Cannot catch: the batched form (attention-heads.test.ts).
import { attend, attendWithGradient, type DenseHead, type Gradients } from '@levattention/core'
import { attendInMemory } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'
import { oracleAttend } from '../../support/softmax/attend.ts'
import { oracleGradients } from '../../support/softmax/gradient.ts'
import { someOf, tiered } from '../../support/tier.ts'
import { attended, D, headOf, largest, M, MODES, N, selectedBy, slopesOf } from './gradient-modes.ts'

const [scalar, ...others] = allKernels()
const NAMES = ['queries', 'keys', 'values'] as const
/** Of each of dQ, dK and dV; LEV_GRADIENT_ENTRIES=400 was tried. */
const ENTRIES = Number(process.env.LEV_GRADIENT_ENTRIES ?? tiered(8, 60))
/** Beside this share of the largest entry of its matrix an entry is measured by it. */
const LEAST_SHARE = 1e-3

describe.each(someOf(MODES, 10))('%s', (_, options) => {
  const head = headOf()
  const dOutput = slopesOf()
  const [answer] = oracleAttend(
    { queries: [head.queries], keys: [head.keys], values: [head.values] },
    options,
  )
  const found = attended(head, 'f64', options, answer, scalar)
  const gradients = found.gradient(dOutput)

  test('the forward is attend’s, its ids the oracle’s', () => {
    for (const element of ['f32', 'f64'] as const) {
      for (const kernels of [scalar, ...others]) {
        const { dense, asked, ...all } = attended(head, element, options, answer, kernels)
        const { output, lse, keyIds, emptyRows, selfRows } = all
        const forward = { output, lse, keyIds, emptyRows, selfRows }
        expect(forward).toEqual(attendInMemory(dense, asked, kernels))
        expect([...forward.keyIds]).toEqual([...answer.keyIds])
      }
    }
  })

  test('float64: central differences of the forward, the ids held', () => {
    const {
      full,
      none,
      ids: _ids,
      scores: _s,
      rule: _r,
      keep: _k,
      epsilon: _e,
      ...extras
    } = found.asked.selection as Record<string, unknown>
    const set = full ? { full } : none ? { none } : { ids: found.keyIds }
    const held = { ...found.asked, selection: { ...set, ...extras } } as typeof found.asked
    const loss = () => {
      const { output } = attendInMemory(found.dense, held, scalar)
      return dOutput.reduce((sum, slope, i) => sum + slope * output[i], 0)
    }
    const random = new Random(5)
    for (const name of NAMES) {
      const { data } = found.dense[name]
      const floor = LEAST_SHARE * largest(gradients[name])
      for (const at of drawn(data.length, random)) {
        const slope = differenceQuotient(data, at, loss)
        const own = gradients[name][at]
        expect(Math.abs(slope - own), `${name} ${at}`).toBeLessThanOrEqual(
          1e-6 * Math.max(Math.abs(own), floor) + 1e-12,
        )
      }
    }
  })

  test('float64: the dense oracle’s', () => {
    const { scale = 1 / Math.sqrt(D) } = options
    const wanted = oracleGradients(head, selectedBy(options, answer), dOutput, scale)
    for (const name of NAMES) {
      const limit = 1e-12 * largest(wanted[name])
      gradients[name].forEach((x, i) => expect(Math.abs(x - wanted[name][i])).toBeLessThanOrEqual(limit))
    }
  })

  test('float32: within 2e-5 of the largest entry of float64, the same bytes of all kernels', () => {
    const [a, ...rest] = [scalar, ...others].map((kernels) =>
      attended(head, 'f32', options, answer, kernels).gradient(Float32Array.from(dOutput)),
    )
    for (const b of rest) expect(a).toEqual(b)
    for (const name of NAMES) {
      expect(a[name]).toBeInstanceOf(Float32Array)
      const limit = 2e-5 * largest(gradients[name])
      a[name].forEach((x, i) => expect(Math.abs(x - gradients[name][i])).toBeLessThanOrEqual(limit))
    }
  })
})

/** ENTRIES of `count` numbers, each once. */
function drawn(count: number, random: Random): number[] {
  const all = Array.from({ length: count }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const other = i + random.below(count - i)
    ;[all[i], all[other]] = [all[other], all[i]]
  }
  return all.slice(0, ENTRIES)
}

/** Of four points, the error of the fourth order. */
function differenceQuotient(data: Float32Array | Float64Array, at: number, loss: () => number): number {
  const own = data[at]
  const step = 1e-3
  const lossAt = (steps: number) => {
    data[at] = own + steps * step
    const value = loss()
    data[at] = own
    return value
  }
  return (8 * (lossAt(1) - lossAt(-1)) - (lossAt(2) - lossAt(-2))) / (12 * step)
}

const big = (rows: number, cols: number, seed: number) => {
  const random = new Random(seed)
  const data = Float32Array.from({ length: rows * cols }, () => random.normal())
  return { data, rows, cols }
}

test('N = n is full attention to the bit, over several blocks of keys and batches of queries', () => {
  const head = { queries: big(1100, 8, 1), keys: big(300, 8, 2), values: big(300, 5, 3) }
  const dOutput = big(1100, 5, 4).data
  const all = attendWithGradient(head, { selection: { full: true } }).gradient(dOutput)
  for (const rule of someOf(['leverage', 'norm-max', 'random'], 2)) {
    const every = attendWithGradient(head, { selection: { rule, keep: 300 } })
    expect(every.gradient(dOutput)).toEqual(all)
  }
})

test('rows beyond float32’s reach go by float64, beside others', () => {
  const head = { queries: big(M, D, 1), keys: big(N, D, 2), values: big(N, 4, 3) }
  for (let i = 0; i < 5 * D; i++) head.queries.data[i] *= 60
  const dOutput = big(M, 4, 4).data
  const exact = Object.fromEntries(
    NAMES.map((name) => [name, { ...head[name], data: Float64Array.from(head[name].data) }]),
  ) as unknown as DenseHead
  const [a, b] = [head, exact].map((one) =>
    attendWithGradient(one, { selection: { full: true } }).gradient(dOutput),
  )
  const isLong = (i: number) => i < 5 * D
  a.queries.forEach((x, i) => {
    if (isLong(i)) expect(x).toBe(Math.fround(b.queries[i]))
  })
  for (const name of NAMES)
    a[name].forEach((x, i) => expect(Math.abs(x - b[name][i])).toBeLessThanOrEqual(2e-5 * largest(b[name])))
})

describe('into', () => {
  const head = headOf()
  const forward = attendWithGradient(head, { selection: { rule: 'leverage', keep: 6 } })

  test('is added to, and returned; any number of times', () => {
    const into = {
      queries: new Float64Array(M * D).fill(1),
      keys: new Float64Array(N * D),
      values: new Float64Array(N * 16),
    }
    const plain = forward.gradient(slopesOf())
    expect(forward.gradient(slopesOf(), into)).toBe(into)
    expect(into.queries).toEqual(plain.queries.map((x) => 1 + x))
    forward.gradient(slopesOf(), into)
    expect(into.keys).toEqual(plain.keys.map((x) => 2 * x))
  })

  test.each<[object, RegExp]>([
    [{ queries: new Float64Array(3) }, /into: queries has 3 numbers, and queries are 28 x 15/],
    [{ queries: new Float64Array(M * D), keys: [] }, /into: keys is a plain array/],
  ])('refused: %#', (into, message) => {
    expect(() => forward.gradient(slopesOf(), into as Gradients)).toThrow(message)
  })
})

describe('slopes', () => {
  const head = headOf()
  const options = {
    queryMask: Uint8Array.from({ length: M }, (_, i) => (i === 3 ? 0 : 1)),
    selection: { full: true },
  } as const
  const forward = attendWithGradient(head, options)

  test('of queries without a weight count for nothing, NaN too; of others it is told', () => {
    const dOutput = slopesOf()
    const plain = forward.gradient(dOutput)
    expect(plain.queries.subarray(3 * D, 4 * D)).toEqual(new Float64Array(D))
    expect(forward.gradient(dOutput.map((x, i) => (Math.floor(i / 16) === 3 ? NaN : x)))).toEqual(plain)
    const spoilt = dOutput.map((x, i) => (i === 33 ? NaN : x))
    expect(() => forward.gradient(spoilt)).toThrow(/dOutput: row 2, column 1 is NaN/)
    expect(() => forward.gradient(new Float64Array(4))).toThrow(
      /dOutput has 4 numbers, and the output is 28 x 16/,
    )
  })

  test.each([2 ** -120, 2 ** -70, 2 ** 70, 2 ** 100])('of size %s: gradients are linear in them', (size) => {
    const single = { queries: f32(head.queries), keys: f32(head.keys), values: f32(head.values) }
    const one = attendWithGradient(single, options)
    const [plain, scaled] = [1, size].map((factor) => one.gradient(slopesOf().map((x) => x * factor)))
    for (const name of NAMES) {
      const limit = 2e-6 * largest(plain[name])
      scaled[name].forEach((x, i) => expect(Math.abs(x / size - plain[name][i])).toBeLessThanOrEqual(limit))
    }
  })
})

function f32({ data, rows, cols }: { data: Float64Array; rows: number; cols: number }) {
  return { data: Float32Array.from(data), rows, cols }
}

test.each<[object, RegExp]>([
  [{ attention: 'power', selection: { full: true } }, /`attention` is power, and gradients are of softmax/],
  [{ selection: { rule: 'norm-max', keep: 2, restClusters: 2 } }, /`restClusters` stands in for keys/],
])('refused: %j', (options, message) => {
  const head = headOf()
  expect(() => attendWithGradient(head, options as Parameters<typeof attend>[1])).toThrow(message)
})
