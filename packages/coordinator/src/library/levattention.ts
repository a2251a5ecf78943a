import type { UniversalSet } from '@levattention/core'
import {
  type HeavyBatch,
  type InputName,
  type MatrixSource,
  requireMatrix,
  requireUniversal,
} from '@levattention/core/internal'
import type { Engine } from '../engines/engine.ts'
import { type RowSample, rowSampleOf } from '../jobs/row-sample.ts'
import { findSet, searchOptions } from '../solve/answers.ts'
import { scoringSeconds } from '../problem/attention-problem.ts'
import {
  problemOf,
  problemOfSet,
  requireCovers,
  requireExactScores,
  requireScores,
  requireShapes,
  requireNoPrefixes,
} from '../problem/problem-of.ts'
import { findHeavyPairs } from '../queries/heavy.ts'
import { nameNonFinite } from '../inputs/name-non-finite.ts'
import { requireKeptRows } from '../keys/require-kept-rows.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'
import {
  askedOf,
  type AttendCall,
  attendCall,
  type AttendedRowBatch,
  type AttendSources,
} from './attend-call.ts'
import type { Coverage } from '../coverage/coverage-facts.ts'
import { type CoverageCall, coverageAsked, coverageCall, type CoverageSources } from './coverage-call.ts'
import {
  type CallOptions,
  type HeavyAttentionsOptions,
  requireCallOptions,
  requireOneChoice,
  requireScoresOf,
  type RowSampleOptions,
  type SoftmaxPairsOptions,
  type UniversalSetOptions,
} from './library-options.ts'
import { matricesOf } from './sources.ts'
import { softmaxBatchesOf, type SoftmaxBatch, type SoftmaxInputs } from './softmax-pairs.ts'
import type { LiveSummary, LiveSummaryOptions } from '../sessions/live-summary.ts'
import { openLiveSummary, openSession } from '../sessions/open.ts'
import type { Session, SessionOptions } from '../sessions/session.ts'
import { Runtime, type RuntimeOptions } from '../engines/runtime.ts'

/** What a call may take of the caller's thread in one piece; threads, once started, serve all calls. */
const SMALL_CALL_SECONDS = 0.03

/**
 * The library: universal sets, heavy attentions and row samples on worker threads. Make it once, `close` it at the end (or let
 * `await using` do so). No process-wide state: several may live side by side.
 *
 * Throws Option, and NotFound or Internal where the kernels cannot be loaded.
 */
export async function levattention(options: RuntimeOptions = {}): Promise<LevAttention> {
  requireCallOptions('levattention', options)
  return new LevAttention(await Runtime.open({ ...options, smallJobSeconds: SMALL_CALL_SECONDS }))
}

export class LevAttention {
  readonly #runtime: Runtime
  readonly #resident = new Set<Session | LiveSummary>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * The universal set of `keys` [n, d]: every key that can take epsilon of the |q.k|^p attention of any query
   * (theory.md section 1). With `method: 'sketch'` a key is missed with probability `delta` at most, over seeds
   * (docs/guarantees.md, "Sketch"). Throws Option, Content (NaN, infinity), NotFound, InputChanged, WorkerLost, Aborted.
   */
  async universalSet(keys: MatrixSource, options: UniversalSetOptions = {}): Promise<UniversalSet> {
    requireMatrix('keys', keys)
    requireCallOptions('universalSet', options)
    requireOneChoice(options)
    const problem = problemOf(options, keys, undefined)
    const engine = await this.#runtime.engine(problem.work())
    const context = this.#context(engine, options)
    try {
      const { universal } = await findSet(problem, options, context)
      return universal
    } catch (error) {
      throw await nameNonFinite(error, () => [() => keys], context)
    }
  }

  /**
   * Every pair with A_ij >= epsilon of `queries` [m, d], batch after batch in query order (theory.md sections 4, 5).
   * Throws as `universalSet`, and Content where d differs or `keys` are not those of the set, by its shape and rows of U.
   */
  async *heavyAttentions(
    universal: UniversalSet,
    queries: MatrixSource,
    options: HeavyAttentionsOptions = {},
  ): AsyncGenerator<HeavyBatch, void, void> {
    requireUniversal(universal)
    requireMatrix('queries', queries)
    requireCallOptions('heavyAttentions', options)
    const { epsilon = universal.epsilon, keys } = options
    if (keys !== undefined) requireMatrix('keys', keys)
    requireScores(options.scores, universal.p)
    requireScoresOf(universal, options)
    requireCovers(universal, epsilon)
    requireShapes(universal, queries, keys)
    const problem = problemOfSet(universal, options, keys, queries)
    requireExactScores(problem.mask.causal, options.scores)
    // Exact passes over the keys are rare.
    const engine = await this.#runtime.engine(problem.work(0))
    const context = this.#context(engine, options)
    try {
      if (keys !== undefined) {
        requireKeptRows(keys, universal)
        keys.close()
      }
      yield* findHeavyPairs(universal, queries, searchOptions(problem, options), context)
    } catch (error) {
      const inputOf = (input: InputName) => [() => (input === 'keys' ? (keys ?? queries) : queries)]
      throw await nameNonFinite(error, inputOf, context)
    }
  }

