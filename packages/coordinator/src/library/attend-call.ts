import {
  type AttendOptions,
  type AttendProblem,
  attendProblem,
  kindOf,
  LevError,
  requireMatrix,
} from '@levattention/core/internal'
import { headSetOf, oneHead, type HeadSet } from '../attend/head-set.ts'
import { type AttendInputs, attendGroups, type HeadGroup } from '../attend/head-groups.ts'
import { attendSeconds } from '../attend/attend-seconds.ts'
import { attendGroup } from '../attend/attend-group.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { CallOptions } from './library-options.ts'
import { type HeadIndex, isHeads, type Source } from './sources.ts'

/** Queries [m, d], keys [n, d] and values [n, dv], or heads of them: fewer heads of keys each serve a group of query heads. */
export interface AttendSources {
  readonly queries: Source
  readonly keys: Source
  readonly values: Source
}

export type AttendCall = AttendOptions & CallOptions

/** Attention of some rows of a head. */
export interface AttendedRowBatch {
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
  /** Seconds on one core, roughly. */
  readonly work: number
}

/** Throws ShapeMismatch, Option, Content where the matrices do not go together, or with the options. */
export function askedOf(
  given: AttendSources,
  { signal: _signal, onProgress: _progress, ...options }: AttendCall,
): AttendAsked {
  const sources = sourcesOf(given)
  const { queries, keys } = sources
  const groups = attendGroups(sources, 'all')
  const shape = { keyCount: keys.rows, queryCount: queries.rows, dim: keys.cols }
  const problem = attendProblem(options, shape)
  const headCount = groups.reduce((sum, { heads }) => sum + heads.length, 0)
  return { sources, problem, groups, work: attendSeconds(sources, headCount, problem) }
}

/** All heads, one behind the other. Throws as `attendGroup`. */
export async function* attendCall(
  { sources, problem, groups }: AttendAsked,
  context: RunContext,
): AsyncGenerator<AttendedRowBatch, void, void> {
  const { queries } = sources
  for (const group of groups) {
    const opened = openGroup(sources, group)
    const { visibility } = problem
    const fit = { queries: group.fitHeads.map((head) => queries.open(head)), visibility }
    try {
      for await (const batch of attendGroup({ problem, ...opened, fit }, context)) {
        const { queryStart, output, lse } = batch
        const head = headOf(queries, group, group.heads[batch.head])
        yield { head, queryStart, output, lse }
      }
    } finally {
      for (const source of [opened.keys, opened.values, ...opened.queries, ...fit.queries]) source.close()
    }
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
  if (typeof given !== 'object') throw noSources(`attend: its matrices are ${kindOf(given)}`)
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
