// For the sibling packages, of the same version, and the tests; no promise of stability to anyone else.
export * from './arguments/index.ts'
export {
  certifiedThreshold,
  epsilonOfRank,
  filterByRank,
  filterKeys,
  finalThreshold,
  type KeyThreshold,
} from './bounds/filter-keys.ts'
export * from './counted.ts'
export * from './errors.ts'
export * from './locate-file.ts'
export * from './numeric.ts'
export * from './random.ts'
export * from './kernels/index.ts'
export * from './linalg/index.ts'
export * from './passes/index.ts'
export * from './planted/index.ts'
export * from './sample/index.ts'
export * from './sketch/index.ts'
export * from './search/index.ts'
export * from './storage/index.ts'
export * from './stream/key-summary.ts'
export * from './summary/index.ts'
export * from './universal/index.ts'
