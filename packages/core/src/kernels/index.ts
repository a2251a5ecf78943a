export * from './kernels.ts'
export { scalarKernels } from './scalar.ts'
