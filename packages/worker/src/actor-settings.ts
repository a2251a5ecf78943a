import type { KernelSource, UniversalSet } from '@levattention/core/internal'

/** What a search actor keeps for its life. Arrays are shared memory, so many actors hold them once. */
export interface SearchActorSettings {
  readonly universal: UniversalSet
  readonly epsilon: number
}

/** A summary from nothing, or going on from the bytes of an earlier one. */
export type SummaryActorSettings = { readonly terms: SummaryActorTerms } | { readonly bytes: Uint8Array }

export interface SummaryActorTerms {
  readonly dim: number
  readonly epsilon: number
  readonly p?: number
  readonly rowStart?: number
  readonly form?: 'gram' | 'triangular'
  readonly seed?: number
}

/** What an actor's thread gets at birth. */
export type ActorSettings = KernelSource &
  (
    | ({ readonly actor: 'search' } & SearchActorSettings)
    | ({ readonly actor: 'summary' } & SummaryActorSettings)
  )
