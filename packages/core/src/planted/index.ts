export * from './planted-model.ts'
export * from './planted-rows.ts'
export { predictedLeverage } from './relevant-shape.ts'
export { normalOfWord } from './normal-quantile.ts'
