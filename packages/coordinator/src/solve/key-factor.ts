import {
  boundSlackOf,
  attentionName,
  type Factor,
  type GramSum,
  type MatrixSource,
  UNIT_ROUNDOFF_F64,
  usesProducts,
} from '@levattention/core/internal'
import { independentColumns } from './independent-columns.ts'
import { type FactorUse, findFactor } from '../keys/key-passes.ts'
import { isLeverage, isNearRank, warnOfNearRank } from '../tasks/near-rank.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { residentSource } from '../keys/universal.ts'
import { type Plan, passesOf, planKeys, type PlanOptions } from '../plan/plan.ts'
import { scoringOutline } from '../problem/attention-problem.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import type { InputOptions } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
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
  /** As `KeyKnowledge`. */
  readonly plainRank?: number | undefined
  /** All columns, where `keys` are of some from which the others follow. */
  readonly reducedFrom?: {
    readonly kept: readonly number[]
    readonly keys: MatrixSource
    readonly factor: Factor
  }
  /** Columns of the keys: those of `keys` may be fewer, from which the others follow. */
  readonly dim: number
  /** Rows were scaled by the roots of weights, and rounded. */
  readonly isWeighted: boolean
}

export interface KeysOptions extends PlanOptions, InputOptions, DesignFiles, SeenKeyFiles {
  readonly keys: readonly string[]
}

/** What the files of the keys are asked beside their rows. */
export interface GivenKeys {
  readonly requireUnchanged: () => Promise<void>
  /** [n]: 0 of a row with a missing value, where such are dropped. */
  readonly droppedRows: Uint8Array | undefined
  /** In their order, where a column names them; read from the files once more. */
  readonly rowNames: () => AsyncGenerator<string, void, void> | undefined
  /** Those of some rows; none where no column names rows. */
  readonly namesOf: (rowIds: readonly number[]) => Promise<ReadonlyMap<number, string>>
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
      droppedRows: inputs.wholeRows('keys'),
      rowNames: () => inputs.tables.rowNames('keys'),
      namesOf: (rowIds) => inputs.tables.namesOf('keys', rowIds),
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
  const { factor, state, plainRank } = await findFactor({ source: keys, plan, context }, { mayBeTight })
  const isWeighted = source.spec.design?.rowScales !== undefined
  const known = { factor: withRounding(factor, source), plan, keys, plainRank, isWeighted }
  return { ...known, dim: source.cols, gram: state.gram }
}

/**
 * Rows that are scaled by the roots of weights are rounded twice, each entry by 2u of itself: | ‖K'q‖ - ‖Kq‖ | <= 2u sqrt(d) |Dq| and
 * a row moves by 2u |D⁻¹k|. With q̂ = T z of a factor in coordinates T, in which the Gram is near the identity, |Dq| <= ‖DT‖ |Kq| but for the
 * factor's own slack, and sqrt(tau) >= |D⁻¹k|/sqrt(d): sqrt(tau) is off by 4u sqrt(d) ‖DT‖, relative, tau by twice that; in the keys' own columns
 * by 4u c (sqrt(d) + 1), c the condition. Where that is not small, nothing is said of a score: 1. Of p = 2.
 */
function withRounding(factor: Factor, { spec, cols }: MatrixSource): Factor {
  if (!spec.design?.rowScales || factor.power) return factor
  const { condition, preconditioner } = factor
  const ofCondition = 4.1 * condition * (Math.sqrt(cols) + 1)
  const ofCoordinates = preconditioner
    ? 8.2 * Math.sqrt(cols) * Math.hypot(preconditioner.forwardNorm, preconditioner.compensatedNorm)
    : 0
  const rounding = UNIT_ROUNDOFF_F64 * Math.max(ofCondition, ofCoordinates)
  // The first order holds where it is far below 1.
  const slack = factor.thresholdSlack + rounding
  return { ...factor, thresholdSlack: slack < LARGEST_SLACK ? slack : 1 }
}

/** From here on scores of weighted rows are not known. */
const LARGEST_SLACK = 0.01

/**
 * As `keyFactorOf`, of fewer columns where the others follow from them exactly: the scores are the same, and need no ridge. `dim`: columns
 * of the keys, where `source` [n, r] has the same scores.
 */
export async function independentKeyFactorOf(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  dim = source.cols,
  use: KeyFactorUse = { epsilon: 0 },
): Promise<KeyFactor> {
  const found = { ...(await keyFactorOf(source, options, context, use)), dim }
  // Rows that are scaled by weights are rounded: what follows from others exactly may seem to stand by itself then.
  const isClear = found.factor.ridge === 0 && !isNearRank(found)
  if (isClear || found.plan.sketch) return found
  const fewer = await independentColumns(source, found.gram, context)
  if (fewer === undefined) return found
  const reduced = await keyFactorOf(fewer.source, options, context, use)
  if (reduced.factor.ridge > 0) return found
  return { ...reduced, dim, reducedFrom: { kept: fewer.kept, keys: found.keys, factor: found.factor } }
}

/** Warns where the columns depend on one another but for differences that many programs take for rounding. */
export function warnOfNearScores(found: KeyFactor, { stats }: Pick<RunContext, 'stats'>): void {
  warnOfNearRank(found, weightsText(found), stats)
}

/** Rounding of weighted rows stands beside those differences. */
function weightsText({ factor, isWeighted }: Pick<KeyFactor, 'factor' | 'isWeighted'>): string {
  const { thresholdSlack } = factor
  if (!isWeighted || thresholdSlack < TOLD_SLACK) return ''
  return thresholdSlack === 1
    ? ' With weights the rows are rounded, and by that alone these scores are not known.'
    : ` With weights the rows are rounded, and by that alone scores are off by up to ${thresholdSlack.toPrecision(1)} of themselves.`
}

/** Less says itself what it is. */
const TOLD_SLACK = 1e-6

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

/** Upper bound of the relative error of a score; of a ridge score where it is no leverage score. p other than 2: of a bound. */
export function scoreSlackOf(factor: Factor): number {
  const { ridge, power, rangeSlack, thresholdSlack } = factor
  if (power) return boundSlackOf(factor)
  const isOfRank = ridge > 0 && isLeverage(factor)
  return isOfRank ? Math.max(thresholdSlack, rangeSlack ?? 0) : thresholdSlack
}
