export * from './matrix-source.ts'
export * from './row-blocks.ts'
