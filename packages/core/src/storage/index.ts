export * from './matrix-source.ts'
export { openMatrix, reopenMatrix } from './open-matrix.ts'
export type { OpenOptions } from './describe-file.ts'
export { matrix } from './memory-matrix.ts'
