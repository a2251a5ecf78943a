import {
  type AttendOptions,
  type AttendProblem,
  attendProblem,
  LevError,
  requireMatrix,
} from '@levattention/core/internal'
import { finiteGroups } from '../attend/finite-groups.ts'
import { headSetOf, oneHead, type HeadSet } from '../attend/head-set.ts'
import { type AttendInputs, attendGroups, type HeadGroup } from '../attend/head-groups.ts'
import { attendSeconds } from '../attend/attend-seconds.ts'
import { attendGroup } from '../attend/attend-group.ts'
import { runInOrder, stoppable } from '../tasks/map-in-order.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { type HeadsCall, requireHeadsFor, tellSkipped, watchOf } from './bad-heads.ts'
import type { CallOptions } from './call-options.ts'
import { type HeadIndex, isHeads, type Source } from './sources.ts'

/** Queries [m, d], keys [n, d] and values [n, dv], or heads of them: fewer heads of keys each serve a group of query heads. */
export interface AttendSources {
  /** [m, d], or heads. */
  readonly queries: Source
  /** [n, d], or heads. */
  readonly keys: Source
  /** [n, dv], or heads. */
  readonly values: Source
}

/** What `attend` takes beside its inputs: the options of core's `attend`, and those of a call over heads. */
export type AttendCall = AttendOptions & HeadsCall & CallOptions

/** Attention of some rows of a head. */
export interface AttendedRowBatch {
  /** Which query head it is. */
  readonly head: HeadIndex
  /** The first row. */
  readonly queryStart: number
  /** [rows, dv], of float64 where one of the inputs is. */
  readonly output: Float32Array | Float64Array
  /** [rows]; -Infinity where no key has a weight. */
  readonly lse: Float64Array
}

/** What a call asks. */
export interface AttendAsked {
  readonly sources: AttendInputs
  readonly problem: AttendProblem
  readonly groups: readonly HeadGroup[]
  readonly heads: HeadsCall
  /** Seconds on one core, roughly. */
  readonly work: number
}

/** Throws ShapeMismatch, Option, Content where the matrices do not go together, or with the options. */
export function askedOf(
  given: AttendSources,
  { signal: _signal, onProgress: _progress, skipBadHeads, ...options }: AttendCall,
): AttendAsked {
  const sources = sourcesOf(given)
  requireHeadsFor('attend', { skipBadHeads }, given.queries)
  const { queries, keys } = sources
  const groups = attendGroups(sources, 'all')
  const shape = { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols }
  const problem = attendProblem(options, shape)
  const headCount = groups.reduce((sum, { heads }) => sum + heads.length, 0)
  const work = attendSeconds(sources, headCount, problem)
  return { sources, problem, groups, heads: { skipBadHeads }, work }
}

/** Numbers of a group's output, where it may wait for an earlier one. */
const MOST_WAITING = 2 ** 21

/**
 * All heads, looked at before, one behind the other; small ones are under way beside each other, as many as there are threads. Throws as
 * `attendGroup`.
 */
export async function* attendCall(
  asked: AttendAsked,
  context: RunContext,
): AsyncGenerator<AttendedRowBatch, void, void> {
  const { sources } = asked
  const groups = await finiteHeadGroups(asked, context)
  const { workerCount } = context.engine
  const heads = groups.reduce((most, group) => Math.max(most, group.heads.length), 0)
  const isSmall = heads * sources.queries.rows * sources.values.cols <= MOST_WAITING
  if (!isSmall || workerCount < 2 || groups.length < 2) {
    for (const group of groups) yield* batchesOf(asked, group, context)
    return
  }
  const { stopped, giveUp } = stoppable(context.signal)
  const own = { ...context, signal: stopped, onProgress: undefined }
  const collect = async (group: HeadGroup) => {
    const batches: AttendedRowBatch[] = []
    for await (const batch of batchesOf(asked, group, own)) batches.push(batch)
    return batches
  }
  let done = 0
  for await (const batches of runInOrder(groups, workerCount, collect, giveUp)) {
    yield* batches
    context.onProgress?.({ stage: 'head', done: ++done, total: groups.length })
  }
}

/** The groups, of which heads that are bad are left out, or refused. */
async function finiteHeadGroups(
  { sources, problem, groups, heads }: AttendAsked,
  context: RunContext,
): Promise<readonly HeadGroup[]> {
  const wanted = groups.map((group) => ({ group, problem }))
  const skipping = { skipBadHeads: Boolean(heads.skipBadHeads) }
  const { asked, skipped } = await finiteGroups(sources, wanted, skipping, watchOf(context))
  await tellSkipped(heads, skipped, context)
  return asked.map(({ group }) => group)
}

async function* batchesOf(
  { sources, problem }: AttendAsked,
  group: HeadGroup,
  context: RunContext,
): AsyncGenerator<AttendedRowBatch, void, void> {
  const { queries } = sources
  const opened = openGroup(sources, group)
  const fit = { queries: group.fitHeads.map((head) => queries.open(head)), visibility: problem.visibility }
  try {
    for await (const batch of attendGroup({ problem, ...opened, fit }, context)) {
      const { queryStart, output, lse } = batch
      yield { head: headOf(queries, group, group.heads[batch.head]), queryStart, output, lse }
    }
  } finally {
    for (const source of [opened.keys, opened.values, ...opened.queries, ...fit.queries]) source.close()
  }
}

function openGroup({ queries, keys, values }: AttendInputs, { keyHead, heads }: HeadGroup) {
  return {
    keys: keys.open(keyHead),
    values: values.open(keyHead),
    queries: heads.map((head) => queries.open(head)),
  }
}

function headOf({ heads }: HeadSet, { keyHead }: HeadGroup, index: number): HeadIndex {
  return { index, keyHead, leading: heads?.leadingIndex(index) ?? [] }
}

/** Throws ShapeMismatch where one is no matrix and no heads, or heads and a matrix are given together. */
function sourcesOf(given: AttendSources): AttendInputs {
  const { queries, keys, values } = given
  const areHeads = [queries, keys, values].filter(isHeads).length
  if (areHeads !== 0 && areHeads !== 3)
    throw noSources('attend: heads and matrices are given together; openHeads takes a matrix for one head')
  return { queries: setOf('queries', queries), keys: setOf('keys', keys), values: setOf('values', values) }
}

function setOf(name: string, source: Source): HeadSet {
  if (isHeads(source)) return headSetOf(source)
  requireMatrix(name, source)
  return oneHead(source)
}

function noSources(message: string): LevError {
  return new LevError('ShapeMismatch', `${message}; give { queries, keys, values }`)
}
