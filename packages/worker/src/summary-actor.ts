import {
  KeySummary,
  type Kernels,
  type RankedPairs,
  rankedPairs,
  type UniversalSet,
} from '@levattention/core/internal'
import { type ProxyMarked, type Remote, releaseProxy } from 'comlink'
import { answerOf, type WireAnswer } from './wire-error.ts'
import type { SummaryActorSettings } from './actor-settings.ts'

/** Called in the owner's thread: how many of the pushed rows are in. */
export type RowProgress = (rowCount: number) => void
/** The owner's callback as it comes through comlink, whose own types, which need lib DOM, stay out of the declarations. */
type OwnerProgress = (rowCount: number) => Promise<void> | void

interface SummaryQueryRequest {
  readonly queries: Float32Array | Float64Array // [queryCount, dim], row-major
  readonly limit: number
  /** At least the summary's, which is the default. */
  readonly epsilon?: number | undefined
}

/** Pairs among the rows that were in when the query came. */
interface SummaryAnswer {
  readonly pairs: RankedPairs
  readonly rowCount: number
}

/** Resident in a thread: a KeySummary that fills with rows. Calls are answered in the order in which they come. */
export class SummaryActor {
  readonly #kernels: Kernels
  #settings: SummaryActorSettings | undefined
  #made: KeySummary | undefined

  constructor(settings: SummaryActorSettings, kernels: Kernels) {
    this.#kernels = kernels
    this.#settings = settings
  }

  ping(): WireAnswer<string> {
    return { ok: true, result: this.#kernels.name }
  }

  /** Makes the summary, d³ operations where it goes on from bytes; answers how many columns its rows have. */
  dim(): WireAnswer<number> {
    return answerOf(() => this.#summary.state.dim)
  }

  /** Absorbs `rows`, all or none; answers how many rows are in now, after the owner has heard of all progress. */
  async update(rows: Float32Array | Float64Array, onProgress?: OwnerProgress): Promise<WireAnswer<number>> {
    if (!onProgress) return answerOf(() => this.#summary.update(rows).rowCount)
    const heard: Promise<void>[] = []
    const tell: RowProgress = (rowCount) => void heard.push(Promise.resolve(onProgress(rowCount)))
    const answer = answerOf(() => this.#summary.update(rows, tell).rowCount)
    // What a callback throws is its owner's to handle, in its own thread.
    await Promise.allSettled(heard)
    ;(onProgress as Remote<RowProgress & ProxyMarked>)[releaseProxy]()
    return answer
  }

  query({ queries, limit, epsilon }: SummaryQueryRequest): WireAnswer<SummaryAnswer> {
    return answerOf(() => ({
      pairs: rankedPairs(this.#summary.heavyPairs(queries, epsilon), limit),
      rowCount: this.#summary.rowCount,
    }))
  }

  universalSet(): WireAnswer<UniversalSet> {
    return answerOf(() => this.#summary.universalSet())
  }

  toBytes(): WireAnswer<Uint8Array> {
    return answerOf(() => this.#summary.toBytes())
  }

  /** Made when first asked for: what is wrong with its settings is then told as what it is. Throws as KeySummary. */
  get #summary(): KeySummary {
    if (this.#made) return this.#made
    const settings = this.#settings as SummaryActorSettings
    this.#made =
      'bytes' in settings
        ? KeySummary.fromBytes(settings.bytes, this.#kernels)
        : new KeySummary(settings.terms, this.#kernels)
    // Bytes are many, and of no more use.
    this.#settings = undefined
    return this.#made
  }
}
