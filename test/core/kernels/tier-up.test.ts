// Catches: kernels that are called with wrong shapes, or left with scratch taken. Cannot catch: whether V8 optimises.
import { tierUp } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'

eachKernels('warming', (kernels) => {
  test('leaves the kernels as they were', () => {
    const mark = kernels.mark()
    tierUp(kernels)
    expect(kernels.mark()).toBe(mark)
    const rows = kernels.f32(4)
    rows.set([1, 2, 3, 4])
    const gram = kernels.f64(4)
    kernels.addGram(gram, rows, 2, 2)
    expect([...gram]).toEqual([10, 14, 0, 20])
  })
})
