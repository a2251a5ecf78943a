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
import { mapInOrder } from './map-in-order.ts'
import { rowBytes } from './row-bytes.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'
import { TreeReducer } from './tree-reducer.ts'

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
  { engine, signal, stats, onProgress }: RunContext,
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
  const reducer = new TreeReducer<WeightedSum>(plan.fanIn, mergeWeighted)
  await stats.time('refine', async () => {
    let done = 0
    for await (const part of mapInOrder(engine, 'weigh', requests, signal)) {
      reducer.push(sumOf(part, plan.dim))
      done++
      onProgress?.({ stage: 'refine', done, total: requests.length })
    }
  })
  stats.bytesRead += rowBytes(source) * source.rows
  return reducer.finish() ?? noWeights(plan.dim)
}

/** p < 2 where M is not regular: its smallest eigenvalue bounds C by nothing useful, and one more pass measures it. */
async function withRatio(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  { engine, signal, stats }: RunContext,
): Promise<Factor> {
  if (plan.p > 2 || factor.ridge === 0 || factor.power === undefined) return factor
  const shared = shareArrays(factor)
  const requests = plan.shards.map((range) => ({ source: source.spec, range, factor: shared }))
  let largest = 0
  await stats.time('refine', async () => {
    for await (const ratio of mapInOrder(engine, 'ratio', requests, signal))
      largest = Math.max(largest, ratio)
  })
  stats.bytesRead += rowBytes(source) * source.rows
  return { ...factor, power: { ...factor.power, weightRatio: (1 + 4 * factor.thresholdSlack) * largest } }
}

function sumOf({ gram, rowCount, depth, ...rest }: WeightedPart, dim: number): WeightedSum {
  return { ...rest, gram: new GramSum(dim, { gram, exponents: new Int32Array(dim), rowCount, depth }) }
}
