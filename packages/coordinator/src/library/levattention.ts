import type { UniversalSet } from '@levattention/core'
import {
  type HeavyBatch,
  type InputName,
  type MatrixSource,
  requireMatrix,
  requireUniversal,
  tryingEntries,
  withOrigin,
} from '@levattention/core/internal'
import { heard, type Watch, type Watched } from '../aborts/listener.ts'
import { mergeParts, mergeSeconds } from '../jobs/merge.ts'
import { type RowSample, rowSampleOf } from '../jobs/row-sample.ts'
import { findSet } from '../solve/answers.ts'
import { scoringSeconds } from '../problem/attention-problem.ts'
import { withSeed } from '../problem/estimate-options.ts'
import { problemOf, requireCovers, requireNoPrefixes } from '../problem/problem-of.ts'
import { verifySeconds } from '../verify/verify.ts'
import {
  askedOf,
  type AttendCall,
  attendCall,
  type AttendedRowBatch,
  type AttendSources,
} from './attend-call.ts'
import type { Coverage } from '../coverage/coverage-facts.ts'
import { type CoverageCall, coverageAsked, coverageCall, type CoverageSources } from './coverage-call.ts'
import { type Curve, curveCall, type CurveOptions } from './curve-call.ts'
import { heavyAsked, heavyCall, heavySeconds } from './heavy-call.ts'
import { type MergePart, mergeParts as summariesOf, PLACED_BY } from './merge-call.ts'
import { scoredKeys, warnOf } from './design-sources.ts'
import { namesOf, type ScoreBatch, scoresCall, type ScoresOptions } from './scores-call.ts'
import { sessionSet } from './session-set.ts'
import {
  type Verification,
  verifyAsked,
  verifyCall,
  type VerifyOptions,
  type VerifySources,
} from './verify-call.ts'
import { Calls } from './calls.ts'
import {
  type HeavyAttentionsOptions,
  type MergeOptions,
  requireCallOptions,
  type RowSampleOptions,
  type SoftmaxPairsOptions,
  type UniversalSetOptions,
} from './library-options.ts'
import { requireOneChoice, requireRowIds } from './option-conflicts.ts'
import { seenKeys } from './seen-sources.ts'
import { matricesOf, requireSources } from './sources.ts'
import { softmaxBatchesOf, type SoftmaxBatch, type SoftmaxInputs } from './softmax-pairs.ts'
import type { LiveSummary, LiveSummaryOptions } from '../sessions/live-summary.ts'
import { Residents } from '../sessions/residents.ts'
import { byTurns } from '../tasks/by-turns.ts'
import type { Progress } from '../tasks/progress.ts'
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

