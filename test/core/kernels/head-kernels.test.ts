// Catches: a head whose output, state or gradients differ between the kernels by a bit at any tail of rows, kept keys and columns,
// or hold anything of what was there before; ids that are no rows and are taken. What the numbers mean: test/core/heads.
import type { HeadInputs, Kernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { allKernels, eachKernels } from '../../support/each-kernel.ts'
import { bits, scratch } from './values.ts'

const [scalar, ...others] = allKernels()

type Shape = Pick<HeadInputs, 'rows' | 'keyCount' | 'dim' | 'valueDim'>

function room(kernels: Kernels, { rows, dim, valueDim }: Shape) {
  const [f32, f64] = [(n: number) => kernels.f32(n).fill(7), (n: number) => kernels.f64(n).fill(7)]
  return {
    output: f32(rows * valueDim),
    state: { octaves: f32(rows * dim), shifts: f64(rows), totals: f64(rows), sums: f64(rows * valueDim) },
    out: { dQueries: f32(rows * dim), dKeys: f32(rows * dim), dValues: f32(rows * valueDim) },
  }
}

function inputs(kernels: Kernels, shape: Shape, isKept: boolean): HeadInputs {
  const { rows, keyCount, dim, valueDim } = shape
  const of = (width: number, seed: number) => scratch(kernels, 'f32', rows * width, seed) as Float32Array
  const ids = kernels.u32(keyCount)
  for (let k = 0; k < keyCount; k++) ids[k] = Math.floor((k * rows) / keyCount)
  const own = { queries: of(dim, 1), keys: of(dim, 2), values: of(valueDim, 3) }
  return { ...own, ...shape, ...(isKept && { ids }) }
}

function results(kernels: Kernels, shape: Shape, isKept: boolean): string {
  const mark = kernels.mark()
  const head = inputs(kernels, shape, isKept)
  const { output, state, out } = room(kernels, shape)
  kernels.softmaxHead(output, state, head, 0.7)
  const dOutput = scratch(kernels, 'f32', shape.rows * shape.valueDim, 4) as Float32Array
  kernels.softmaxHeadGradient(out, dOutput, state, head, 0.5, 0.3)
  const found = [output, ...Object.values(state), ...Object.values(out)].map(bits).join()
  kernels.release(mark)
  return found
}

test('equal bits at every tail, of all keys and of some', () => {
  const widths = [1, 3, 4, 5, 8, 9, 16, 17]
  const shapes = [1, 2, 5, 63, 64, 65, 130].flatMap((rows) => [
    ...[1, 4, 9].map((keep) => ({ rows, keep, dim: 5, valueDim: 3 })),
    { rows, keep: rows, dim: 8, valueDim: 16 },
  ])
  const wide = widths.flatMap((dim) => widths.map((valueDim) => ({ rows: 21, keep: 11, dim, valueDim })))
  for (const { keep, ...shape } of [...shapes, ...wide]) {
    for (const isKept of [true, false]) {
      const one = { ...shape, keyCount: isKept ? Math.min(keep, shape.rows) : shape.rows }
      const want = results(scalar, one, isKept)
      if (others.some((kernels) => results(kernels, one, isKept) !== want))
        expect.fail(`the kernels differ: ${JSON.stringify(one)}`)
    }
  }
})

test('no keys: zeros, both ways', () => {
  const shape = { rows: 5, keyCount: 0, dim: 3, valueDim: 2 }
  const want = results(scalar, shape, true)
  for (const kernels of others) {
    expect(results(kernels, shape, true)).toBe(want)
    const { output, state } = room(kernels, shape)
    kernels.softmaxHead(output, state, inputs(kernels, shape, true), 1)
    expect([...output, ...state.totals]).toEqual(Array.from({ length: 15 }, () => 0))
  }
})

eachKernels('a head', (kernels) => {
  test('refused: ids that are no rows, fewer keys without ids, arrays that are too short', () => {
    const shape = { rows: 5, keyCount: 2, dim: 3, valueDim: 2 }
    const head = inputs(kernels, shape, true)
    const { output, state, out } = room(kernels, shape)
    const forward = (change: object) => () => kernels.softmaxHead(output, state, { ...head, ...change }, 1)
    expect(forward({ ids: kernels.u32(2).fill(5) })).toThrow(/softmaxHead: id 5 of 5 rows/)
    expect(forward({ ids: undefined })).toThrow(/2 keys of 5 rows without ids/)
    expect(forward({ values: kernels.f32(9) })).toThrow(/values holds 9/)
    const dOutput = kernels.f32(10)
    const backward = (change: object) => () =>
      kernels.softmaxHeadGradient({ ...out, ...change }, dOutput, state, head, 1, 1)
    expect(backward({ dKeys: kernels.f32(14) })).toThrow(/dKeys holds 14/)
    expect(backward({ dKeys: out.dQueries })).toThrow(/share memory/)
  })
})
