import { join, resolve } from 'node:path'
import { createOutput, LevError, type MatrixSource, readFileIfThere } from '@levattention/core/internal'
import { digestOf } from './digest.ts'
import { PartFault } from '@levattention/core/internal'
import { PLAN_VERSION, type PlannedInput, type RunPlan } from './plan-fields.ts'
import { validatePlan } from './validate-plan.ts'

export const PLAN_NAME = 'plan.json'
/** Of 10^6 shards or inputs it has some 10^8. */
const MOST_PLAN_BYTES = 2 ** 28

/** The plan whose id is made of the rest. */
export function planned(rest: Omit<RunPlan, 'formatVersion' | 'runId'>): RunPlan {
  const plan = { formatVersion: PLAN_VERSION, ...rest } as const
  return { ...plan, runId: digestOf(plan).slice(0, 16) }
}

/** The files of `source`. */
export function plannedInputs({ spec }: MatrixSource, of: PlannedInput['of']): PlannedInput[] {
  const files = spec.kind === 'files' ? spec.parts : []
  // Steps run in folders of their own.
  return files.map(({ path, firstRow }) => ({ of, path: resolve(path), firstRow }))
}

/** The plan in `folder`; undefined where there is none. Throws Content (no plan of ours), NotFound (unreadable). */
export function findPlan(folder: string): RunPlan | undefined {
  const path = join(folder, PLAN_NAME)
  const bytes = readFileIfThere(path, MOST_PLAN_BYTES)
  return bytes && parsePlan(Buffer.from(bytes).toString('utf8'), path)
}

/** As `findPlan`. Throws NotFound as well where there is none. */
export function readPlan(folder: string): RunPlan {
  const plan = findPlan(folder)
  if (plan !== undefined) return plan
  const message = `${folder} holds no ${PLAN_NAME}: plan makes one`
  throw new LevError('NotFound', message, { file: join(folder, PLAN_NAME), option: 'run' })
}

/** Writes the plan for people and programs to read. Throws CannotWrite. */
export async function writePlan(folder: string, plan: RunPlan): Promise<void> {
  const output = createOutput(join(folder, PLAN_NAME), { force: true })
  output.write(Buffer.from(`${JSON.stringify(plan, undefined, 1)}\n`))
  await output.commit()
}

function parsePlan(text: string, path: string): RunPlan {
  const refuse = (found: string, cause?: unknown): never => {
    const message = `${path} ${found}; plan the run again, in another folder`
    throw new LevError('Content', message, { file: path }, { cause })
  }
  let plan: RunPlan
  try {
    plan = JSON.parse(text) as RunPlan
  } catch (cause) {
    return refuse('is no JSON', cause)
  }
  if (plan === null || typeof plan !== 'object' || typeof plan.runId !== 'string')
    return refuse('is no plan of a run')
  const { formatVersion } = plan as { formatVersion: unknown }
  if (formatVersion !== PLAN_VERSION)
    return refuse(`has format version ${String(formatVersion)}, and this program knows ${PLAN_VERSION}`)
  const { runId, ...rest } = plan
  if (digestOf(rest).slice(0, 16) !== runId) return refuse('was changed: it does not fit its run id')
  try {
    validatePlan(rest)
  } catch (error) {
    if (error instanceof PartFault) return refuse(`cannot be true: ${error.message}`, error)
    throw error
  }
  return plan
}
