import {
  type Factor,
  firstWeightPreconditioner,
  type CertifiedGram,
  GramSum,
  type LewisStep,
  lewisStep,
  type MatrixSource,
  POWER_ROUNDINGS,
  ratioPass,
  ridgeInflation,
  scoreOfBound,
  wantsAnother,
  weighPass,
  type WeightPreconditioner,
  type WeightedColumns,
  type WeightedForm,
  type WeightedSum,
} from '@levattention/core/internal'
import type { Plan } from '../plan/plan.ts'
import { reducePass } from '../tasks/reduce-pass.ts'
import type { Progress } from '../tasks/progress.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { shardsOf } from '../tasks/row-work.ts'

/** What the weighting passes found. */
export interface KeyWeights {
  /** Of the best pass; p > 2: with those of the others, as the least of all bounds counts. */
  readonly factor: Factor
  /** T of the best pass: its weights are |k̂ T|^p. */
  readonly coordinates: WeightPreconditioner
}

/**
 * The passes that weigh the keys, p other than 2 (theory.md section 2): each takes its weights from one matrix that the
 * pass before gave, the same for every shard, so that sums merge. The factor of the best pass is the answer.
 */
export async function weighKeys(
  source: MatrixSource,
  plan: Plan,
  certified: CertifiedGram,
  context: RunContext,
): Promise<KeyWeights> {
  const most = plan.passes.find(({ kind }) => kind === 'weigh')?.most ?? 1
  let coordinates: WeightPreconditioner = await context.stats.time('reduce', () =>
    firstWeightPreconditioner(certified),
  )
  const levels: number[] = []
  let step: LewisStep | undefined
  let best: (LewisStep & Pick<KeyWeights, 'coordinates'>) | undefined
  const factors: Factor[] = []
  do {
    const pass = levels.length + 1
    const sum = await weigh(
      source,
      plan,
      certified.first.exponents,
      coordinates,
      'coordinates',
      context,
      pass,
    )
    step = lewisStep(plan.attention.p, certified, coordinates, sum, step)
    if (best === undefined || step.level < best.level) best = { ...step, coordinates }
    coordinates = step.next
    levels.push(step.level)
    factors.push(step.factor)
  } while (wantsAnother(levels, most))
  const chosen = await withRatio(source, plan, best.factor, context)
  // p < 2: no weights have a lower bound than those that converged. By a ridge no key is dropped but the last time.
  const alternatives = factors.filter(
    (factor) => plan.attention.p > 2 && factor !== best?.factor && factor.ridge === 0,
  )
  return { factor: { ...chosen, alternatives }, coordinates: best.coordinates }
}

/**
 * The weights' sums in the keys' own columns, by a pass of its own: what U's file keeps, so that it can be merged with
 * summaries of other rows.
 */
export async function weightedFormOf(
  source: MatrixSource,
  plan: Plan,
  { factor, coordinates }: KeyWeights,
  certified: GramSum,
  context: RunContext,
): Promise<WeightedForm> {
  const { gram, weightSum } = await weigh(source, plan, factor.exponents, coordinates, 'own', context)
  const { power, ridge } = factor
  const inflated = power && { ...power, weightRatio: power.weightRatio * ridgeInflation(factor) }
  return {
    gram: new GramSum(plan.dim, {
      gram: gram.gram,
      exponents: certified.exponents.slice(),
      rowCount: gram.rowCount,
      depth: gram.depth + 2 * POWER_ROUNDINGS,
    }),
    triangular: undefined,
    weightSum,
    droppedKeys: {
      ratio: plan.attention.p < 2 ? (inflated?.weightRatio ?? 0) : 0,
      leverage: 1,
      leverageRidge: 0,
      ridgeScore: inflated && ridge > 0 ? scoreOfBound(inflated, 1, plan.epsilon) : 0,
      sample: undefined,
    },
  }
}

async function weigh(
  source: MatrixSource,
  plan: Plan,
  exponents: Int32Array,
  coordinates: WeightPreconditioner,
  columns: WeightedColumns,
  context: RunContext,
  pass?: Progress['pass'],
): Promise<WeightedSum> {
  const { forward } = coordinates
  const question = { coordinates: { forward }, exponents, p: plan.attention.p, columns }
  const numbered = pass ? { pass } : {}
  const work = { ...shardsOf(source, plan), task: weighPass, question, stage: 'refine', ...numbered } as const
  return await reducePass(work, context)
}

/** p < 2 where M is not regular: its smallest eigenvalue bounds C by nothing useful, and one more pass measures it. */
async function withRatio(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  context: RunContext,
): Promise<Factor> {
  if (plan.attention.p > 2 || factor.ridge === 0 || factor.power === undefined) return factor
  const work = { ...shardsOf(source, plan), task: ratioPass, question: { factor }, stage: 'refine' } as const
  const largest = await reducePass(work, context)
  return {
    ...factor,
    power: { ...factor.power, weightRatio: (1 + 4 * factor.thresholdSlack) * largest },
  }
}
