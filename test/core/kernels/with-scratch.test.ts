// Catches: scratch that stays taken when the work that took it throws. Cannot catch: work that returns an array of its scratch.
import { withScratch } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'

eachKernels('withScratch', (kernels) => {
  test('gives back what work took, whether it returns or throws', () => {
    const mark = kernels.mark()
    expect(withScratch(kernels, () => kernels.f64(1000).length)).toBe(1000)
    expect(kernels.mark()).toBe(mark)
    const work = () => {
      kernels.f64(1000)
      withScratch(kernels, () => kernels.u32(7))
      throw new Error('refused')
    }
    expect(() => withScratch(kernels, work)).toThrow('refused')
    expect(kernels.mark()).toBe(mark)
  })
})
