import type { instantiate } from '../../generated/kernels.js'

/** Written by the AssemblyScript compiler: a changed signature fails tsc where it is called. */
export type WasmExports = Omit<Awaited<ReturnType<typeof instantiate>>, 'memory'>
