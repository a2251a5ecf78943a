import { isLevError } from '../errors/errors.ts'
import type { Kernels } from './kernels.ts'
import { scalarKernels } from './scalar.ts'
import { wasmKernels } from './wasm.ts'
import type { KernelModule } from './webassembly.ts'

/** What each thread of a process makes its kernels from. It may be cloned to a worker. */
export interface KernelSource {
  /** Compiled once a process; absent for scalar kernels. */
  readonly kernelsModule: KernelModule | undefined
  /** Of one memory at most, where address space is short; default: what one can hold. */
  readonly memoryBytes?: number | undefined
  /** Memories that the system refused [1], in shared memory: scalar kernels took their place. */
  readonly refusals?: Int32Array | undefined
}

export function kernelSource(kernelsModule: KernelModule | undefined, memoryBytes?: number): KernelSource {
  return { kernelsModule, memoryBytes, refusals: new Int32Array(new SharedArrayBuffer(4)) }
}

/** New kernels with a memory of their own: scalar ones where the system refuses WebAssembly its memory. No bit depends on it. */
export function kernelsOf(source: KernelSource, onCall?: () => void): Kernels {
  const { kernelsModule, memoryBytes, refusals } = source
  if (kernelsModule === undefined) return scalarKernels(onCall)
  try {
    return wasmKernels(kernelsModule, onCall, memoryBytes)
  } catch (error) {
    if (!isLevError(error, 'SystemLimit')) throw error
    if (refusals) Atomics.add(refusals, 0, 1)
    return scalarKernels(onCall)
  }
}

/** Which kernels do the work: scalar where any thread has them. */
export function kernelsNameOf({ kernelsModule, refusals }: KernelSource): 'wasm' | 'scalar' {
  const isRefused = refusals !== undefined && Atomics.load(refusals, 0) > 0
  return kernelsModule !== undefined && !isRefused ? 'wasm' : 'scalar'
}
