import { join, resolve } from 'node:path'
import {
  createOutput,
  type HeaderRecord,
  LevError,
  type MatrixSource,
  readFileIfThere,
  type RowRange,
} from '@levattention/core/internal'
import { digestOf } from './digest.ts'
import type { ContentText } from './known-content.ts'
import { PartFault } from './part-checks.ts'
import { validatePlan } from './validate-plan.ts'

const FORMAT_VERSION = 2
export const PLAN_NAME = 'plan.json'
/** Of 10^6 shards or inputs it has some 10^8. */
const MOST_PLAN_BYTES = 2 ** 28

/** What a run folder is for. */
export type RunJob = 'run' | 'build' | 'scores' | 'sample'
export const RUN_JOBS: readonly RunJob[] = ['run', 'build', 'scores', 'sample']

/** A file that a run reads. */
export interface PlannedInput {
  readonly of: 'keys' | 'queries'
  /** Absolute. */
  readonly path: string
  /** Row of the whole matrix at which its own begin. */
  readonly firstRow: number
}

/**
 * How a run is cut, and of what: a pure function of its inputs and options. Neither workers, memory nor an engine are in
 * it: whoever works on the folder makes the same bytes.
 */
export interface RunPlan {
  readonly formatVersion: typeof FORMAT_VERSION
  /** Digest of all that follows: parts carry it. */
  readonly runId: string
  readonly job: RunJob
  /** The job's options, by their names in the library. Paths are absolute. */
  readonly options: HeaderRecord
  readonly inputs: readonly PlannedInput[]
  /** What they hold, by `keyGrains` and `queryGrains`. */
  readonly content: { readonly keys: ContentText; readonly queries: ContentText }
  readonly rowCount: number // n
  readonly dim: number // d
  readonly shards: readonly RowRange[]
  readonly fanIn: number
  /** Levels of map steps at most: passes that the data do not need are over at once. */
  readonly mapLevels: number
  readonly queryBatches: readonly RowRange[]
}

/** The plan whose id is made of the rest. */
export function planned(rest: Omit<RunPlan, 'formatVersion' | 'runId'>): RunPlan {
  const plan = { formatVersion: FORMAT_VERSION, ...rest } as const
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
    throw new LevError(
      'Content',
      `${path} ${found}; plan the run again, in another folder`,
      { file: path },
      { cause },
    )
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
  if (formatVersion !== FORMAT_VERSION)
    return refuse(`has format version ${String(formatVersion)}, and this program knows ${FORMAT_VERSION}`)
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
