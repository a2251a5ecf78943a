import {
  type Factor,
  firstWeightCoordinates,
  type GramStep,
  GramSum,
  type LewisStep,
  lewisStep,
  type MatrixSource,
  mergeWeighted,
  noWeights,
  wantsAnother,
  type WeightCoordinates,
  type WeightedSum,
} from '@levattention/core/internal'
import type { WeightedPart } from '@levattention/worker'
import type { Plan } from '../plan.ts'
import { reducePass } from './reduce-pass.ts'
import { rowBytes } from './row-bytes.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'

/**
 * The passes that weigh the keys, p other than 2 (theory.md section 2): each takes its weights from one matrix that the
 * pass before gave, the same for every shard, so that sums merge. The factor of the best pass is the answer.
 */
export async function weighKeys(
  source: MatrixSource,
  plan: Plan,
  plain: GramStep,
  context: RunContext,
): Promise<Factor> {
  const most = plan.passes.find(({ kind }) => kind === 'weigh')?.most ?? 1
  let coordinates: WeightCoordinates = await context.stats.time('reduce', () => firstWeightCoordinates(plain))
  const levels: number[] = []
  let step: LewisStep | undefined
  let best: LewisStep | undefined
  do {
    const sum = await weighPass(source, plan, plain, coordinates, context)
    step = lewisStep(plan.p, plain, coordinates, sum, step)
    coordinates = step.next
    levels.push(step.level)
    if (best === undefined || step.level < best.level) best = step
  } while (wantsAnother(levels, most))
  return await withRatio(source, plan, best.factor, context)
}

async function weighPass(
  source: MatrixSource,
  plan: Plan,
  plain: GramStep,
  coordinates: WeightCoordinates,
  context: RunContext,
): Promise<WeightedSum> {
  const { exponents } = plain.first
  const forward = shareArrays(coordinates.forward)
  const requests = plan.shards.map((range) => ({
    source: source.spec,
    range,
    coordinates: { forward },
    exponents,
    p: plan.p,
  }))
  const sum = await reducePass<'weigh', WeightedSum>(
    {
      kind: 'weigh',
      requests,
      fanIn: plan.fanIn,
      stage: 'refine',
      part: (part) => sumOf(part, plan.dim),
      merge: mergeWeighted,
      pack: partOf,
      unpack: (packed) => sumOf(packed as WeightedPart, plan.dim),
      onTask: ({ range }) => (context.stats.bytesRead += rowBytes(source) * (range.rowEnd - range.rowStart)),
    },
    context,
  )
  return sum ?? noWeights(plan.dim)
}

/** p < 2 where M is not regular: its smallest eigenvalue bounds C by nothing useful, and one more pass measures it. */
async function withRatio(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  context: RunContext,
): Promise<Factor> {
  if (plan.p > 2 || factor.ridge === 0 || factor.power === undefined) return factor
  const shared = shareArrays(factor)
  const requests = plan.shards.map((range) => ({ source: source.spec, range, factor: shared }))
  const largest = await reducePass<'ratio', number>(
    {
      kind: 'ratio',
      requests,
      fanIn: plan.fanIn,
      stage: 'refine',
      part: (ratio) => ratio,
      merge: Math.max,
      pack: (ratio) => ratio,
      unpack: Number,
      onTask: ({ range }) => (context.stats.bytesRead += rowBytes(source) * (range.rowEnd - range.rowStart)),
    },
    context,
  )
  return {
    ...factor,
    power: { ...factor.power, weightRatio: (1 + 4 * factor.thresholdSlack) * (largest ?? 0) },
  }
}

function sumOf({ gram, rowCount, depth, ...rest }: WeightedPart, dim: number): WeightedSum {
  return { ...rest, gram: new GramSum(dim, { gram, exponents: new Int32Array(dim), rowCount, depth }) }
}

function partOf({ gram: { gram, rowCount, depth }, ...rest }: WeightedSum): WeightedPart {
  return { ...rest, gram, rowCount, depth }
}
