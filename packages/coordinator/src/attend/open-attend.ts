import { type AttendProblem, attendProblem, type NumberRows } from '@levattention/core/internal'
import { openKeyNumbers } from '../inputs/key-numbers.ts'
import type { InputOptions, Inputs } from '../inputs/open-inputs.ts'
import { masksOfBatch, openMasks, type RowMasks } from '../inputs/open-masks.ts'
import type { Job } from '../job/job.ts'
import type { SkippedHead } from '../job/skipped-heads.ts'
import { selectionOf, type SelectionOptions } from '../problem/selection-of.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import { finiteGroups } from './finite-groups.ts'
import { type AttendInputs, attendGroups, type HeadGroup } from './head-groups.ts'
import { extentsOf, openHeadSet } from './head-set.ts'

/** What is asked, and of which files. */
export interface AttendFiles extends VisibilityFiles, SelectionOptions {
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
}

/** A group of heads, and what is asked of it. */
export interface AskedGroup {
  readonly group: HeadGroup
  readonly problem: AttendProblem
}

export interface OpenedAttend {
  readonly sources: AttendInputs
  readonly masks: RowMasks
  readonly asked: readonly AskedGroup[]
  /** Heads that are left out of them. */
  readonly skipped: readonly SkippedHead[]
}

/** All that `files` name, and the groups of the wanted heads. Throws Option, Content, NotFound. */
export async function openAttend(
  inputs: Inputs,
  files: AttendFiles & Pick<InputOptions, 'skipBadHeads'>,
  job: Job,
): Promise<OpenedAttend> {
  const sources = await openSources(inputs, files)
  const { queries, keys } = sources
  const masks = await openMasks(inputs, files, { keys: extentsOf(keys), queries: extentsOf(queries) })
  const arrays = await openArrays(inputs, files, sources)
  inputs.requireOptionsUsed()
  const groups = attendGroups(sources, files.heads ?? 'all')
  nameHeads(inputs, sources, groups)
  const wanted = groups.map((group) => ({ group, problem: problemOf(files, sources, masks, arrays, group) }))
  return { sources, masks, ...(await finiteGroups(sources, wanted, files, job)) }
}

async function openSources(inputs: Inputs, options: AttendFiles): Promise<AttendInputs> {
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

/** Row ids and scores, each for all key heads or one row a head. */
interface Arrays {
  readonly ids?: NumberRows | undefined
  readonly scores?: NumberRows | undefined
}

async function openArrays(
  inputs: Inputs,
  { ids, select }: AttendFiles,
  { keys }: AttendInputs,
): Promise<Arrays> {
  const scores = select?.scoresFile
  return {
    ...(ids !== undefined && { ids: await openKeyNumbers(inputs, ids, 'ids', keys) }),
    ...(scores !== undefined && { scores: await openKeyNumbers(inputs, scores, 'select', keys) }),
  }
}

function problemOf(
  options: AttendFiles,
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
