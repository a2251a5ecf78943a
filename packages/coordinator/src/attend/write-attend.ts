import { answeredRows, rowsIn } from '@levattention/core/internal'
import { withOutputs } from '../files/output-transaction.ts'
import { eachHead } from '../tasks/each-head.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { AttendCounts } from './attend-facts.ts'
import { attendGroup, type AttendGroup } from './attend-group.ts'
import { HeadRows, type KeptKeys, layoutOf, SelectedOutput } from './attend-outputs.ts'
import type { AttendInputs } from './head-groups.ts'
import type { AskedGroup, OpenedAttend } from './open-attend.ts'

/** Where attention goes. */
export interface AttendOutputs {
  /** A .npy of Q's axes, its columns those of V. */
  readonly out: string
  readonly outDtype?: 'f32' | 'f64' | undefined
  /** A .npy [.., m], float64. */
  readonly lse?: string | undefined
  /** A .npz of the fixed sets. */
  readonly selected?: string | undefined
  readonly force?: boolean | undefined
  readonly heads?: 'all' | readonly number[] | undefined
}

/**
 * Writes the attention of all groups, as many under way at a time as there are threads: all outputs appear, or none. `check` has the
 * last word. Throws as `attendGroup`, CannotWrite, and what `check` throws.
 */
export async function writeAttend(
  { sources, asked, skipped }: OpenedAttend,
  outputs: AttendOutputs,
  context: RunContext,
  check: () => void,
): Promise<AttendCounts> {
  return await withOutputs(async (staged) => {
    const files = stagedFiles(sources, asked, outputs)
    for (const output of Object.values(files)) if (output) staged.add(output)
    for (const { head } of skipped) fillHead(files, head)
    const sets: KeptKeys[] = []
    const { selected, force = false } = outputs
    if (selected !== undefined) staged.add(new SelectedOutput(selected, force, () => sets))
    const work = (one: AskedGroup, ofGroup: RunContext) => writeGroup(one, sources, files, ofGroup)
    // One by itself tells how far it is.
    const isOne = asked.length === 1
    const found = isOne ? [await work(asked[0], context)] : await eachHead(asked, context, work)
    const counts = new AttendCounts()
    for (const { kept, counts: own } of found) {
      sets.push(...kept)
      counts.join(own)
    }
    counts.keep(sets)
    await context.stats.time('write', async () => {
      check()
      await staged.finish()
    })
    return counts
  })
}

interface Files {
  readonly rows: HeadRows
  readonly lse?: HeadRows
}

/** Throws CannotWrite. */
function stagedFiles(
  sources: AttendInputs,
  asked: readonly AskedGroup[],
  { out, outDtype, lse, force = false, heads = 'all' }: AttendOutputs,
): Files {
  const { queries, values } = sources
  const rowCount =
    asked.length > 0 ? rowsIn(answeredRows(asked[0].problem.visibility, queries.rows)) : queries.rows
  const layout = layoutOf(queries.heads, heads, rowCount)
  const dtype = outDtype ?? elementOf(asked, sources)
  const rows = new HeadRows(out, layout, { dtype, columns: values.cols, force })
  if (lse === undefined) return { rows }
  try {
    return { rows, lse: new HeadRows(lse, layout, { dtype: 'f64', force }) }
  } catch (error) {
    rows.discard()
    throw error
  }
}

/** A head that is left out has no attention: NaN in its place. */
function fillHead({ rows, lse }: Files, head: number): void {
  rows.fill(head, NaN)
  lse?.fill(head, NaN)
}

async function writeGroup(
  asked: AskedGroup,
  sources: AttendInputs,
  { rows, lse }: Files,
  context: RunContext,
): Promise<{ kept: KeptKeys[]; counts: AttendCounts }> {
  const { keyHead, heads } = asked.group
  const { rowStart } = answeredRows(asked.problem.visibility, sources.queries.rows)
  const kept: KeptKeys[] = []
  const counts = new AttendCounts()
  const group = openGroup(asked, sources)
  try {
    for await (const batch of attendGroup(group, context, (keyIds) => void kept.push({ keyHead, keyIds }))) {
      rows.put(heads[batch.head], batch.queryStart - rowStart, batch.output)
      lse?.put(heads[batch.head], batch.queryStart - rowStart, batch.lse)
      counts.add(batch)
    }
  } finally {
    // A thousand heads are not to hold a thousand open files.
    for (const source of [group.keys, group.values, ...group.queries, ...group.fit.queries]) source.close()
  }
  return { kept, counts }
}

function openGroup(
  { group, problem }: AskedGroup,
  { queries, keys, values, fitQueries }: AttendInputs,
): AttendGroup {
  const { visibility } = problem
  const { queryMask: _mask, queryRows: _rows, ...unmasked } = visibility
  const own = new Map(group.heads.map((head) => [head, queries.open(head)]))
  const fit = group.fitHeads.map((head) =>
    fitQueries ? fitQueries.open(head) : (own.get(head) ?? queries.open(head)),
  )
  return {
    problem,
    keys: keys.open(group.keyHead),
    values: values.open(group.keyHead),
    queries: [...own.values()],
    fit: { queries: fit, visibility: fitQueries ? unmasked : visibility },
  }
}

/** Of the output: f64 where an input is. */
function elementOf(asked: readonly AskedGroup[], { queries, keys, values }: AttendInputs): 'f32' | 'f64' {
  const [first] = asked
  if (!first) return 'f32'
  const { keyHead, heads } = first.group
  const sources = [queries.open(heads[0]), keys.open(keyHead), values.open(keyHead)]
  return sources.some(({ element }) => element === 'f64') ? 'f64' : 'f32'
}
