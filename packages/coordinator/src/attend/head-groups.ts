import { counted, type Heads, LevError, optionText } from '@levattention/core/internal'
import type { HeadSet } from './head-set.ts'
import { headPairs } from '../job/head-pairs.ts'

/** A key head, the query heads that are answered of those it serves, and all heads of the queries that rules read. */
export interface HeadGroup {
  readonly keyHead: number
  /** In which batch its queries stand. */
  readonly batch: number
  readonly heads: readonly number[]
  readonly fitHeads: readonly number[]
}

export interface AttendInputs {
  readonly queries: HeadSet
  readonly keys: HeadSet
  readonly values: HeadSet
  /** What rules that look at queries read, where it is not the queries. */
  readonly fitQueries?: HeadSet | undefined
}

/**
 * The groups of the `wanted` query heads, in the order of their first ones. A batch is a group of its own. Throws Content where shapes do
 * not go together, Option as `headPairs`.
 */
export function attendGroups(inputs: AttendInputs, wanted: 'all' | readonly number[]): HeadGroup[] {
  const { queries, keys, values, fitQueries = queries } = inputs
  requireColumns(queries, keys, 'queries')
  requireColumns(fitQueries, keys, 'queries to fit')
  requireValues(keys, values, queries)
  if (!queries.heads || !keys.heads || !fitQueries.heads)
    return [{ keyHead: 0, batch: 0, heads: [0], fitHeads: [0] }]
  const of = queries.heads
  const fit = headPairs(fitQueries.heads, keys.heads, 'all')
  const groups = new Map<string, { keyHead: number; batch: number; heads: number[]; fitHeads: number[] }>()
  for (const { head, keyHead } of headPairs(of, keys.heads, wanted)) {
    const batch = batchOf(of, head)
    const name = `${keyHead},${batch}`
    const group = groups.get(name)
    if (group) group.heads.push(head)
    else
      groups.set(name, {
        keyHead,
        batch,
        heads: [head],
        fitHeads: fitHeadsOf(fitQueries.heads, fit, keyHead, batch),
      })
  }
  return [...groups.values()]
}

function fitHeadsOf(of: Heads, fit: ReturnType<typeof headPairs>, keyHead: number, batch: number): number[] {
  const own = fit.filter((pair) => pair.keyHead === keyHead).map(({ head }) => head)
  const { batch: batches = 1 } = of.extents
  return batches === 1 ? own : own.filter((head) => batchOf(of, head) === batch)
}

/** 0 where there are no batches. */
function batchOf(heads: Heads, head: number): number {
  return heads.extents.batch === undefined ? 0 : (heads.placeOf(head).batch ?? 0)
}

function requireColumns({ cols }: HeadSet, keys: HeadSet, what: string): void {
  if (cols === keys.cols) return
  throw new LevError(
    'Content',
    `${what} have ${counted(cols, 'column')} and keys ${keys.cols}; a query and a key are of one d`,
  )
}

/** Values have the heads and rows of the keys. */
function requireValues(keys: HeadSet, values: HeadSet, queries: HeadSet): void {
  if (values.rows !== keys.rows) {
    const found = `values have ${counted(values.rows, 'row')} and keys ${keys.rows}`
    throw new LevError('Content', `${found}; every key has one row of values`, { input: 'values' })
  }
  if (!keys.heads || !values.heads) return
  const [own, wanted] = [values.heads, keys.heads].map(({ extents }) => JSON.stringify(extents))
  const isSame = own === wanted && values.heads.headCount === keys.heads.headCount
  if (isSame) return
  const found = `${values.heads.address} of shape (${values.heads.shape.join(', ')}) and keys of shape (${keys.heads.shape.join(', ')})`
  const swapped = isSwapped(keys.heads, queries.heads)
    ? `; are ${optionText('keys')} and ${optionText('queries')} swapped?`
    : ''
  throw new LevError('Content', `${found}: values have the layers, batches and heads of the keys${swapped}`, {
    input: 'values',
  })
}

/** Fewer query heads than key heads: none fit so. */
function isSwapped(keys: Heads, queries: Heads | undefined): boolean {
  return queries !== undefined && (queries.extents.head ?? 1) < (keys.extents.head ?? 1)
}
