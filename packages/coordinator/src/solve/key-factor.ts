import { type Factor, usesProducts, type MatrixSource, attentionName } from '@levattention/core/internal'
import { findFactor } from '../keys/key-passes.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { residentSource } from '../keys/universal.ts'
import { type Plan, passesOf, planKeys, type PlanOptions } from '../plan/plan.ts'
import { scoringSeconds } from '../problem/attention-problem.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import { type InputOptions, withInputs } from '../inputs/open-inputs.ts'
import { type SeenKeyFiles, withSeen } from '../problem/seen-rows.ts'

/** Shapes the shards: no key is chosen here. */
const PLAN_EPSILON = 0.01

/** The factor of all keys, without U. */
export interface KeyFactor {
  readonly factor: Factor
  readonly plan: Plan
  /** The keys, in memory where they are few. */
  readonly keys: MatrixSource
}

export interface KeysOptions extends PlanOptions, InputOptions, SeenKeyFiles {
  readonly keys: readonly string[]
}

/**
 * The recipe of the commands that score all keys [n, d]: `work`, which leaves its result in `out` where there is one, and calls
 * `requireUnchanged` before.
 */
export async function overKeys<Facts extends object>(
  command: string,
  options: KeysOptions & { readonly out?: string; readonly force?: boolean | undefined },
  job: Job,
  work: (keys: MatrixSource, context: RunContext, requireUnchanged: () => Promise<void>) => Promise<Facts>,
): Promise<JobSummary & Facts> {
  const { out, force = false } = options
  const outputs = out === undefined ? [] : [{ path: out, option: 'out' }]
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const keys = await inputs.open(options.keys, 'keys')
    inputs.requireOptionsUsed()
    checkOutputs(outputs, force, inputs.paths)
    const context = await job.context(scoringSeconds(keys))
    const found = await work(keys, context, () => job.requireUnchanged(inputs))
    return { ...found, ...inputs.facts }
  })
  return { command, ...facts, outputs: outputs.map(({ path }) => path), ...job.measured() }
}

/**
 * The passes over `source` [n, d] that find its factor (theory.md section 8). `epsilon`: the least one that sketches and
 * lifted bounds are to serve. Throws as `findFactor`.
 */
export async function keyFactorOf(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  epsilon = PLAN_EPSILON,
): Promise<KeyFactor> {
  const planned = planKeys(source, PLAN_EPSILON, options)
  const plan = planned.sketch
    ? planKeys(source, epsilon, options)
    : {
        ...planned,
        epsilon,
        passes: passesOf(
          false,
          planned.attention,
          options.passes,
          usesProducts(planned.attention.p, source.rows, source.cols),
        ),
      }
  const keys = residentSource(source, plan)
  const { factor } = await findFactor({ source: keys, plan, context })
  return { factor, plan, keys }
}

/** What a summary says of the factor alone. */
export function summaryOfFactor(factor: Factor): Partial<JobSummary> {
  const { rowCount: n, dim: d, rank, condition, thresholdSlack } = factor
  const p = factor.power?.p ?? 2
  return { attention: attentionName({ p }), n, d, p, method: 'exact', rank, condition, thresholdSlack }
}

/** Whether scores are leverage scores up to `thresholdSlack`; else they are ridge scores. */
export function isRegular({ ridge }: Factor): boolean {
  return ridge === 0
}
