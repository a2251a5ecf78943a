import { setImmediate } from 'node:timers/promises'
import {
  denseBy,
  type Coordinates,
  dropBelow,
  dropByWeights,
  type Factor,
  factorOf,
  firstStep,
  type GramStep,
  GramSum,
  type GramParts,
  Candidates,
  type Kernels,
  levFromBytes,
  levToBytes,
  type MatrixSource,
  mergeStates,
  REGULAR_BELOW_SLACK,
  refinedStep,
  type RowRange,
  sketchFactor,
  SketchSum,
  type SketchTerms,
  summaryContent,
  summaryFrom,
  type SummaryState,
  wantedCoordinates,
} from '@levattention/core/internal'
import type { TaskRequest } from '@levattention/worker/internal'
import { throwIfAborted } from '../engines/abort.ts'
import type { Plan } from '../plan.ts'
import { liftKeys } from './lift-pass.ts'
import { reducePass, type RowPass } from './reduce-pass.ts'
import type { RunContext, Stage } from './run-context.ts'
import { shareArrays } from './share.ts'
import { type KeyWeights, weighKeys } from './weight-passes.ts'

/** What the passes over the keys leave: the factor, and every key that may be in U unless it stayed open. */
export interface KeyKnowledge {
  readonly factor: Factor
  /** The factor of G, p other than 2. */
  readonly plain?: Factor | undefined
  /** p other than 2: how the keys were weighed. */
  readonly weights?: KeyWeights | undefined
  readonly state: SummaryState
  /** Σ|k̂|² of each shard. */
  readonly shardTraces: Float64Array
}

/**
 * The passes that find the factor: Gram (with the keys, where the plan is fused), then Grams in better coordinates while
 * that helps (theory.md section 8).
 */
export async function findFactor(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  rowOffset = 0,
): Promise<KeyKnowledge> {
  const { epsilon } = plan
  if (plan.sketch) return await sketchKeys(source, plan, plan.sketch, context, rowOffset)
  const { state, shardTraces } = await firstPass(source, plan, context)
  const dense = denseBy(context.kernels)
  const algebra = <T>(work: () => T): Promise<T> => timedAlgebra(plan.dim, context, work)
  let step = await algebra(() => firstStep(state.gram, dense))
  let weighable = step
  for (;;) {
    const wanted = await algebra(() => wantedCoordinates(step))
    if (!wanted) break
    step = await refine(source, plan, context, step, wanted)
    // Weighting passes use plain dots.
    if (wanted.compensated.length === 0) weighable = step
  }
  const found = { state: { ...state, epsilon, p: plan.p }, shardTraces }
  const factor = await algebra(() => factorOf(step, plan.rowCount, state.dropRidge, dense))
  if (plan.p === 2) return { ...found, factor }
  const weights = await weighKeys(source, plan, weighable, context)
  return { ...found, factor: await liftKeys(source, plan, weights.factor, context), plain: factor, weights }
}

/** From here on d x d work takes long enough that others in this thread are let in before each piece of it. */
const LONG_DIM = 256

/** d x d work in this thread, which takes seconds where d is near 1000: a stage of its own in times and progress. */
async function timedAlgebra<T>(
  dim: number,
  { stats, signal, onProgress }: RunContext,
  work: () => T,
): Promise<T> {
  onProgress?.({ stage: 'reduce', done: 0, total: 1 })
  if (dim >= LONG_DIM) await setImmediate()
  throwIfAborted(signal)
  return await stats.time('reduce', work)
}

/** The first pass: each shard's sum (and keys, where the plan is fused), merged. `withGrams`: each shard's own sum too. */
export async function firstPass(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  withGrams = false,
): Promise<Pick<KeyKnowledge, 'state' | 'shardTraces'> & { readonly shardGrams: readonly GramParts[] }> {
  const kind = plan.passes[0].kind === 'summarize' ? 'summarize' : 'gram'
  const requests = plan.shards.map((range) => ({ source: source.spec, range, epsilon: plan.epsilon }))
  const { state, traces, grams } = await keyPass(source, plan, context, kind, requests, 'map', withGrams)
  return { state, shardTraces: Float64Array.from(traces), shardGrams: grams }
}

/** Method sketch: one pass, whose sketches stand for the Gram. `rowOffset`: the row id of the first row. */
async function sketchKeys(
  source: MatrixSource,
  plan: Plan,
  terms: SketchTerms,
  context: RunContext,
  rowOffset: number,
): Promise<KeyKnowledge> {
  const { epsilon } = plan
  const requests = plan.shards.map((range) => ({ source: source.spec, range, terms, epsilon, rowOffset }))
  const { state: summed, traces } = await keyPass(source, plan, context, 'sketch', requests, 'map')
  const shardTraces = Float64Array.from(traces)
  const sketch = summed.sketch ?? new SketchSum(plan.dim, terms, summed.gram.exponents)
  // The selection that follows is the one filter that U rests on.
  sketch.filters = 1
  const factor = await context.stats.time('reduce', () => sketchFactor(context.kernels, sketch, summed.gram))
  return { factor, state: { ...summed, sketch }, shardTraces }
}

