import {
  answeredRows,
  type AttendProblem,
  attendProblem,
  LevError,
  type NumberRows,
  openNumbers,
  rowsIn,
} from '@levattention/core/internal'
import { checkOutputs, type NamedOutput } from '../files/check-outputs.ts'
import { withOutputs } from '../files/output-transaction.ts'
import { openHeadSet } from '../attend/head-set.ts'
import { type InputOptions, type Inputs, withInputs } from '../inputs/open-inputs.ts'
import { masksOfBatch, openMasks, type RowMasks } from '../inputs/open-masks.ts'
import { type AttendInputs, attendGroups, type HeadGroup } from '../attend/head-groups.ts'
import { attendSeconds } from '../attend/attend-seconds.ts'
import { AttendCounts, type AttendFacts, attendFacts } from '../attend/attend-facts.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { HeadRows, type KeptKeys, layoutOf, SelectedOutput } from '../attend/attend-outputs.ts'
import { selectionOf, type SelectionOptions } from '../problem/selection-of.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import { attendGroup, type AttendGroup } from '../attend/attend-group.ts'
import { eachHead } from '../tasks/each-head.ts'
import type { RunContext } from '../tasks/run-context.ts'

export interface AttendJobOptions extends InputOptions, VisibilityFiles, SelectionOptions {
  /** Files of Q [m, d], K [n, d] and V [n, dv], or of arrays of heads of them. */
  readonly queries: readonly string[]
  readonly keys: readonly string[]
  readonly values: readonly string[]
  /** Query heads: all, or indices counted from 0. Absent: the files are matrices. */
  readonly heads?: 'all' | readonly number[] | undefined
  /** What rules that look at queries read in place of Q. */
  readonly fitQueries?: string | undefined
  readonly attention?: 'softmax' | 'power' | undefined
  readonly scale?: number | undefined
  readonly p?: number | undefined
  /** A .npy of Q's axes, its columns those of V. */
  readonly out: string
  readonly outDtype?: 'f32' | 'f64' | undefined
  /** A .npy [.., m], float64. */
  readonly lse?: string | undefined
  /** A .npz of the fixed sets. */
  readonly selected?: string | undefined
  readonly force?: boolean | undefined
}

/**
 * Attention over selected keys, renormalised over them, in one array (docs/theory.md section 7). Throws Option, Content, NotFound,
 * CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function attend(options: AttendJobOptions, job: Job): Promise<JobSummary & AttendFacts> {
  const facts = await withInputs(options, job, async (inputs) => {
    const sources = await openSources(inputs, options)
    const { queries, keys } = sources
    const masks = await openMasks(inputs, options, { keys: extentsOf(keys), queries: extentsOf(queries) })
    const arrays = openArrays(options, sources)
    inputs.requireOptionsUsed()
    const groups = attendGroups(sources, options.heads ?? 'all')
    nameHeads(inputs, sources, groups)
    const asked = groups.map((group) => ({
      group,
      problem: problemOf(options, sources, masks, arrays, group),
    }))
    const outputs = outputsOf(options)
    checkOutputs(outputs, options.force ?? false, inputs.paths)
    const context = await job.context(
      asked.reduce((sum, { group, problem }) => sum + attendSeconds(sources, group.heads.length, problem), 0),
    )
    const counts = await writeAll(asked, { options, sources, inputs }, job, context)
    const [first] = asked
    return {
      ...attendFacts(first?.problem, sources, options.heads !== undefined),
      ...counts.facts(),
      ...hiddenFacts(masks),
      inputs: inputs.parts,
      outputs: outputs.map(({ path }) => path),
    }
  })
  return { command: 'attend', ...facts, ...job.measured() }
}

/** Of all batches. */
function hiddenFacts({ keyMask, queryMask }: RowMasks) {
  return {
    ...(keyMask ? { keysHidden: keyMask.hiddenCount } : {}),
    ...(queryMask ? { queriesHidden: queryMask.hiddenCount } : {}),
  }
}

interface Asked {
  readonly group: HeadGroup
  readonly problem: AttendProblem
}

interface Opened {
  readonly options: AttendJobOptions
  readonly sources: AttendInputs
  readonly inputs: Inputs
}

async function openSources(inputs: Inputs, options: AttendJobOptions): Promise<AttendInputs> {
  const isHeads = options.heads !== undefined
  const open = (given: readonly string[], option: string) => openHeadSet(inputs, given, option, isHeads)
  const keys = await open(options.keys, 'keys')
  const queries = await open(options.queries, 'queries')
  const values = await open(options.values, 'values')
  const { fitQueries } = options
  return {
    queries,
    keys,
    values,
    ...(fitQueries !== undefined && { fitQueries: await open([fitQueries], 'fit-queries') }),
  }
}

function extentsOf({ rows, heads }: AttendInputs['keys']) {
  return { rows, ...(heads && { extents: heads.extents }) }
}

/** Row ids and scores, each for all key heads or one row a head. */
interface Arrays {
  readonly ids?: NumberRows | undefined
  readonly scores?: NumberRows | undefined
}

