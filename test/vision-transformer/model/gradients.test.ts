// Catches: a gradient that is not the slope of the loss, in any parameter, with any selection; a float32 model that computes something
// else than the float64 one. The proof is the float64 model's, against central differences: below 1e-6 in every group of parameters;
// the float32 model's gradient is then held against it.
import { afterAll, describe, expect, test } from 'vitest'
import { crossEntropy } from '#vision/model/cross-entropy'
import { parametersOf } from '#vision/model/parameters'
import type { VisionTransformer } from '#vision/model/vision-transformer'
import { Random } from '../../support/random.mjs'
import { someOf, tiered } from '../../support/tier.ts'
import { reference, SELECTIONS, TINY, tinyModel } from './tiny.ts'

const LABEL = 2
/** Of each group of parameters, or all where it has fewer; LEV_GRADIENT_ENTRIES=400 was tried. */
const ENTRIES = Number(process.env.LEV_GRADIENT_ENTRIES ?? tiered(2, 120))
/** Step of the differences: their error is of its square, and of rounding by it. */
const STEP = 2e-4

function lossOf<F extends Float32Array | Float64Array>(model: VisionTransformer<F>): number {
  model.forward(5)
  return crossEntropy(model.dLogits, model.logits, LABEL)
}

function gradientOf<F extends Float32Array | Float64Array>(model: VisionTransformer<F>): F {
  model.gradient.fill(0)
  lossOf(model)
  model.backward()
  return model.gradient.slice() as F
}

/** Of order four: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h. */
function difference(model: VisionTransformer<Float64Array>, entry: number): number {
  const { weights } = model
  const weight = weights[entry]
  const at = (offset: number) => {
    weights[entry] = weight + offset
    return lossOf(model)
  }
  const slope = (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)
  weights[entry] = weight
  return slope
}

let checked = 0
afterAll(() => expect(checked).toBeGreaterThan(tiered(50, 1000)))

describe.each(someOf(SELECTIONS, 4))('%s', (_, selection) => {
  test('float64: every group of parameters', async () => {
    const model = await tinyModel(selection)
    lossOf(model)
    const exact = reference(model, selection)
    const gradient = gradientOf(exact)
    const largest = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const random = new Random(4)
    for (const { name, offset, length } of parametersOf(TINY)) {
      const count = Math.min(length, ENTRIES)
      let worst = 0
      for (let i = 0; i < count; i++) {
        const entry = offset + (count === length ? i : random.below(length))
        const found = difference(exact, entry)
        const scale = Math.max(Math.abs(found), 1e-3 * largest)
        worst = Math.max(worst, Math.abs(gradient[entry] - found) / scale)
        checked++
      }
      expect(worst, name).toBeLessThan(1e-6)
    }
  })

  test('float32: the same loss, and slopes within 5 % of the larger ones', async () => {
    const model = await tinyModel(selection)
    const gradient = gradientOf(model)
    const exact = reference(model, selection)
    const wanted = gradientOf(exact)
    expect(lossOf(model)).toBeCloseTo(lossOf(exact), 5)
    const largest = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const large = [...wanted.keys()].filter((i) => Math.abs(wanted[i]) >= 1e-3 * largest)
    const worst = (indices: Iterable<number>, of: (i: number) => number) =>
      [...indices].reduce((most, i) => Math.max(most, of(i)), 0)
    expect(worst(large, (i) => Math.abs(gradient[i] / wanted[i] - 1))).toBeLessThan(0.05)
    expect(worst(wanted.keys(), (i) => Math.abs(gradient[i] - wanted[i]))).toBeLessThan(1e-5 * largest)
    expect(large.length).toBeGreaterThan(wanted.length / 4)
  })
})

test('gradients of images add up', async () => {
  const model = await tinyModel({ full: true })
  const one = gradientOf(model)
  model.backward()
  model.gradient.forEach((slope, i) => expect(slope).toBeCloseTo(2 * one[i], 5))
})
