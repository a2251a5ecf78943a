import { compileKernels, type Kernels, scalarKernels, wasmKernels } from '@levattention/core/internal'
import { describe } from 'vitest'

const module = await compileKernels()

/** A fresh instance of every implementation, the reference first. */
export function allKernels(): Kernels[] {
  return [scalarKernels(), wasmKernels(module)]
}

/** Runs one suite over every implementation, each with scratch of its own. */
export function eachKernels(name: string, suite: (kernels: Kernels) => void): void {
  describe.each(allKernels())(`${name}, $name kernels`, (kernels) => suite(kernels))
}
