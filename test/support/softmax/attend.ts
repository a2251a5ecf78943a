/** Attention over S_i, renormalised, with clusters in place of the keys left out; one head after another. */
import { row, type DenseMatrix } from '../oracle.ts'
import {
  isKey,
  keyHeadOf,
  queryRange,
  segmentsOf,
  visibleKeys,
  type OracleHeads,
  type OracleVisibility,
} from './head.ts'
import { clustersOf, meanOf } from './kmeans.ts'
import { fixedSet, readQueries, type OracleFixedSet, type ReadQuery } from './rules.ts'
import { selectRow, type OracleExtras } from './selection.ts'
import { accurateDot, logit, logitsOf, sharesOf, type OracleWeights } from './weights.ts'

/** Ids and scores: a row a key head. */
export interface OracleSelection extends Omit<OracleFixedSet, 'ids' | 'scores'>, OracleExtras {
  readonly ids?: readonly ArrayLike<number>[]
  readonly scores?: readonly ArrayLike<number>[]
}
export type OracleAttendOptions = OracleVisibility & OracleWeights & { readonly selection: OracleSelection }

export interface OracleAttended {
  /** [rows answered, dv]. */
  readonly output: Float64Array
  readonly lse: Float64Array
  /** The fixed set, ascending. */
  readonly keyIds: readonly number[]
  readonly emptyRows: number
  readonly selfRows: number
  /** Keys of S_i over the rows that are not empty, their mean. */
  readonly keysPerRow: number | null
}

/** One answer a query head. */
export function oracleAttend(heads: OracleHeads, options: OracleAttendOptions): OracleAttended[] {
  return heads.queries.map((queries, h) => {
    const keyHead = keyHeadOf(h, heads)
    const keys = heads.keys[keyHead]
    const values = heads.values?.[keyHead]
    if (values === undefined) throw new RangeError('attend needs values')
    const read = groupReads(heads, keyHead, options)
    const { ids, scores, ...rule } = options.selection
    const set = { ...rule, ...(ids && { ids: ids[keyHead] }), ...(scores && { scores: scores[keyHead] }) }
    const keyIds = fixedSet(set, keys, read, options, options.scale)
    return attendHead({ queries, keys, values }, keyIds, options)
  })
}

/** What a rule may read for a key head: the queries of its group, or `fitQueries`, whom no mask of the queries concerns. */
export function groupReads(
  heads: OracleHeads,
  keyHead: number,
  visibility: OracleVisibility,
  rows: (query: number) => boolean = () => true,
): ReadQuery[] {
  const { queryMask: _mask, queryRows: _rows, ...unmasked } = visibility
  const { fitQueries, keys } = heads
  const of = fitQueries ?? heads.queries
  const group = of.filter((_, h) => Math.floor((h * keys.length) / of.length) === keyHead)
  return group.flatMap((queries) => {
    const start = visibility.queryStart ?? 0
    const found = readQueries(queries, fitQueries === undefined ? visibility : unmasked, keys[keyHead].rows)
    return found.filter(({ position }) => rows(position - start))
  })
}

interface Head {
  readonly queries: DenseMatrix
  readonly keys: DenseMatrix
  readonly values: DenseMatrix
}

function attendHead(head: Head, keyIds: readonly number[], options: OracleAttendOptions): OracleAttended {
  const { queries, keys, values } = head
  const chosen = new Set(keyIds)
  const clusters = restClusters(keys, chosen, options, options.selection)
  const rows = queryRange(options, queries).map((i) => {
    const seen = visibleKeys(options, i, keys.rows)
    const selected = selectRow(i, seen, chosen, options, options.selection)
    return { ...selected, ...attendRow(head, i, seen, selected.ids, clusters, options) }
  })
  const full = rows.filter(({ lse }) => lse > -Infinity)
  return {
    output: Float64Array.from(rows.flatMap(({ output }) => [...output.subarray(0, values.cols)])),
    lse: Float64Array.from(rows, ({ lse }) => lse),
    keyIds,
    emptyRows: rows.length - full.length,
    selfRows: rows.filter(({ self }) => self).length,
    keysPerRow: full.length === 0 ? null : full.reduce((sum, { ids }) => sum + ids.length, 0) / full.length,
  }
}

/** Ids of each cluster; [] without `restClusters`. No cluster holds a masked key, a chosen one or a sink. */
export function restClusters(
  keys: DenseMatrix,
  chosen: ReadonlySet<number>,
  visibility: OracleVisibility,
  { restClusters: count, sinkTokens = 0, seed = 1 }: OracleExtras & { readonly seed?: number },
): number[][] {
  if (count === undefined) return []
  return segmentsOf(visibility, keys.rows).flatMap(([, , segment]) => {
    const ids = segment.filter((id) => isKey(visibility, id) && !chosen.has(id) && id >= sinkTokens)
    const owners = clustersOf(
      ids.map((id) => row(keys, id)),
      count,
      seed,
    )
    return Array.from({ length: Math.max(-1, ...owners) + 1 }, (_, c) =>
      ids.filter((_id, at) => owners[at] === c),
    )
  })
}

/** o_i [dv] and its lse over the keys `ids` and what is left of the clusters once `ids` and unseen keys are out. */
export function attendRow(
  { queries, keys, values }: Head,
  query: number,
  seen: readonly number[],
  ids: readonly number[],
  clusters: readonly (readonly number[])[],
  weights: OracleWeights,
): { output: Float64Array; lse: number } {
  const q = row(queries, query)
  const selected = new Set(ids)
  const left = new Set(seen.filter((id) => !selected.has(id)))
  const members = clusters
    .map((cluster) => cluster.filter((id) => left.has(id)))
    .filter(({ length }) => length > 0)
  const means = members.map((cluster) => mean(keys, cluster))
  const virtual = means.map((key, c) => Math.log(members[c].length) + logit(q, key, weights))
  const { shares, lse } = sharesOf(Float64Array.of(...logitsOf(q, keys, ids, weights), ...virtual))
  const terms = [...ids.map((id) => row(values, id)), ...members.map((cluster) => mean(values, cluster))]
  const output = Float64Array.from({ length: values.cols }, (_, b) =>
    accurateDot(
      shares,
      Float64Array.from(terms, (value) => value[b]),
    ),
  )
  return { output, lse }
}

function mean(matrix: DenseMatrix, ids: readonly number[]): Float64Array {
  return meanOf(ids.map((id) => row(matrix, id))) ?? new Float64Array(matrix.cols)
}