  /**
   * The exact heavy pairs of softmax attention exp(scale <q, k>), of all keys [n, d]: it has no universal set (docs/theory.md section
   * 7). Batch after batch in query order; of heads, head after head. Throws Option, Content, NotFound, InputChanged, WorkerLost,
   * Aborted.
   */
  async *softmaxPairs(
    inputs: SoftmaxInputs,
    options: SoftmaxPairsOptions = {},
  ): AsyncGenerator<SoftmaxBatch, void, void> {
    requireCallOptions('softmaxPairs', options)
    const contextOf = async (work: number) => this.#context(await this.#runtime.engine(work), options)
    try {
      yield* softmaxBatchesOf(inputs, options, contextOf)
    } catch (error) {
      const inputOf = (input: InputName) => matricesOf(input === 'keys' ? inputs.keys : inputs.queries)
      throw await nameNonFinite(error, inputOf, await contextOf(0))
    }
  }

  /**
   * Softmax attention over selected keys, renormalised over them (docs/theory.md section 7): head after head, and within one in
   * the order of queries. What is yielded is the caller's. A selection is a rule, not a guarantee. Throws as `universalSet`, and
   * ShapeMismatch or Content where the matrices do not go together.
   */
  async *attend(sources: AttendSources, options: AttendCall): AsyncGenerator<AttendedRowBatch, void, void> {
    requireCallOptions('attend', options)
    const asked = askedOf(sources, options)
    const context = this.#context(await this.#runtime.engine(asked.work), options)
    try {
      yield* attendCall(asked, context)
    } catch (error) {
      throw await nameNonFinite(error, (input) => matricesOf(sources[input]), context)
    }
  }

  /**
   * How much of their softmax attention selections of keys hold, leverage beside others; with values, how far outputs over them are
   * from the full ones (docs/theory.md section 7). A selection is a rule, not a guarantee. Throws as `attend`.
   */
  async coverage(sources: CoverageSources, options: CoverageCall = {}): Promise<Coverage> {
    requireCallOptions('coverage', options)
    const asked = coverageAsked(sources, options)
    const context = this.#context(await this.#runtime.engine(asked.work), options)
    try {
      return await coverageCall(asked, context)
    } catch (error) {
      const inputOf = (input: InputName) =>
        matricesOf(
          (input === 'values' ? sources.values : input === 'keys' ? sources.keys : undefined) ??
            sources.queries,
        )
      throw await nameNonFinite(error, inputOf, context)
    }
  }

  /**
   * A leverage-weighted sample of the rows of `keys` [n, d]: each row by itself with p_j = min(1, c tau_j), drawn by (seed,
   * row id), so that workers and shards change nothing (docs/guarantees.md, "Sample"). Throws as `universalSet`.
   */
  async sample(keys: MatrixSource, options: RowSampleOptions): Promise<RowSample> {
    requireMatrix('keys', keys)
    requireCallOptions('sample', options)
    const engine = await this.#runtime.engine(scoringSeconds(keys))
    const context = this.#context(engine, options)
    try {
      return await rowSampleOf(keys, options, context)
    } catch (error) {
      throw await nameNonFinite(error, () => [() => keys], context)
    }
  }

  /**
   * `universal` resident on threads of its own, for batches of queries at low latency (docs/sessions.md). Release it, or close
   * this. Throws Option, WorkerLost.
   */
  async session(universal: UniversalSet, options: SessionOptions = {}): Promise<Session> {
    requireUniversal(universal)
    requireCallOptions('session', options)
    const { epsilon = universal.epsilon } = options
    requireCovers(universal, epsilon)
    requireNoPrefixes(universal)
    return await this.#keep(openSession(universal, { ...options, epsilon }, this.#runtime))
  }

  /**
   * A summary on a thread of its own that answers queries while rows are pushed into it, any p; `bytes`: goes on from an earlier
   * one's. Throws Option, Content (damaged bytes), WorkerLost.
   */
  async liveSummary(options: LiveSummaryOptions): Promise<LiveSummary> {
    requireCallOptions('liveSummary', options)
    return await this.#keep(openLiveSummary(options, this.#runtime))
  }

  /** Ends all threads, those of sessions and live summaries too. */
  async close(): Promise<void> {
    await Promise.all([...this.#resident].map((resident) => resident.release()))
    await this.#runtime.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #keep<T extends Session | LiveSummary>(opening: Promise<T>): Promise<T> {
    for (const earlier of this.#resident) if (earlier.released) this.#resident.delete(earlier)
    const resident = await opening
    this.#resident.add(resident)
    return resident
  }

  #context(engine: Engine, { signal, onProgress }: CallOptions): RunContext {
    return { engine, kernels: this.#runtime.kernels, signal, onProgress, stats: new RunStats() }
  }
}