function openArrays({ ids, select }: AttendJobOptions, { keys }: AttendInputs): Arrays {
  const keyHeads = keys.heads?.headCount ?? 1
  const checked = (numbers: NumberRows, option: string) => {
    if (numbers.rows === 1 || numbers.rows === keyHeads) return numbers
    const message = `--${option} ${numbers.address} has ${numbers.rows} rows, and there are ${keyHeads} heads of keys; it has one row for all, or one for each`
    throw new LevError('Content', message, { file: numbers.address, option })
  }
  return {
    ...(ids !== undefined && { ids: checked(openNumbers(ids, 'integers'), 'ids') }),
    ...(select?.scoresFile !== undefined && {
      scores: checked(openNumbers(select.scoresFile, 'floats'), 'select'),
    }),
  }
}

function problemOf(
  options: AttendJobOptions,
  { queries, keys }: AttendInputs,
  masks: RowMasks,
  { ids, scores }: Arrays,
  { keyHead, batch }: HeadGroup,
): AttendProblem {
  const rowOf = (numbers: NumberRows | undefined) => numbers?.row(numbers.rows === 1 ? 0 : keyHead)
  const selection = selectionOf(options, { ids: rowOf(ids), scores: rowOf(scores) })
  const asked = { ...options, ...masksOfBatch(masks, batch), selection }
  return attendProblem(asked, { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols })
}

/** For messages about a NaN: which heads the job reads of each input. */
function nameHeads(
  inputs: Inputs,
  { queries, keys, values }: AttendInputs,
  groups: readonly HeadGroup[],
): void {
  const keyHeads = groups.map(({ keyHead }) => keyHead)
  if (keys.heads) inputs.readHeads('keys', keys.heads, keyHeads)
  if (values.heads) inputs.readHeads('values', values.heads, keyHeads)
  if (queries.heads)
    inputs.readHeads(
      'queries',
      queries.heads,
      groups.flatMap(({ heads }) => heads),
    )
}

function outputsOf({ out, lse, selected }: AttendJobOptions): NamedOutput[] {
  return [
    { path: out, option: 'out' },
    ...(lse === undefined ? [] : [{ path: lse, option: 'lse' }]),
    ...(selected === undefined ? [] : [{ path: selected, option: 'selected' }]),
  ]
}

async function writeAll(
  asked: readonly Asked[],
  { options, sources, inputs }: Opened,
  job: Job,
  context: RunContext,
): Promise<AttendCounts> {
  const { out, lse, selected, force = false, heads = 'all' } = options
  const { queries, values } = sources
  const [first] = asked
  const rowCount = first ? rowsIn(answeredRows(first.problem.visibility, queries.rows)) : queries.rows
  const layout = layoutOf(queries.heads, heads, rowCount)
  return await withOutputs(async (staged) => {
    const dtype = options.outDtype ?? elementOf(asked, sources)
    const rows = new HeadRows(out, layout, { dtype, columns: values.cols, force })
    staged.add(rows)
    const sums = lse === undefined ? undefined : new HeadRows(lse, layout, { dtype: 'f64', force })
    if (sums) staged.add(sums)
    const sets: KeptKeys[] = []
    if (selected !== undefined) staged.add(new SelectedOutput(selected, force, () => sets))
    const counts = new AttendCounts()
    const found = await eachHead(asked, context, async (one, ofGroup) => {
      const kept: KeptKeys[] = []
      const group = openGroup(one, sources)
      const batches = attendGroup(group, ofGroup, (keyIds) =>
        kept.push({ keyHead: one.group.keyHead, keyIds }),
      )
      const start = answeredRows(one.problem.visibility, queries.rows).rowStart
      const own = new AttendCounts()
      await ofGroup.stats.time('query', async () => {
        for await (const batch of batches) {
          const head = one.group.heads[batch.head]
          rows.put(head, batch.queryStart - start, batch.output)
          sums?.put(head, batch.queryStart - start, batch.lse)
          own.add(batch)
        }
      })
      closeGroup(group)
      return { kept, own }
    })
    for (const { kept, own } of found) {
      sets.push(...kept)
      counts.join(own)
    }
    counts.keep(sets)
    await job.time('write', async () => {
      inputs.requireUnchanged()
      await staged.finish()
    })
    return counts
  })
}

function openGroup(
  { group, problem }: Asked,
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

/** A thousand heads are not to hold a thousand open files. */
function closeGroup({ keys, values, queries, fit }: AttendGroup): void {
  for (const source of [keys, values, ...queries, ...fit.queries]) source.close()
}

/** Of the output: f64 where an input is. */
function elementOf(asked: readonly Asked[], { queries, keys, values }: AttendInputs): 'f32' | 'f64' {
  const [first] = asked
  if (!first) return 'f32'
  const { keyHead, heads } = first.group
  const sources = [queries.open(heads[0]), keys.open(keyHead), values.open(keyHead)]
  return sources.some(({ element }) => element === 'f64') ? 'f64' : 'f32'
}
