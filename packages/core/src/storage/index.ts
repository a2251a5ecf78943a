export * from './matrix-source.ts'
