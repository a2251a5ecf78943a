// Apart from internal.ts, so that only sessions load comlink.
export type {
  ActorSettings,
  SearchActorSettings,
  SummaryActorSettings,
  SummaryActorTerms,
} from './actors/actor-settings.ts'
export { SearchActor, type QueryRequest } from './actors/search-actor.ts'
export {
  SummaryActor,
  type RowProgress,
  type SummaryAnswer,
  type SummaryQueryRequest,
} from './actors/summary-actor.ts'
export { nodeEndpoint } from './node-endpoint.ts'
