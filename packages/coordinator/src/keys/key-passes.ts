import {
  type Preconditioner,
  type Factor,
  type CertifiedGram,
  Candidates,
  type GramSum,
  type RowRange,
  SketchSum,
  type SketchTerms,
  type SummaryState,
  summarizePass,
  gramPass,
  longestColumn,
  sketchPass,
  selectPass,
  refinePass,
} from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { fewRowsOf } from '../tasks/few-rows.ts'
import { withProducts } from './products.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'
import { type KeyWeights, weighKeys } from './weight-passes.ts'

/** What the passes over the keys leave: the factor, and every key that may be in U unless it stayed open. */
export interface KeyKnowledge {
  readonly factor: Factor
  /** The rank before directions of a relative 1e-7 and less were lifted; absent of sketches. */
  readonly plainRank?: number | undefined
  /** The factor of G, p other than 2. */
  readonly gramFactor?: Factor | undefined
  /** p other than 2: how the keys were weighed. */
  readonly weights?: KeyWeights | undefined
  readonly state: SummaryState
  /** Σ|k̂|² of each shard. */
  readonly shardSquaredNorms: Float64Array
}

/** What the factor is for. */
export interface FactorUse {
  /** The row id of the first row; default 0. */
  readonly rowOffset?: number | undefined
  /** U, or how large it is: where no factor is regular, the ridge may hide more for tighter bounds (core, TIGHT_RIDGE). */
  readonly mayBeTight?: boolean | undefined
}

/**
 * The passes that find the factor: Gram (with the keys, where the plan is fused), then Grams in better coordinates while
 * that helps (theory.md section 8).
 */
export async function findFactor(
  keys: PlannedKeys,
  { rowOffset = 0, mayBeTight = false }: FactorUse = {},
): Promise<KeyKnowledge> {
  const { plan, context } = keys
  const { epsilon } = plan
  if (plan.sketch) return await sketchKeys(keys, plan.sketch, rowOffset)
  const { state, shardSquaredNorms } = await firstPass(keys)
  const { dim } = plan
  let step = (await fewRowsStep(keys, state.gram)) ?? (await algebra(context, dim, 'firstStep', state.gram))
  let weighable = step
  for (;;) {
    const wanted = await algebra(context, dim, 'wantedCoordinates', step)
    if (!wanted) break
    step = await refine(keys, step, wanted)
    // Weighting passes use plain dots, whose rounding long columns would lift.
    const isShort = wanted.forwardNorm <= Math.sqrt(dim) * longestColumn(dim, plan.attention.p)
    if (wanted.compensated.length === 0 && isShort) weighable = step
  }
  const found = {
    state: { ...state, epsilon, p: plan.attention.p },
    shardSquaredNorms,
    plainRank: step.first.plainRank,
  }
  const isWeighed = plan.passes.some(({ kind }) => kind === 'weigh')
  const makeFactor = mayBeTight && !isWeighed ? 'tightFactorOf' : 'factorOf'
  const factor = await algebra(context, dim, makeFactor, step, plan.rowCount, state.dropRidge)
  if (!isWeighed) return { ...found, factor }
  const weights = await weighKeys(keys, weighable, {
    areFirst: await areFewAndIndependent(keys),
    mayBeTight,
  })
  return { ...found, factor: await withProducts(keys, weights.factor), gramFactor: factor, weights }
}

/** Keys that are no more than their columns and independent have Lewis weights of 1: the first weights are the last ones. */
async function areFewAndIndependent({
  source,
  plan: { rowCount, dim },
  context,
}: PlannedKeys): Promise<boolean> {
  return rowCount > 0 && rowCount <= dim && (await fewRowsOf(source, context, {})).areIndependent
}

/** Where the keys are fewer than their columns and independent, all is known at once (core, `fewRowsStep`). */
async function fewRowsStep(
  { source, plan: { rowCount, dim }, context }: PlannedKeys,
  gram: GramSum,
): Promise<CertifiedGram | undefined> {
  if (rowCount === 0 || rowCount >= dim) return undefined
  const { eigenvalues } = await fewRowsOf(source, context, { wantsEigenvalues: true })
  return eigenvalues && (await algebra(context, dim, 'fewRowsStep', gram, eigenvalues))
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
  const factor = await algebra(context, plan.dim, 'sketchFactor', sketch, summed.gram)
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
  return await algebra(context, plan.dim, 'refinedStep', step, coordinates, state.gram, 0)
}

function overlap(a: RowRange, b: RowRange): boolean {
  return a.rowStart < b.rowEnd && b.rowStart < a.rowEnd
}
