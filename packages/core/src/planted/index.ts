export * from './planted-model.ts'
export * from './planted-rows.ts'
export { normalOfWord } from './normal-quantile.ts'
