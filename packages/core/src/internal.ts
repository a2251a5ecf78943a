// For the sibling packages and the tests; no promise of stability to anyone else.
export * from './errors.ts'
export * from './numeric.ts'
export * from './kernels/index.ts'
export * from './linalg/index.ts'
export * from './storage/index.ts'
export * from './summary/index.ts'
export * from './universal/index.ts'
