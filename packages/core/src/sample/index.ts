export { drawRows, isDrawn, rowStream } from './draw.ts'
export * from './exact-sum.ts'
export * from './largest-values.ts'
export * from './scale.ts'
export { type ImportanceSurvey, SurveySum } from './survey.ts'
export {
  expansionOf,
  mergeSamples,
  noSample,
  offerRows,
  type PrioritySample,
  sampleDeviation,
} from './priority-sample.ts'
