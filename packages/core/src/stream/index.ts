export * from './key-summary.ts'
