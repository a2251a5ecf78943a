import {
  type Kernels,
  type RankedPairs,
  rankedPairs,
  type Search,
  searchBatch,
  searchOf,
  type UniversalSet,
} from '@levattention/core/internal'
import { answerOf, type WireAnswer } from './wire-error.ts'
import type { SearchActorSettings } from './actor-settings.ts'

export interface QueryRequest {
  readonly queries: Float32Array | Float64Array // [queryCount, dim], row-major
  /** The number of the first query, for messages. */
  readonly queryStart: number
  /** The most pairs of a query. */
  readonly limit: number
}

/** Resident in a thread: a universal set prepared once, and its heavy pairs for one batch of queries after another. */
export class SearchActor {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #search: Search

  constructor({ universal, epsilon }: SearchActorSettings, kernels: Kernels) {
    this.#kernels = kernels
    this.#universal = universal
    this.#search = searchOf(kernels, universal, {
      epsilon,
      scores: universal.estimate ? 'estimate' : 'interval',
    })
  }

  /** The actor lives and has prepared its set; with which kernels. */
  ping(): WireAnswer<string> {
    return { ok: true, result: this.#kernels.name }
  }

  query({ queries, queryStart, limit }: QueryRequest): WireAnswer<RankedPairs> {
    return answerOf(() => rankedPairs(searchBatch(this.#search, this.#universal, queries, queryStart), limit))
  }
}
