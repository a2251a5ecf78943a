export * from './sketch-factor.ts'
export * from './sketch-rows.ts'
export * from './sketch-sum.ts'
export { missProbability, type SketchTerms, sketchTerms, stretchProbability } from './sketch-terms.ts'
