import { setImmediate } from 'node:timers/promises'
import {
  denseBy,
  type Preconditioner,
  type Factor,
  factorOf,
  firstStep,
  type CertifiedGram,
  Candidates,
  type MatrixSource,
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
import type { Plan } from '../plan/plan.ts'
import { withProducts } from './products.ts'
import { reducePass } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { type KeyWeights, weighKeys } from './weight-passes.ts'
import { shardsOf } from '../tasks/row-work.ts'

/** What the passes over the keys leave: the factor, and every key that may be in U unless it stayed open. */
export interface KeyKnowledge {
  readonly factor: Factor
  /** The factor of G, p other than 2. */
  readonly plain?: Factor | undefined
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
export async function findFactor(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  rowOffset = 0,
): Promise<KeyKnowledge> {
  const { epsilon } = plan
  if (plan.sketch) return await sketchKeys(source, plan, plan.sketch, context, rowOffset)
  const { state, shardSquaredNorms } = await firstPass(source, plan, context)
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
  const found = { state: { ...state, epsilon, p: plan.attention.p }, shardSquaredNorms }
  const factor = await algebra(() => factorOf(step, plan.rowCount, state.dropRidge, dense))
  if (!plan.passes.some(({ kind }) => kind === 'weigh')) return { ...found, factor }
  const weights = await weighKeys(source, plan, weighable, context)
  return {
    ...found,
    factor: await withProducts(source, plan, weights.factor, context),
    plain: factor,
    weights,
  }
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
async function firstPass(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
): Promise<Pick<KeyKnowledge, 'state' | 'shardSquaredNorms'>> {
  const work = { ...shardsOf(source, plan), stage: 'map' } as const
  const { state, shardSquaredNorms } =
    plan.passes[0].kind === 'summarize'
      ? await reducePass({ ...work, task: summarizePass, question: { epsilon: plan.epsilon } }, context)
      : await reducePass({ ...work, task: gramPass, question: {} }, context)
  return { state, shardSquaredNorms: Float64Array.from(shardSquaredNorms) }
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
  const question = { terms, epsilon, rowOffset }
  const work = { ...shardsOf(source, plan), task: sketchPass, question, stage: 'map' } as const
  const { state: summed, shardSquaredNorms: norms } = await reducePass(work, context)
  const shardSquaredNorms = Float64Array.from(norms)
  const sketch = summed.sketch ?? new SketchSum(plan.dim, terms, summed.gram.exponents)
  // The selection that follows is the one filter that U rests on.
  sketch.filters = 1
  const factor = await context.stats.time('reduce', () => sketchFactor(context.kernels, sketch, summed.gram))
  return { factor, state: { ...summed, sketch }, shardSquaredNorms }
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
  const question = { factor, epsilon }
  const work = {
    ...shardsOf(source, plan),
    ranges: open,
    task: selectPass,
    question,
    stage: 'select',
  } as const
  const { state: selected } = await reducePass(work, context)
  return state.candidates.count === 0 ? selected.candidates : state.candidates.union(selected.candidates)
}

async function refine(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  step: CertifiedGram,
  coordinates: Preconditioner,
): Promise<CertifiedGram> {
  const { forward, compensated } = coordinates
  const question = { coordinates: { forward, compensated }, exponents: step.first.exponents }
  const work = { ...shardsOf(source, plan), task: refinePass, question, stage: 'refine' } as const
  const { state } = await reducePass(work, context)
  return await timedAlgebra(plan.dim, context, () =>
    refinedStep(step, coordinates, state.gram, 0, denseBy(context.kernels)),
  )
}

function overlap(a: RowRange, b: RowRange): boolean {
  return a.rowStart < b.rowEnd && b.rowStart < a.rowEnd
}
