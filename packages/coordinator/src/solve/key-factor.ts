import {
  attentionName,
  type Factor,
  type GramSum,
  type MatrixSource,
  usesProducts,
} from '@levattention/core/internal'
import { independentColumns } from './independent-columns.ts'
import { type FactorUse, findFactor } from '../keys/key-passes.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { residentSource } from '../keys/universal.ts'
import { type Plan, passesOf, planKeys, type PlanOptions } from '../plan/plan.ts'
import { scoringOutline } from '../problem/attention-problem.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import { type InputOptions, withInputs } from '../inputs/open-inputs.ts'
import { type DesignFiles, openDesign } from '../inputs/open-design.ts'
import { type SeenKeyFiles, withSeen } from '../problem/seen-rows.ts'

/** Shapes the shards: no key is chosen here. */
const PLAN_EPSILON = 0.01

/** The factor of all keys, without U. */
export interface KeyFactor {
  readonly factor: Factor
  readonly plan: Plan
  /** The keys, in memory where they are few. */
  readonly keys: MatrixSource
  /** Columns of the keys: those of `keys` may be fewer, from which the others follow. */
  readonly dim: number
}

export interface KeysOptions extends PlanOptions, InputOptions, DesignFiles, SeenKeyFiles {
  readonly keys: readonly string[]
}

/** What the files of the keys are asked beside their rows. */
export interface GivenKeys {
  readonly requireUnchanged: () => Promise<void>
  /** In their order, where a column names them; read from the files once more. */
  readonly rowNames: () => AsyncGenerator<string, void, void> | undefined
}

/**
 * The recipe of the commands that score all keys [n, d]: `work`, which leaves its result in `out` where there is one, and calls
 * `requireUnchanged` before.
 */
export async function overKeys<Facts extends object>(
  command: string,
  options: KeysOptions & { readonly out?: string; readonly force?: boolean | undefined },
  job: Job,
  work: (keys: MatrixSource, context: RunContext, given: GivenKeys) => Promise<Facts>,
): Promise<JobSummary & Facts> {
  const { out, force = false } = options
  const outputs = out === undefined ? [] : [{ path: out, option: 'out' }]
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const table = await inputs.open(options.keys, 'keys')
    const keys = await openDesign(inputs, table, options)
    inputs.requireOptionsUsed()
    checkOutputs(outputs, force, inputs.paths)
    const context = await job.context(scoringOutline(keys, options.p))
    const found = await work(keys, context, {
      requireUnchanged: () => job.requireUnchanged(inputs),
      rowNames: () => inputs.rowNames('keys'),
    })
    return { ...found, ...inputs.facts }
  })
  return { command, ...facts, outputs: outputs.map(({ path }) => path), ...job.measured() }
}

/** What a factor is to serve. */
interface KeyFactorUse extends Pick<FactorUse, 'mayBeTight'> {
  /** The least one that sketches and lifted bounds are for. */
  readonly epsilon?: number
}

/** The passes over `source` [n, d] that find its factor (theory.md section 8). Throws as `findFactor`. */
export async function keyFactorOf(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  { epsilon = PLAN_EPSILON, mayBeTight }: KeyFactorUse = {},
): Promise<KeyFactor & { readonly gram: GramSum }> {
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
  const { factor, state } = await findFactor({ source: keys, plan, context }, { mayBeTight })
  return { factor, plan, keys, dim: source.cols, gram: state.gram }
}

/**
 * As `keyFactorOf`, of fewer columns where the others follow from them exactly: the scores are the same, and need no ridge. `dim`: columns
 * of the keys, where `source` [n, r] has the same scores.
 */
export async function independentKeyFactorOf(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  dim = source.cols,
): Promise<KeyFactor> {
  const use = { epsilon: 0 }
  const found = { ...(await keyFactorOf(source, options, context, use)), dim }
  if (found.factor.ridge === 0 || found.plan.sketch) return found
  const fewer = await independentColumns(source, found.gram, context)
  if (fewer === undefined) return found
  const reduced = await keyFactorOf(fewer, options, context, use)
  return reduced.factor.ridge === 0 ? { ...reduced, dim } : found
}

/** What a summary says of the factor alone. */
export function summaryOfFactor({ factor, dim: d }: Pick<KeyFactor, 'factor' | 'dim'>): Partial<JobSummary> {
  const { rowCount: n, rank, condition } = factor
  const p = factor.power?.p ?? 2
  return {
    attention: attentionName({ p }),
    n,
    d,
    p,
    method: 'exact',
    rank,
    condition,
    thresholdSlack: scoreSlackOf(factor),
  }
}

/** A rank whose ridge scores are off by more than this is not told apart. */
const LARGEST_RANGE_SLACK = 1e-3

/**
 * Whether scores are leverage scores up to `scoreSlackOf`: the keys' columns are independent, or depend on one another so clearly that
 * their rank can be told (docs/theory.md section 8, "Numerical rank"). Else they are ridge scores.
 */
export function isLeverage({ ridge, rangeSlack = Infinity }: Factor): boolean {
  return ridge === 0 || rangeSlack <= LARGEST_RANGE_SLACK
}

/** Upper bound of the relative error of a score; of a ridge score where it is no leverage score. */
export function scoreSlackOf(factor: Factor): number {
  const { ridge, power, rangeSlack, thresholdSlack } = factor
  const isOfRank = ridge > 0 && power === undefined && isLeverage(factor)
  return isOfRank ? Math.max(thresholdSlack, rangeSlack ?? 0) : thresholdSlack
}
