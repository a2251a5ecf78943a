import {
  type AttendProblem,
  cutRows,
  type NamedSet,
  isQuadratic,
  LevError,
  type MatrixSource,
  type OptionName,
  optionText,
  rowBytes,
  scoresTask,
  type Visibility,
} from '@levattention/core/internal'
import { keyFactorOf } from '../solve/key-factor.ts'
import { answersOf } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** Rows of one scoring task. */
const TASK_ROWS = 65_536

/**
 * The problem's fixed set, where leverage is that of |q.k|^p, p other than 2: by the certified bounds of the keys' shares, as
 * `scores` writes them (theory.md section 1). Throws Option where not all keys are weighed together, and as `keyFactorOf`.
 */
export async function setOfPower(
  { set, p = 2, visibility }: AttendProblem,
  keys: MatrixSource,
  context: RunContext,
): Promise<NamedSet> {
  if (isQuadratic({ p }) || !('rule' in set) || set.rule !== 'leverage') return set
  requireAllKeys(visibility, p)
  const scores = await context.stats.time('select', () => boundsOf(keys, p, context))
  if (!('epsilon' in set)) return { scores, keep: set.keep }
  const { epsilon } = set
  return { ids: Array.from(scores.keys()).filter((id) => scores[id] >= epsilon) }
}

async function boundsOf(source: MatrixSource, p: number, context: RunContext): Promise<Float64Array> {
  const { factor, keys } = await keyFactorOf(
    source,
    { p },
    { ...context, answers: undefined },
    { epsilon: 0 },
  )
  const bounds = new Float64Array(keys.rows)
  const ranges = cutRows(keys.rows, TASK_ROWS)
  const work = { task: scoresTask, source: keys, ranges, question: { factor } }
  let at = 0
  for await (const tau of answersOf(work, { ...context, answers: undefined })) {
    // Rounding may lift a bound of 1 above it.
    for (const value of tau) bounds[at++] = Math.min(1, value)
    context.stats.bytesRead += rowBytes(keys) * tau.length
  }
  return bounds
}

function requireAllKeys({ segment, keyRows, keyMask }: Visibility, p: number): void {
  const cuts: Partial<Record<OptionName, unknown>> = { segment, keyRows, keyMask }
  const option = (Object.keys(cuts) as OptionName[]).find((name) => cuts[name] !== undefined)
  if (option === undefined) return
  const message = `leverage of p = ${p} weighs all keys together: leave ${optionText(option)} out, or give scores of the keys`
  throw new LevError('Option', message, { option })
}
