export * from './kernels.ts'
export { scalarKernels } from './scalar.ts'
export { compileKernels, wasmKernels } from './wasm.ts'
export type { KernelModule } from './webassembly.ts'
