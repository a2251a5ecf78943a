// Catches: any float64 result where WASM or native kernels and the scalar reference differ by a bit, at any size and for subnormal,
// huge, infinite and zero values. Cannot catch: what both get wrong (the other files of this folder), and the bits of
// a NaN, which WebAssembly does not fix.
import type { Kernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import {
  BLOCK_SIZES,
  bits,
  type Element,
  ELEMENTS,
  type Kind,
  KINDS,
  lowerFactor,
  scratch,
  scratch64,
  SMALL_SIZES,
} from './values.ts'
import { tiered } from '../../support/tier.ts'

interface Case {
  readonly element: Element
  readonly kind: Kind
  readonly rowCount: number
  readonly dim: number
  readonly outDim: number
  readonly seed: number
}

const [scalar, ...others] = allKernels()

/** Everything that the float64 kernels make of one case. */
function results(
  kernels: Kernels,
  { element, kind, rowCount, dim, outDim, seed }: Case,
): Record<string, string> {
  const mark = kernels.mark()
  const rows = scratch(kernels, element, rowCount * dim, seed, kind)
  const gram = scratch64(kernels, dim * dim, seed + 1)
  kernels.addGram(gram, rows, rowCount, dim)
  const grams = scratch64(kernels, 3 * dim * dim, seed + 6)
  kernels.addGrams(grams, rows, Math.floor(rowCount / 3), 3, dim)
  const matrix = scratch64(kernels, dim * outDim, seed + 2, kind)
  const product = kernels.f64(rowCount * outDim)
  kernels.multiply(product, rows, matrix, rowCount, dim, outDim)
  const [tau, whitened] = [kernels.f64(rowCount), kernels.f64(rowCount * dim)]
  kernels.leverage(tau, rows, lowerFactor(kernels, dim, seed + 3), rowCount, dim, whitened)
  const norms = kernels.f64(rowCount)
  kernels.weightedNorms(norms, rows, scratch64(kernels, dim, seed + 4, kind), rowCount, dim)
  const dots = kernels.f64(outDim * rowCount)
  kernels.compensatedDots(dots, scratch64(kernels, outDim * dim, seed + 5, kind), outDim, rows, rowCount, dim)
  const all = { gram, grams, product, tau, whitened, norms, dots }
  const text = Object.fromEntries(Object.entries(all).map(([name, array]) => [name, bits(array)]))
  kernels.release(mark)
  return text
}

function expectEqualBits(input: Case): void {
  const want = results(scalar, input)
  others.forEach((kernels, i) => {
    const got = results(kernels, input)
    for (const name of Object.keys(want)) {
      if (got[name] !== want[name])
        expect.fail(`${name} of ${kernels.name} ${i} differs: ${JSON.stringify(input)}`)
    }
  })
}

test.each(ELEMENTS)('%s rows: equal bits at rows and dims around every lane, tile and block', (element) => {
  for (const [i, rowCount] of [...SMALL_SIZES, ...BLOCK_SIZES].entries()) {
    for (const [j, dim] of SMALL_SIZES.entries()) {
      const kind = KINDS[(i + j) % KINDS.length]
      expectEqualBits({
        element,
        kind,
        rowCount,
        dim,
        outDim: SMALL_SIZES[(i * 3 + j) % 9],
        seed: i * 100 + j,
      })
    }
  }
})

test.each(ELEMENTS)('%s rows: equal bits at large dims', (element) => {
  for (const [dim, rowCount] of [
    [127, 130],
    [255, 66],
    [520, 5],
  ]) {
    expectEqualBits({ element, kind: 'plain', rowCount, dim, outDim: 3, seed: dim })
  }
  const dim = tiered(384, 1024)
  expectEqualBits({ element, kind: 'wide', rowCount: 5, dim, outDim: 2, seed: 1 })
})

test('equal bits for any sizes and kinds of values', () => {
  const input = fc.record({
    element: fc.constantFrom(...ELEMENTS),
    kind: fc.constantFrom(...KINDS),
    rowCount: fc.integer({ min: 0, max: 300 }),
    dim: fc.integer({ min: 0, max: 70 }),
    outDim: fc.integer({ min: 0, max: 20 }),
    seed: fc.integer(),
  })
  fc.assert(fc.property(input, expectEqualBits), { numRuns: tiered(60, 150) })
})
