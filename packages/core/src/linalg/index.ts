export * from './cholesky.ts'
export * from './orthogonality.ts'
export * from './symmetric-eigen.ts'
export * from './transpose.ts'
