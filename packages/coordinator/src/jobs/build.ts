import { KeySummary, LevError, matrixName, type MatrixSource, counted } from '@levattention/core/internal'
import type { PlanOptions } from '../plan/plan.ts'
import { DEFAULT_EPSILON, type ProblemOptions } from '../problem/attention-problem.ts'
import { problemOf, requireOneOf } from '../problem/problem-of.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import {
  appendUniversal,
  continued,
  type Earlier,
  openEarlier,
  requireAppendable,
  requireEqualDim,
} from './append.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import { topKeysOf } from '../job/findings.ts'
import { nameKeys } from '../job/name-keys.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { absorbStream, isStream, requireNoMask, requireOnePass } from '../solve/key-stream.ts'
import type { InputOptions, Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { type Found, findSet } from '../solve/answers.ts'
import { setOutputs, writeUniversal } from '../solve/stage-universal.ts'
import { summaryOfUniversal, warnOfBytes, warnOfDependence, warnOfSize } from '../job/summarize.ts'
import { type SeenKeyFiles, withSeen } from '../problem/seen-rows.ts'

export interface BuildOptions
  extends PlanOptions, InputOptions, SeenKeyFiles, Pick<ProblemOptions, 'epsilon' | 'keep' | 'p' | 'causal'> {
  /** Files, globs or lists of K [n, d]; or '-' alone: `stdin`, in one pass. */
  readonly keys: readonly string[]
  /** Default 0.01, or that of `append`. */
  readonly epsilon?: number | undefined
  /** p >= 1 other than 2: see UniversalOptions. */
  readonly tighten?: boolean | undefined
  /** .lev, .npz, or both. */
  readonly out: readonly string[]
  /** Row id of the first row, where K is a part of a larger matrix. Default 0, or behind the rows of `append`. */
  readonly rowOffset?: number | undefined
  /** An earlier .lev that the rows of K are added to. */
  readonly append?: string | undefined
  readonly force?: boolean | undefined
}

/** The universal set alone, into files. Throws as `run`, and IncompatibleSummary where rows of `append` come again. */
export async function build(options: BuildOptions, job: Job): Promise<JobSummary> {
  const { out, force = false, append } = options
  requireOneOf(options)
  requireCausalParts(options)
  const outputs = setOutputs('build', out, 'u.lev')
  if (append !== undefined) requireNoSketch(options.method, '--append')
  const earlier = append === undefined ? undefined : openEarlier(append, options)
  const rowStart = earlier?.rowStart ?? options.rowOffset ?? 0
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const check = () =>
      checkOutputs(outputs, force, [...inputs.paths, ...(append === undefined ? [] : [append])])
    const find = isStream(options.keys) ? fromStream : fromFiles
    const { keys, ...found } = await find(options, earlier, rowStart, inputs, check, job)
    warnOfSize(found.universal, job.stats, keys)
    job.findings = await nameKeys({ topKeys: topKeysOf(found.universal) }, inputs.tables, rowStart)
    await writeUniversal(out, found, force, job, () => job.requireUnchanged(inputs))
    const placed = inputs.parts.map((part) => ({ ...part, firstRow: part.firstRow + rowStart }))
    return {
      ...summaryOfUniversal(found.universal),
      ...seenBehind(inputs.facts, earlier),
      inputs: [...earlierPart(earlier), ...placed],
    }
  })
  return { command: 'build', ...facts, outputs: out, ...job.measured() }
}

/** A set, and the keys that it is of alone, where they can be read again. */
type FoundIn = Found & { readonly keys?: MatrixSource }

async function fromFiles(
  options: BuildOptions,
  earlier: Earlier | undefined,
  rowStart: number,
  inputs: Inputs,
  check: () => void,
  job: Job,
): Promise<FoundIn> {
  const keys = await inputs.open(options.keys, 'keys')
  inputs.requireOptionsUsed()
  requireExactIds(keys, rowStart)
  check()
  if (earlier) requireAppendable(keys, earlier)
  const epsilon = earlier?.state.epsilon ?? options.epsilon ?? DEFAULT_EPSILON
  const p = earlier?.state.p ?? options.p
  const problem = problemOf({ ...options, p, epsilon }, keys, undefined)
  const context = await job.context(problem.outline())
  // Where neither is given it is no part of a larger one, and its bounds may be as tight as they get.
  const rowOffset = earlier ? rowStart : options.rowOffset
  const found = await findSet(problem, { ...options, rowOffset, mergeable: true }, context)
  warnOfBytes([keys], job.stats)
  if (!earlier) return { ...found, keys }
  const both = await appendUniversal(earlier, found, matrixName(keys), context)
  warnOfDependence(both.universal, '--append', job.stats)
  return both
}

async function fromStream(
  options: BuildOptions,
  earlier: Earlier | undefined,
  rowStart: number,
  inputs: Inputs,
  check: () => void,
  job: Job,
): Promise<FoundIn> {
  requireOnePass(options)
  check()
  const stream = await inputs.openStream()
  inputs.requireOptionsUsed()
  if (earlier) {
    requireEqualDim(stream.name, { file: stream.name }, stream.cols, earlier)
    return await absorbStream(stream, continued(earlier, job), inputs, job)
  }
  const { epsilon = DEFAULT_EPSILON, p = 2 } = options
  const terms = { dim: stream.cols, epsilon, p, rowStart, form: 'triangular' as const }
  return await absorbStream(stream, new KeySummary(terms, job.runtime.kernels), inputs, job)
}

/** Throws Option where a causal set, which is built from all keys at once, is to be made of parts or of a stream. */
function requireCausalParts({ causal, append, keys }: BuildOptions): void {
  if (!causal) return
  if (isStream(keys)) requireNoMask({ causal })
  if (append === undefined) return
  const message =
    '--append adds rows to a set for queries that see all keys; build a causal one from all files, with --concat'
  throw new LevError('Option', message, { option: 'append' })
}

/** Of all rows, the earlier ones among them, which take part as they did. */
function seenBehind({ keysSeen, ...facts }: Inputs['facts'], earlier: Earlier | undefined): Inputs['facts'] {
  if (keysSeen === undefined) return facts
  return { ...facts, keysSeen: keysSeen + (earlier?.state.gram.rowCount ?? 0) }
}

function earlierPart(earlier: Earlier | undefined): JobSummary['inputs'] {
  if (!earlier) return []
  const { path, state } = earlier
  return [{ path, firstRow: state.ranges.at(0)?.rowStart ?? 0, rows: state.gram.rowCount }]
}

function requireExactIds({ rows }: MatrixSource, rowOffset: number): void {
  if (rowOffset + rows <= Number.MAX_SAFE_INTEGER) return
  const message = `--row-offset ${rowOffset} gives the last of ${counted(rows, 'row')} an id above 2^53, where ids are no longer exact`
  throw new LevError('Option', message, { option: 'row-offset' })
}
