import {
  type ErrorPlace,
  joinRanges,
  KeySummary,
  LevError,
  matrixName,
  matrixPlace,
  type MatrixSource,
  openPart,
  type SummaryPart,
} from '@levattention/core/internal'
import { requireBuiltFor, requireDim } from '../problem/problem-of.ts'
import type { Found } from '../solve/answers.ts'
import type { Job } from '../job/job.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { mergeParts, partOfSet } from './merge.ts'

/** An earlier .lev that new rows are to be added to, and the row id of the first of these. */
export interface Earlier extends SummaryPart {
  readonly rowStart: number
}

/** Opens `--append path`. Throws NotFound, Content, and Option where its epsilon or p is not the one that was asked for. */
export function openEarlier(
  path: string,
  {
    epsilon,
    keep,
    p,
    rowOffset,
  }: Readonly<Partial<Record<'epsilon' | 'keep' | 'p' | 'rowOffset', number | undefined>>>,
): Earlier {
  if (keep !== undefined) {
    const message = `--keep chooses among all keys, and of those in ${path} only its universal set is left; leave it out`
    throw new LevError('Option', message, { option: 'keep' })
  }
  const part = openPart(path)
  const { state } = part
  if (state.sketch) {
    const message = `${path} was made with --method sketch: build the new rows alike, with --row-offset, and merge both`
    throw new LevError('Option', message, { option: 'append' })
  }
  requireBuiltFor(state, p, `and ${path}`, 'build all rows again')
  if (epsilon !== undefined && epsilon !== state.epsilon) {
    const message = `--epsilon is ${epsilon}, and ${path} was built for ${state.epsilon}; leave --epsilon out, or build all rows again`
    throw new LevError('Option', message, { option: 'epsilon' })
  }
  return { ...part, rowStart: rowOffset ?? state.ranges.at(-1)?.rowEnd ?? 0 }
}

/** A summary of the earlier rows that new ones can be pushed into: with R where the file has it, or holds no rows. */
export function continued({ state, rowStart }: Earlier, { runtime: { kernels } }: Job): KeySummary {
  const { dim, epsilon, p } = state
  if (state.gram.rowCount > 0) return KeySummary.of(state, kernels, rowStart)
  return new KeySummary({ dim, epsilon, p, rowStart, form: 'triangular' }, kernels)
}

/** Throws Content where d differs, IncompatibleSummary where row ids are taken: before the keys are read. */
export function requireAppendable(keys: MatrixSource, earlier: Earlier): void {
  requireEqualDim(matrixName(keys), matrixPlace(keys), keys.cols, earlier)
  joinRanges(earlier.state.ranges, [{ rowStart: earlier.rowStart, rowEnd: earlier.rowStart + keys.rows }])
}

/** Throws Content where the new keys have another d than the earlier ones. */
export function requireEqualDim(
  name: string,
  place: ErrorPlace,
  dim: number,
  { state, path }: Earlier,
): void {
  const rows = { name, place: { ...place, input: 'keys' as const }, cols: dim }
  requireDim(rows, state.dim, `, and the keys of ${path} have ${state.dim}`)
}

/** U of the earlier rows and the new ones, whose own U is given. */
export async function appendUniversal(
  earlier: Earlier,
  found: Found,
  name: string,
  context: RunContext,
): Promise<Found> {
  return await mergeParts([earlier, await partOfSet(name, found)], context)
}
