import {
  type Factor,
  type CertifiedGram,
  GramSum,
  type LewisStep,
  LevError,
  plainWeightPreconditioner,
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
import { algebra } from '../tasks/algebra.ts'
import type { Progress } from '../tasks/progress.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

/** What the weighting passes found. */
export interface KeyWeights {
  /** Of the best pass; p > 2: with those of the others, as the least of all bounds counts. */
  readonly factor: Factor
  /** T of the best pass: its weights are |k̂ T|^p. */
  readonly coordinates: WeightPreconditioner
}

/** A pass that gave a factor. */
interface Weighed extends KeyWeights {
  readonly level: number
}

/**
 * The passes that weigh the keys, p other than 2 (theory.md section 2): each takes its weights from one matrix that the
 * pass before gave, the same for every shard, so that sums merge. The factor of the best pass is the answer. `areFirst`: the weights of
 * the first pass are those that others would come to. `mayBeTight`: see FactorUse.
 */
export async function weighKeys(
  keys: PlannedKeys,
  certified: CertifiedGram,
  { areFirst, mayBeTight }: { readonly areFirst: boolean; readonly mayBeTight: boolean },
): Promise<KeyWeights> {
  const { plan, context } = keys
  const { exponents } = certified.first
  const most = areFirst ? 1 : (plan.passes.find(({ kind }) => kind === 'weigh')?.most ?? 1)
  let coordinates: WeightPreconditioner = await algebra(context, plan.dim, 'firstWeights', certified)
  let isPlain = false
  const levels: number[] = []
  const found: Weighed[] = []
  let step: LewisStep | undefined
  for (;;) {
    const pass = levels.length + 1
    const sum = await weigh(keys, exponents, coordinates, 'coordinates', {
      pass,
      ...(isPlain ? {} : { mostPasses: most }),
    })
    step = await algebra(
      context,
      plan.dim,
      'lewisStep',
      plan.attention.p,
      certified,
      coordinates,
      sum,
      step,
      mayBeTight,
    )
    levels.push(step.level)
    if (step.factor !== undefined) found.push({ factor: step.factor, level: step.level, coordinates })
    if (!isPlain && wantsAnother(levels, most)) coordinates = step.next
    else if (isPlain || found.length > 0) break
    else {
      coordinates = plainWeightPreconditioner(certified)
      isPlain = true
    }
  }
  const best = leastLevel(found)
  const chosen = await withRatio(keys, best.factor)
  // p < 2: no weights have a lower bound than those that converged. By a ridge no key is dropped but the last time.
  const alternatives = found
    .map(({ factor }) => factor)
    .filter((factor) => plan.attention.p > 2 && factor !== best.factor && factor.ridge === 0)
  return { factor: { ...chosen, alternatives }, coordinates: best.coordinates }
}

/** The first of those of the least level. Throws Internal where there is none, as no bound would hold then. */
function leastLevel(found: readonly Weighed[]): Weighed {
  const least = Math.min(...found.map(({ level }) => level))
  const best = found.find(({ level }) => level === least)
  if (best) return best
  throw new LevError(
    'Internal',
    'no weights of these keys gave a bound, in plain columns neither; please report this',
  )
}

/**
 * The weights' sums in the keys' own columns, by a pass of its own: what U's file keeps, so that it can be merged with
 * summaries of other rows.
 */
export async function weightedFormOf(
  keys: PlannedKeys,
  { factor, coordinates }: KeyWeights,
  certified: GramSum,
): Promise<WeightedForm> {
  const { plan } = keys
  const { gram, weightSum } = await weigh(keys, factor.exponents, coordinates, 'own')
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
  keys: PlannedKeys,
  exponents: Int32Array,
  { forward }: WeightPreconditioner,
  columns: WeightedColumns,
  numbered: Pick<Progress, 'pass' | 'mostPasses'> = {},
): Promise<WeightedSum> {
  const question = { coordinates: { forward }, exponents, p: keys.plan.attention.p, columns }
  return await passOver(keys, weighPass, question, 'refine', numbered)
}

/** p < 2 where M is not regular: its smallest eigenvalue bounds C by nothing useful, and one more pass measures it. */
async function withRatio(keys: PlannedKeys, factor: Factor): Promise<Factor> {
  if (keys.plan.attention.p > 2 || factor.ridge === 0 || factor.power === undefined) return factor
  const largest = await passOver(keys, ratioPass, { factor }, 'refine')
  return { ...factor, power: { ...factor.power, weightRatio: (1 + 4 * factor.thresholdSlack) * largest } }
}
