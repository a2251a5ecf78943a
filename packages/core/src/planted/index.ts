export * from './planted-model.ts'
export * from './planted-rows.ts'
export * from './relevant-shape.ts'
export { normalOfWord } from './normal-quantile.ts'