/** The calls over matrices, and what lives on threads. `levattention()` makes it. */
export class LevAttention {
  readonly #runtime: Runtime
  readonly #calls: Calls
  readonly #residents = new Residents()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#calls = new Calls(runtime)
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
    requireRowIds(keys, options)
    const seen = seenKeys(keys, options)
    const problem = problemOf(options, seen, undefined)
    return await this.#calls.once(options, problem.work(), only(seen), async (context) => {
      const { universal, origin } = await findSet(problem, options, context)
      return withOrigin(universal, origin)
    })
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
    await byTurns(tryingEntries(universal), options.signal)
    const asked = heavyAsked(universal, queries, options)
    const inputOf = (input: InputName) => [
      () => (input === 'keys' ? (asked.keys ?? asked.queries) : asked.queries),
    ]
    yield* this.#calls.each(options, heavySeconds(asked), inputOf, (context) => heavyCall(asked, context))
  }

  /**
   * The exact heavy pairs of softmax attention exp(scale <q, k>), of all keys [n, d], which has no universal set (docs/theory.md
   * section 7): in query order, of heads one after another. Throws Option, Content, NotFound, InputChanged, WorkerLost, Aborted.
   */
  async *softmaxPairs(
    inputs: SoftmaxInputs,
    options: SoftmaxPairsOptions = {},
  ): AsyncGenerator<SoftmaxBatch, void, void> {
    requireSources('softmaxPairs', inputs, ['queries', 'keys'])
    requireCallOptions('softmaxPairs', options)
    const inputOf = (input: InputName) => matricesOf(input === 'keys' ? inputs.keys : inputs.queries)
    yield* this.#calls.eachBy(options, inputOf, (contextOf) => softmaxBatchesOf(inputs, options, contextOf))
  }

  /**
   * Softmax attention over selected keys, renormalised over them (docs/theory.md section 7): head after head, and within one in
   * the order of queries. What is yielded is the caller's. A selection is a rule, not a guarantee. Throws as `universalSet`, and
   * ShapeMismatch or Content where the matrices do not go together.
   */
  async *attend(sources: AttendSources, options: AttendCall): AsyncGenerator<AttendedRowBatch, void, void> {
    requireSources('attend', sources, ['queries', 'keys', 'values'])
    requireCallOptions('attend', options)
    const asked = askedOf(sources, options)
    const inputOf = (input: InputName) => matricesOf(sources[input])
    yield* this.#calls.each(options, asked.work, inputOf, (context) => attendCall(asked, context))
  }

  /**
   * How much of their softmax attention selections of keys hold, leverage beside others; with values, how far outputs over them are
   * from the full ones (docs/theory.md section 7). A selection is a rule, not a guarantee. Throws as `attend`.
   */
  async coverage(sources: CoverageSources, options: CoverageCall = {}): Promise<Coverage> {
    requireSources('coverage', sources, ['queries', 'keys', 'values', 'fitQueries'])
    requireCallOptions('coverage', options)
    const asked = coverageAsked(sources, options)
    const inputOf = (input: InputName) => matricesOf(sources[input] ?? sources.queries)
    return await this.#calls.once(options, asked.work, inputOf, (context) => coverageCall(asked, context))
  }

  /**
   * A leverage-weighted sample of the rows of `keys` [n, d]: each row by itself with p_j = min(1, c tau_j), drawn by (seed,
   * row id), so that workers and shards change nothing (docs/guarantees.md, "Sample"). Throws as `universalSet`.
   */
  async sample(keys: MatrixSource, options: RowSampleOptions): Promise<RowSample> {
    requireMatrix('keys', keys)
    requireCallOptions('sample', options)
    const { scored, warnings } = await scoredKeys(keys, options)
    return await this.#calls.once(options, scoringSeconds(scored), only(scored), (context) => {
      warnOf(warnings, context)
      return rowSampleOf(scored, options, context)
    })
  }

  /**
   * All leverage scores of `keys` [n, d], or for p other than 2 the certified bounds of the sensitivities, batch after batch in row
   * order: nothing of n numbers is held. Throws as `universalSet`.
   */
  async *scores(keys: MatrixSource, options: ScoresOptions = {}): AsyncGenerator<ScoreBatch, void, void> {
    requireMatrix('keys', keys)
    requireCallOptions('scores', options)
    const { scored, warnings } = await scoredKeys(keys, options)
    yield* this.#calls.each(options, scoringSeconds(scored, options.p), only(scored), (context) => {
      warnOf(warnings, context)
      return scoresCall(scored, options, context, namesOf(keys, options.id, context.signal))
    })
  }

  /**
   * How large the universal set of `keys` [n, d] is at a dozen epsilons, and the largest bound of all: whether a set is worth its
   * search. Throws as `universalSet`.
   */
  async curve(keys: MatrixSource, options: CurveOptions = {}): Promise<Curve> {
    requireMatrix('keys', keys)
    requireCallOptions('curve', options)
    requireOneChoice(options)
    const { scored, warnings } = await scoredKeys(keys, options)
    return await this.#calls.once(options, scoringSeconds(scored, options.p), only(scored), (context) => {
      warnOf(warnings, context)
      return curveCall(scored, options, context)
    })
  }

  /**
   * Tries a file of heavy pairs against brute force over all keys, for all queries or a sample of them: none may be missed, extra or
   * wrong (docs/guarantees.md, "A verification"). A difference is an answer, not an error. Throws Option, ShapeMismatch, Content (no
   * query could be judged, too), NotFound, InputChanged, WorkerLost, Aborted.
   */
  async verify(sources: VerifySources, options: VerifyOptions = {}): Promise<Verification> {
    requireSources('verify', sources, ['keys', 'queries', 'heavy'])
    requireCallOptions('verify', options)
    const asked = await verifyAsked(sources, options)
    const { keys, queries, queryIds } = asked
    try {
      const inputOf = (input: InputName) => [() => (input === 'keys' ? keys : queries)]
      return await this.#calls.once(options, verifySeconds(keys, queryIds.length), inputOf, (context) =>
        verifyCall(asked, options, context),
      )
    } finally {
      asked.close()
    }
  }

  /**
   * The universal set of the rows of all `parts`, which are disjoint: sets (of p other than 2 with `mergeable: true`), paths of .lev
   * files and bytes of summaries, in any order. Throws Option, NotFound, Content, IncompatibleSummary, WorkerLost, Aborted.
   */
  async merge(parts: readonly MergePart[], options: MergeOptions = {}): Promise<UniversalSet> {
    requireCallOptions('merge', options)
    this.#calls.requireOpen(options.signal)
    return await heard(options, async (own) => {
      const contextOf = (seconds: number) => this.#calls.context(seconds, own)
      const summaries = await summariesOf(parts, contextOf, own.signal)
      const context = await contextOf(mergeSeconds(summaries))
      const { universal, origin } = await mergeParts(summaries, context, PLACED_BY)
      return withOrigin(universal, origin)
    })
  }

  /**
   * `universal` resident on threads of its own, for batches of queries at low latency (docs/sessions.md). Release it, or close
   * this. Throws Option, WorkerLost.
   */
  async session(universal: UniversalSet, options: SessionOptions = {}): Promise<Session> {
    requireUniversal(universal)
    requireCallOptions('session', options)
    await byTurns(tryingEntries(universal), options.signal)
    const { epsilon = universal.epsilon } = options
    requireCovers(universal, epsilon)
    requireNoPrefixes(universal)
    const terms = { ...withSeed(options), epsilon }
    return await this.#opened(options, async (own) => {
      const set = await sessionSet(universal, terms, (work) => this.#calls.context(work, own))
      return await openSession(set, { ...terms, ...own }, this.#runtime)
    })
  }

  /**
   * A summary on a thread of its own that answers queries while rows are pushed into it, any p; `bytes`: goes on from an earlier
   * one's. Throws Option, Content (damaged bytes), WorkerLost.
   */
  async liveSummary(options: LiveSummaryOptions): Promise<LiveSummary> {
    requireCallOptions('liveSummary', options)
    return await this.#opened(options, (own) => openLiveSummary({ ...options, ...own }, this.#runtime))
  }

  /** Ends all threads, those of sessions and live summaries too. */
  async close(): Promise<void> {
    await this.#residents.release()
    await this.#runtime.close()
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** What lives on threads of its own; released where its caller never gets it. */
  async #opened<T extends Session | LiveSummary>(
    options: Watch<Progress>,
    open: (own: Watched<Progress>) => Promise<T>,
  ): Promise<T> {
    this.#calls.requireOpen(options.signal)
    const keep = (own: Watched<Progress>) => this.#residents.keep(open(own), own.signal)
    return await heard(options, keep, (resident) => resident.release())
  }
}

/** Of a call with one matrix. */
function only(source: MatrixSource) {
  return () => [() => source]
}
