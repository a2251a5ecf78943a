import { VisibleCount } from '../attend/visible-count.ts'
import { float64Error } from '../attention/softmax-error.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { newRows } from '../matrix/matrix-source.ts'
import { openBeside } from '../matrix/reopen-matrix.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { type AttentionTerms, forEachTile } from '../selection/attention-sums.ts'
import { logSumsOf } from '../selection/log-sums.ts'
import { firstFrom } from '../selection/read-queries.ts'
import { normAbove } from '../softmax/key-reach.ts'
import { requireReaches } from '../softmax/query-groups.ts'
import { BestKeys } from './best-keys.ts'
import type { CoveredRows, CoverageTerms } from './coverage-terms.ts'
import { coveredGroup } from './covered-group.ts'
import { GroupScope } from './group-scope.ts'
import { GroupSums } from './group-sums.ts'
import { joinCovered, noneCovered } from './join-covered.ts'
import type { OpenedHead } from './lost-row.ts'
import { shareTile } from './share-tile.ts'

/** Queries whose sums stand side by side: those of one tile. */
const GROUP_ROWS = 64

/**
 * What the selections of `terms` hold of those of its judged rows that lie in the shard, a shard of the queries: in float64, by two
 * readings of the keys for 64 of them (NOTES.md "Coverage in float64"). Throws Content (NaN, infinity, logits beyond float64).
 */
export function coverRows(shard: ShardRows, terms: CoverageTerms): CoveredRows {
  const { rowStart, rowEnd } = shard.range
  const judged = terms.rows.subarray(firstFrom(terms.rows, rowStart), firstFrom(terms.rows, rowEnd))
  const keys = openBeside(shard, terms.keys)
  const values = terms.values && openBeside(shard, terms.values)
  const visible = new VisibleCount({ rowStart: 0, rowEnd: keys.rows }, terms.visibility)
  let covered = noneCovered(terms)
  for (let at = 0; at < judged.length; at += GROUP_ROWS) {
    const rows = judged.subarray(at, at + GROUP_ROWS)
    const head = { queries: shard.source, keys, values }
    covered = joinCovered(
      covered,
      withScratch(shard.kernels, () => coverGroup(shard, head, terms, rows, visible)),
    )
  }
  return covered
}

type Head = Omit<OpenedHead, 'values'> & { readonly values: OpenedHead['values'] | undefined }

function coverGroup(
  shard: ShardRows,
  head: Head,
  terms: CoverageTerms,
  rows: Float64Array,
  visible: VisibleCount,
): CoveredRows {
  const { queries, keys, values } = head
  const { kernels } = shard
  const { visibility, selections } = terms
  const keyShard = { ...shard, source: keys, range: keysTaken(terms, keys.rows) }
  const attention: AttentionTerms = {
    queries: [queries.spec],
    rows: [rows],
    visibility,
    keyCount: keys.rows,
    keyFactor: terms.keyFactor,
    queryFactor: terms.scale / terms.keyFactor,
  }
  const scope = new GroupScope(rows, keys.rows, terms, visible)
  const heavyFrom = leastHeavy(queries, rows, keys.rows, terms)
  const most = selections.reduce((largest, { best = 0 }) => Math.max(largest, best), 0)
  const bestKeys = most > 0 ? new BestKeys(rows.length, most) : undefined
  const logSums = logSumsOf(keyShard, attention, (tile) => bestKeys?.add(tile, visibility))
  const group = {
    scope,
    selections,
    best: bestKeys?.ranked() ?? [],
    heavyFrom,
    valueDim: values?.cols ?? 0,
  }
  const sums = new GroupSums(group)
  const isLocal = terms.local !== undefined && selections.some((one) => one.isLocal)
  const tileTerms = { kernels, scope, sums: logSums, visibility, isLocal, values }
  forEachTile(keyShard, attention, (tile) => {
    withScratch(kernels, () => sums.add(kernels, shareTile(tile, tileTerms)))
  })
  sums.finish()
  const measured = values && { shard, head: { queries, keys, values }, terms, group, sums, logSums, rows }
  return coveredGroup(group, sums, measured)
}

function keysTaken({ visibility: { keyRows } }: CoverageTerms, keyCount: number) {
  return keyRows ?? { rowStart: 0, rowEnd: keyCount }
}

/**
 * [rows]: what a computed A_ij is at least where the exact one is `heavy`. Lower by what float64 may lose of a logit and of a
 * row's sum, as in heavy pairs. Throws Content where logits reach beyond float64.
 */
function leastHeavy(
  queries: Head['queries'],
  rows: Float64Array,
  keyCount: number,
  { scale, largestNorm, heavy }: CoverageTerms,
): Float64Array {
  const { cols: dim, element } = queries
  const error = float64Error(keyCount)
  const read = newRows(element, dim)
  return rows.map((row) => {
    queries.readRows(row, row + 1, read)
    const reach = normAbove(read, 0, dim) * largestNorm
    requireReaches(Float64Array.of(reach), scale, queries, { rowStart: row, rowEnd: row + 1 })
    const mu = error.logit(dim, scale * reach)
    return heavy * (1 - Math.expm1(error.logSum(mu) + 2 * mu + 1e-12))
  })
}