/** All keys that may be in U: those of the fused pass, and a selection by the final factor from rows that stayed open. */
export async function collectCandidates(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  { factor, state }: KeyKnowledge,
): Promise<Candidates> {
  const { epsilon } = plan
  const open = plan.shards.filter((shard) => state.openRanges.some((range) => overlap(shard, range)))
  if (open.length === 0) return state.candidates
  const sharedFactor = shareArrays(factor)
  const requests = open.map((range) => ({ source: source.spec, range, factor: sharedFactor, epsilon }))
  const { state: selected } = await keyPass(source, plan, context, 'select', requests, 'select')
  return state.candidates.count === 0 ? selected.candidates : state.candidates.union(selected.candidates)
}

async function refine(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  step: GramStep,
  coordinates: Coordinates,
): Promise<GramStep> {
  const { exponents } = step.first
  const forward = shareArrays(coordinates.forward)
  const requests = plan.shards.map((range) => ({
    source: source.spec,
    range,
    coordinates: { forward, compensated: coordinates.compensated },
    exponents,
  }))
  const { state } = await keyPass(source, plan, context, 'refine', requests, 'refine')
  return await timedAlgebra(plan.dim, context, () =>
    refinedStep(step, coordinates, state.gram, 0, denseBy(context.kernels)),
  )
}

/** What a pass leaves of several shards: their merged summary, and of each shard what the merged one no longer tells. */
interface KeyPart {
  readonly state: SummaryState
  readonly traces: readonly number[]
  readonly grams: readonly GramParts[]
}

/** One pass: a task a shard, summaries merged in the plan's tree. */
export async function keyPass<
  K extends 'gram' | 'summarize' | 'sketch' | 'absorb' | 'refine' | 'select' | 'selectPrefix',
>(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  kind: K,
  requests: readonly TaskRequest<K>[],
  stage: Stage,
  withGrams = false,
): Promise<KeyPart> {
  const { kernels } = context
  const isSelection = kind === 'select' || kind === 'selectPrefix'
  const read = (bytes: Uint8Array) => summaryFrom(levFromBytes(bytes), { isSelection, isFresh: true })
  const pass: RowPass<K, KeyPart> = {
    kind,
    source,
    requests,
    fanIn: plan.fanIn,
    stage,
    part: (result) => {
      const state = read(result)
      return { state, traces: [traceOf(state.gram)], grams: withGrams ? [state.gram.parts] : [] }
    },
    merge: (a, b) => ({
      state: mergeBounded(kernels, a.state, b.state),
      traces: [...a.traces, ...b.traces],
      grams: [...a.grams, ...b.grams],
    }),
    pack: ({ state, ...others }) => ({ ...others, summary: levToBytes(summaryContent(state)) }),
    unpack: (packed) => {
      const { summary, ...others } = packed as Omit<KeyPart, 'state'> & { summary: Uint8Array }
      return { ...others, state: read(summary) }
    },
  }
  return (await reducePass(pass, context)) ?? { state: emptyState(source, plan), traces: [], grams: [] }
}

/** Merges, and drops keys that the joint Gram excludes once there are many more than U can hold. */
export function mergeBounded(kernels: Kernels, a: SummaryState, b: SummaryState): SummaryState {
  const dense = denseBy(kernels)
  const merged = mergeStates(a, b, dense)
  const { candidates, gram, dim, epsilon, policy, sketch } = merged
  // Rows of both say nothing of keys that a query between them is to be asked about; a sketch may filter only once.
  if (policy === 'prefix' || sketch) return merged
  if (candidates.count <= 4096 + (2 * dim) / epsilon || gram.rowCount === 0) return merged
  if (merged.p !== 2) return dropByWeights(kernels, merged, false)
  const step = firstStep(gram, dense)
  if (!(step.slack < REGULAR_BELOW_SLACK)) return merged
  const factor = factorOf(step, gram.rowCount, 0, dense)
  return { ...merged, candidates: dropBelow(kernels, factor, candidates, epsilon) }
}

function emptyState({ cols: dim, element }: MatrixSource, { epsilon }: Plan): SummaryState {
  const candidates = new Candidates(dim, element)
  return {
    dim,
    epsilon,
    p: 2,
    policy: 'whole',
    ranges: [],
    gram: new GramSum(dim),
    candidates,
    openRanges: [],
    triangular: undefined,
    dropRidge: 0,
  }
}

function overlap(a: RowRange, b: RowRange): boolean {
  return a.rowStart < b.rowEnd && b.rowStart < a.rowEnd
}

/** Σ|k̂|² of the rows in a sum. */
export function traceOf({ gram, dim }: GramSum): number {
  let trace = 0
  for (let a = 0; a < dim; a++) trace += gram[a * dim + a]
  return trace
}
