// Apart from internal.ts, so that only sessions load comlink.
export type { ActorSettings, SummaryActorSettings, SummaryActorTerms } from './actor-settings.ts'
export { SearchActor, type QueryRequest } from './search-actor.ts'
export { SummaryActor, type RowProgress } from './summary-actor.ts'
export { nodeEndpoint } from './node-endpoint.ts'
