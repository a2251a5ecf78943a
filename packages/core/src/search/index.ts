export { answerRows, joinAnswers } from './answers.ts'
export { CausalBlock } from './causal-block.ts'
export * from './exact-answer.ts'
export {
  EXACT_QUERIES_A_PASS,
  type ExactPart,
  type ExactPrecision,
  exactShard,
  type ExactTerms,
  mergeExactParts,
} from './exact-pass.ts'
export * from './gram-search.ts'
export * from './heavy-pairs.ts'
export { Normaliser, NORMALISER_TRUSTED_BELOW } from './normaliser.ts'
export { scaleQueries } from './scaled-queries.ts'
export {
  QUERY_BLOCK_ROWS,
  type QueryBlock,
  type ScoresMode,
  type Search,
  type SearchAnswer,
  type SearchTerms,
  type Standing,
} from './search.ts'
export * from './search-of.ts'
export * from './sketch-search.ts'
