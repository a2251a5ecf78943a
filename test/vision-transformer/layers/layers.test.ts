// Catches: a layer in WebAssembly that is not the scalar one at some length (rows, columns and sums of every remainder by 4 and 8), one
// that writes beyond its output, a gradient that is not the slope of its forward. The scalar layers carry the proof: their gradients
// are held against central differences in float64.
import { describe, expect, test } from 'vitest'
import type { Layers } from '#vision/layers/layers'
import { scalarLayers } from '#vision/layers/scalar-layers'
import { compileLayers, wasmLayers } from '#vision/layers/wasm-layers'
import { Random } from '../../support/random.mjs'

const wasm = wasmLayers(await compileLayers())
const scalar = scalarLayers()
const GUARD = 987

/** The same normal numbers for both, with numbers behind them that nobody may touch. */
class Pair {
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly #guarded: Float32Array

  constructor(length: number, random: Random) {
    this.#guarded = wasm.array(length + 9)
    this.#guarded.fill(GUARD)
    this.f32 = this.#guarded.subarray(0, length)
    this.f32.forEach((_, i) => (this.f32[i] = random.normal()))
    this.f64 = Float64Array.from(this.f32)
  }

  expectNear(tolerance: number): void {
    const largest = this.f64.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
    const worst = this.f32.reduce((most, x, i) => Math.max(most, Math.abs(x - this.f64[i])), 0)
    expect(worst).toBeLessThan(tolerance * largest)
    expect(this.#guarded.subarray(this.f32.length).every((x) => x === GUARD)).toBe(true)
  }
}

describe('products', () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]
  test.each(sizes)('%i rows by any columns, turned or not, added or not', (rows) => {
    const random = new Random(rows)
    for (const cols of sizes)
      for (const inner of [1, 3, 8, 50])
        for (let kind = 0; kind < 8; kind++) {
          const [out, a, b] = [rows * cols, rows * inner, inner * cols].map((n) => new Pair(n, random))
          const product = {
            rows,
            cols,
            inner,
            adds: kind % 2 > 0,
            aIsTurned: kind % 4 > 1,
            bIsTurned: kind > 3,
          }
          wasm.multiply(out.f32, a.f32, b.f32, product)
          scalar.multiply(out.f64, a.f64, b.f64, product)
          out.expectNear(1e-5)
        }
  })

  test('an array of another length is told of, not read beyond', () => {
    const [a, b, out] = [wasm.array(6), wasm.array(6), wasm.array(5)]
    expect(() => wasm.multiply(out, a, b, { rows: 2, cols: 2, inner: 3 })).toThrow(
      /multiply: out has 5 numbers, not 4/,
    )
  })
})

describe.each([1, 2, 3, 4, 5, 8, 17])('rows of %i columns', (cols) => {
  const random = new Random(cols)
  const rows = 6
  const arrays = (...lengths: number[]) => lengths.map((length) => new Pair(length, random))

  test('sums', () => {
    const [x, row, sums, set] = arrays(rows * cols, cols, cols, rows * cols)
    const run = <F extends Float32Array | Float64Array>(layers: Layers<F>, of: (pair: Pair) => F) => {
      layers.addRow(of(x), of(row), rows)
      layers.addColumnSums(of(sums), of(x), rows)
      layers.setRows(of(set), of(row), rows)
      layers.add(of(set), of(x))
    }
    run(wasm, ({ f32 }) => f32)
    run(scalar, ({ f64 }) => f64)
    for (const one of [x, sums, set]) one.expectNear(1e-5)
    expect(wasm.sumOfSquares(x.f32, 0.5)).toBeCloseTo(scalar.sumOfSquares(x.f64, 0.5), 4)
  })

  test('layer normalisation and its gradient', () => {
    const length = rows * cols
    const [out, stats, x, gain, bias, dx, dGain, dBias, dy] = arrays(
      length,
      2 * rows,
      length,
      cols,
      cols,
      length,
      cols,
      cols,
      length,
    )
    const run = <F extends Float32Array | Float64Array>(layers: Layers<F>, of: (pair: Pair) => F) => {
      layers.layerNorm(of(out), of(stats), of(x), { gain: of(gain), bias: of(bias) }, rows)
      const d = { gain: of(dGain), bias: of(dBias) }
      layers.layerNormGradient(of(dx), d, of(dy), of(stats), of(x), of(gain), rows)
    }
    run(wasm, ({ f32 }) => f32)
    run(scalar, ({ f64 }) => f64)
    // A row of few columns may be nearly constant: its deviation divides.
    for (const one of [out, dGain, dBias]) one.expectNear(1e-4)
    dx.expectNear(cols === 1 ? 1 : 1e-3)
  })

  test('GELU and its slope, for numbers of every size', () => {
    const [x, out, d] = arrays(rows * cols, rows * cols, rows * cols)
    x.f32.forEach((_, i) => (x.f64[i] = x.f32[i] *= 10 ** ((i % 7) - 4)))
    for (const [layers, of] of [[wasm, 'f32'] as const, [scalar, 'f64'] as const]) {
      const own = layers as Layers<Float32Array | Float64Array>
      own.gelu(out[of], x[of])
      own.geluGradient(d[of], x[of])
    }
    for (const [i, value] of out.f32.entries())
      expect(Math.abs(value - out.f64[i])).toBeLessThan(1e-6 * (1 + Math.abs(x.f64[i])))
    d.expectNear(2e-6)
  })

  test('a step of Adam', () => {
    const [weights, gradient, moments, squares] = arrays(cols, cols, cols, cols)
    squares.f32.forEach((s, i) => (squares.f64[i] = squares.f32[i] = Math.abs(s)))
    const step = { factor: 0.5, rate: 0.01, beta1: 0.9, beta2: 0.98, first: 0.1, second: 0.02, decay: 0.1 }
    wasm.adam(weights.f32, gradient.f32, moments.f32, squares.f32, step)
    scalar.adam(weights.f64, gradient.f64, moments.f64, squares.f64, step)
    for (const one of [weights, moments, squares]) one.expectNear(1e-5)
  })
})

test('large numbers pass GELU as they should', () => {
  const x = wasm.array(4)
  x.set([1e4, -1e4, 1e30, -1e4])
  const out = wasm.array(4)
  wasm.gelu(out, x)
  expect([...out].map((value) => (Math.abs(value) < 1e-20 ? 0 : value))).toEqual([
    1e4,
    0,
    Math.fround(1e30),
    0,
  ])
})
