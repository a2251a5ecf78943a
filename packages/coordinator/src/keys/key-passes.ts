import { setImmediate } from 'node:timers/promises'
import {
  denseBy,
  type Preconditioner,
  type Factor,
  factorOf,
  firstStep,
  type CertifiedGram,
  Candidates,
  refinedStep,
  type RowRange,
  sketchFactor,
  SketchSum,
  type SketchTerms,
  type SummaryState,
  wantedCoordinates,
  summarizePass,
  gramPass,
  sketchPass,
  selectPass,
  refinePass,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { withProducts } from './products.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { type KeyWeights, weighKeys } from './weight-passes.ts'

/** What the passes over the keys leave: the factor, and every key that may be in U unless it stayed open. */
export interface KeyKnowledge {
  readonly factor: Factor
  /** The factor of G, p other than 2. */
  readonly gramFactor?: Factor | undefined
  /** p other than 2: how the keys were weighed. */
  readonly weights?: KeyWeights | undefined
  readonly state: SummaryState
  /** Σ|k̂|² of each shard. */
  readonly shardSquaredNorms: Float64Array
}

/**
 * The passes that find the factor: Gram (with the keys, where the plan is fused), then Grams in better coordinates while
 * that helps (theory.md section 8).
 */
export async function findFactor(keys: PlannedKeys, rowOffset = 0): Promise<KeyKnowledge> {
  const { plan, context } = keys
  const { epsilon } = plan
  if (plan.sketch) return await sketchKeys(keys, plan.sketch, rowOffset)
  const { state, shardSquaredNorms } = await firstPass(keys)
  const dense = denseBy(context.kernels)
  const algebra = <T>(work: () => T): Promise<T> => timedAlgebra(plan.dim, context, work)
  let step = await algebra(() => firstStep(state.gram, dense))
  let weighable = step
  for (;;) {
    const wanted = await algebra(() => wantedCoordinates(step))
    if (!wanted) break
    step = await refine(keys, step, wanted)
    // Weighting passes use plain dots.
    if (wanted.compensated.length === 0) weighable = step
  }
  const found = { state: { ...state, epsilon, p: plan.attention.p }, shardSquaredNorms }
  const factor = await algebra(() => factorOf(step, plan.rowCount, state.dropRidge, dense))
  if (!plan.passes.some(({ kind }) => kind === 'weigh')) return { ...found, factor }
  const weights = await weighKeys(keys, weighable)
  return { ...found, factor: await withProducts(keys, weights.factor), gramFactor: factor, weights }
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

/** The first pass: each shard's sum (and keys, where the plan is fused), merged. */
async function firstPass(keys: PlannedKeys): Promise<Pick<KeyKnowledge, 'state' | 'shardSquaredNorms'>> {
  const { passes, epsilon } = keys.plan
  const { state, shardSquaredNorms } =
    passes[0].kind === 'summarize'
      ? await passOver(keys, summarizePass, { epsilon }, 'map')
      : await passOver(keys, gramPass, {}, 'map')
  return { state, shardSquaredNorms: Float64Array.from(shardSquaredNorms) }
}

/** Method sketch: one pass, whose sketches stand for the Gram. `rowOffset`: the row id of the first row. */
async function sketchKeys(keys: PlannedKeys, terms: SketchTerms, rowOffset: number): Promise<KeyKnowledge> {
  const { plan, context } = keys
  const question = { terms, epsilon: plan.epsilon, rowOffset }
  const { state: summed, shardSquaredNorms: norms } = await passOver(keys, sketchPass, question, 'map')
  const shardSquaredNorms = Float64Array.from(norms)
  const sketch = summed.sketch ?? new SketchSum(plan.dim, terms, summed.gram.exponents)
  // The selection that follows is the one filter that U rests on.
  sketch.filters = 1
  const factor = await context.stats.time('reduce', () => sketchFactor(context.kernels, sketch, summed.gram))
  return { factor, state: { ...summed, sketch }, shardSquaredNorms }
}

/** All keys that may be in U: those of the fused pass, and a selection by the final factor from rows that stayed open. */
export async function collectCandidates(
  keys: PlannedKeys,
  { factor, state }: KeyKnowledge,
): Promise<Candidates> {
  const { epsilon, shards } = keys.plan
  const ranges = shards.filter((shard) => state.openRanges.some((range) => overlap(shard, range)))
  if (ranges.length === 0) return state.candidates
  const { state: selected } = await passOver(keys, selectPass, { factor, epsilon }, 'select', { ranges })
  return state.candidates.count === 0 ? selected.candidates : state.candidates.union(selected.candidates)
}

async function refine(
  keys: PlannedKeys,
  step: CertifiedGram,
  coordinates: Preconditioner,
): Promise<CertifiedGram> {
  const { plan, context } = keys
  const { forward, compensated } = coordinates
  const question = { coordinates: { forward, compensated }, exponents: step.first.exponents }
  const { state } = await passOver(keys, refinePass, question, 'refine')
  return await timedAlgebra(plan.dim, context, () =>
    refinedStep(step, coordinates, state.gram, 0, denseBy(context.kernels)),
  )
}

function overlap(a: RowRange, b: RowRange): boolean {
  return a.rowStart < b.rowEnd && b.rowStart < a.rowEnd
}
