// Catches: kernels that are called with wrong shapes, or that are not shared by what is warmed. Cannot catch: whether V8 optimises.
import { compileKernels, tierUp, wasmKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'

test('warmed kernels give what kernels give', async () => {
  const module = await compileKernels()
  tierUp(module)
  const kernels = wasmKernels(module)
  const rows = kernels.f32(4)
  rows.set([1, 2, 3, 4])
  const gram = kernels.f64(4)
  kernels.addGram(gram, rows, 2, 2)
  expect([...gram]).toEqual([10, 14, 0, 20])
})
