import type { Writable } from 'node:stream'
import type { PlanOptions } from '../plan.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import type { Inputs } from './open-inputs.ts'
import { type Found, setAnswers } from './set-answers.ts'
import { type QueryProblem, solve } from './solve.ts'
import { stageUniversal } from './stage-universal.ts'
import { warnOfBytes, warnOfSearch, warnOfSize } from './summarize.ts'

/** Where a job's answers go. */
export interface PairsOptions {
  /** Heavy pairs: a file, `-` for `stdout`, or undefined to count them only. */
  readonly out?: string | undefined
  readonly stdout?: Writable | undefined
  /** Where U goes as well. */
  readonly universal?: string | undefined
  readonly force?: boolean | undefined
  readonly tmp?: string | undefined
}

/** The facts of a job, and its inputs. */
export type JobFacts = Partial<JobSummary> & Pick<JobSummary, 'inputs'>

/** The heavy pairs of a set that was made of these keys just now, into the outputs of a job. */
export async function solveFound(
  problem: QueryProblem,
  found: Found,
  inputs: Inputs,
  options: PairsOptions & PlanOptions,
  job: Job,
): Promise<JobFacts> {
  warnOfSize(found.universal, job.stats)
  const advice = problem.keys
    ? `All keys were read again, and no precision that is tried decides them: ${beyondRange(problem.p)}`
    : 'Keys from a file are read again to decide them'
  return await solveSet(problem, found, inputs, options, job, advice)
}

/** The heavy pairs of any set, into the outputs of a job. `advice`: what would decide uncertified queries. */
export async function solveSet(
  problem: QueryProblem,
  found: Found,
  inputs: Inputs,
  { out, stdout, universal: path, force = false, tmp, ...plan }: PairsOptions & PlanOptions,
  job: Job,
  advice?: string,
): Promise<JobFacts> {
  const { stats } = job
  const context = await job.context(problem.work())
  const facts = await solve(
    problem,
    setAnswers(problem, found, plan, context),
    {
      pairs: { out, stdout, tmp, force },
      beside:
        path === undefined ? undefined : () => stageUniversal(path, found.universal, found.origin, force),
    },
    context,
    () => job.requireUnchanged(inputs),
  )
  warnOfSearch(facts, stats, problem.p, { out, advice })
  const { keys, queries } = problem
  if (keys) warnOfBytes(keys === queries ? [keys] : [keys, queries], stats)
  return { ...facts, inputs: inputs.parts }
}

/** What would help queries that correctly rounded dots do not decide. */
function beyondRange(p: number): string {
  const rescale = 'their dots lie below what float64 holds beside the largest keys, so rescale the keys'
  return p === 2 ? rescale : `take a smaller p, or ${rescale}`
}
