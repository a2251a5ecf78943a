import type { Kernels } from './kernels.ts'
import { withScratch } from './with-scratch.ts'

const ROWS = 256
const DIM = 64

/**
 * Has V8's optimising compiler begin with the kernels that a large job spends its time in, by running them on zeros: a few
 * ms here, the rest beside. V8 optimises a WebAssembly function once it has run for a while, then for all threads of the
 * process; this way it has done so by the time their first tasks come. Native kernels are compiled already. No bit depends on it.
 */
export function tierUp(kernels: Kernels): void {
  if (kernels.name === 'native') return
  withScratch(kernels, () => {
    const [singles, others] = [kernels.f32(ROWS * DIM), kernels.f32(ROWS * DIM)]
    const [doubles, product] = [kernels.f64(ROWS * DIM), kernels.f64(ROWS * DIM)]
    const matrix = kernels.f64(DIM * DIM)
    kernels.addGram(matrix, singles, ROWS, DIM)
    kernels.multiply(product, doubles, matrix, ROWS, DIM, DIM)
    kernels.dotsAtLeastOne(kernels.u32(2 * ROWS * ROWS), singles, ROWS, others, ROWS, DIM)
  })
}
