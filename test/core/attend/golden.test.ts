// Catches: an output, lse, fixed set or count that is not the definition's, in every golden case (selections, windows, grids,
// sinks, self rows, clusters, powers, huge and close logits), and bytes that depend on the kernels. Cannot catch: what only many
// rows or shards show (shards.test.ts).
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { attendedHere } from '../../support/softmax/attend-product.ts'
import { attendCases } from '../../support/softmax/golden.ts'
import { keyHeadOf } from '../../support/softmax/head.ts'

const [scalar, wasm] = allKernels()
/** Times the largest value of an output, and one and the size of an lse. */
const MOST_OFF = { f32: 1e-6, f64: 1e-12 }

describe.each(attendCases())('$name: $why', (one) => {
  const { answers, heads, element } = one
  test.each(answers.map((answer, h) => ({ answer, h })))('head $h', ({ answer, h }) => {
    const found = attendedHere(one, h, answer, wasm)
    expect(found).toEqual(attendedHere(one, h, answer, scalar))
    const values = heads.values?.[keyHeadOf(h, heads)].data ?? new Float64Array(0)
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expect([...found.keyIds]).toEqual([...answer.keyIds])
    expect(found).toMatchObject({ emptyRows: answer.emptyRows, selfRows: answer.selfRows })
    expect(found.output.length).toBe(answer.output.length)
    const off = answer.output.reduce((most, value, i) => Math.max(most, Math.abs(value - found.output[i])), 0)
    expect(off).toBeLessThanOrEqual(MOST_OFF[element] * largest)
    answer.lse.forEach((lse, i) => {
      if (lse === -Infinity) expect(found.lse[i]).toBe(-Infinity)
      else expect(Math.abs(found.lse[i] - lse)).toBeLessThanOrEqual(MOST_OFF[element] * (1 + Math.abs(lse)))
    })
  })
})
