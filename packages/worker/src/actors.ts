// Apart from internal.ts, so that only sessions load comlink.
export type { ActorSettings, SummaryActorSettings, SummaryActorTerms } from './actors/actor-settings.ts'
export { SearchActor, type QueryRequest } from './actors/search-actor.ts'
export { SummaryActor, type RowProgress } from './actors/summary-actor.ts'
export { nodeEndpoint } from './node-endpoint.ts'
