import type { Kernels } from './kernels.ts'

/**
 * What `work` returns. The scratch that it took is free again when it ends, by a throw as well: the result must not lie in
 * the kernels' memory.
 */
export function withScratch<T>(kernels: Pick<Kernels, 'mark' | 'release'>, work: () => T): T {
  const mark = kernels.mark()
  try {
    return work()
  } finally {
    kernels.release(mark)
  }
}
