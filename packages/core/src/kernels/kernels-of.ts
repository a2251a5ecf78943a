import { isLevError } from '../errors/errors.ts'
import type { Kernels } from './kernels.ts'
import type { NativeChoice } from './native-addon.ts'
import { scalarKernels } from './scalar.ts'
import { wasmKernels } from './wasm.ts'
import type { KernelModule } from './webassembly.ts'

/** What each thread of a process makes its kernels from. It may be cloned to a worker. */
export interface KernelSource {
  /** Compiled once a process; absent for scalar kernels. */
  readonly kernelsModule: KernelModule | undefined
  /** Of one memory at most, where address space is short; default: what one can hold. */
  readonly memoryBytes?: number | undefined
  /** Native kernels, where they are built and wanted. */
  readonly native?: NativeChoice | undefined
  /**
   * In shared memory, how often something else took the place [2]: scalar kernels where the system refused a memory, WebAssembly where
   * it did not load the addon into a thread.
   */
  readonly refusals?: Int32Array | undefined
}

export function kernelSource(
  kernelsModule: KernelModule | undefined,
  memoryBytes?: number,
  native?: NativeChoice,
): KernelSource {
  return { kernelsModule, memoryBytes, native, refusals: new Int32Array(new SharedArrayBuffer(8)) }
}

/** New kernels with a memory of their own: scalar ones where the system refuses WebAssembly its memory. No bit depends on it. */
export function kernelsOf(source: KernelSource, onCall?: () => void): Kernels {
  const { kernelsModule, memoryBytes, native, refusals } = source
  if (kernelsModule === undefined) return scalarKernels(onCall)
  try {
    return wasmKernels(kernelsModule, onCall, memoryBytes, native)
  } catch (error) {
    const isMemory = isLevError(error, 'SystemLimit')
    if (!isMemory && !native) throw error
    if (refusals) Atomics.add(refusals, isMemory ? 0 : 1, 1)
    return isMemory ? scalarKernels(onCall) : kernelsOf({ ...source, native: undefined }, onCall)
  }
}

/** Which kernels do the work: the slowest that any thread has. */
export function kernelsNameOf({ kernelsModule, native, refusals }: KernelSource): Kernels['name'] {
  const isRefused = (what: number) => refusals !== undefined && Atomics.load(refusals, what) > 0
  if (kernelsModule === undefined || isRefused(0)) return 'scalar'
  return native === undefined || isRefused(1) ? 'wasm' : 'native'
}
