import type { PartialRows } from '../attend/partial-rows.ts'
import { isKey } from '../attention/visibility.ts'
import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import type { CoverageTerms } from './coverage-terms.ts'
import type { GroupSet, GroupTerms } from './group-sums.ts'

/** One head's matrices, opened. */
export interface OpenedHead {
  readonly queries: MatrixSource
  readonly keys: MatrixSource
  readonly values: MatrixSource
}

/** Query `q` of a group, with what stands for the keys left out: row `restAt` of `rest`. */
export interface LostPlace {
  readonly q: number
  /** Of the queries' matrix. */
  readonly row: number
  readonly rest?: PartialRows | undefined
  readonly restAt: number
}

/**
 * o' [dv] of a row whose keys in S_i have no weight that float64 holds beside those of all keys: relative to the largest of
 * their own.
 */
export function lostOutput(
  head: OpenedHead,
  { q, row, rest, restAt }: LostPlace,
  set: GroupSet,
  group: GroupTerms,
  terms: CoverageTerms,
): Float64Array {
  const { queries, keys, values } = head
  const ids = idsOf(q, set, group, terms)
  const factor = terms.scale / terms.keyFactor
  const query = readRow(queries, row).map((x) => x * factor)
  const logits = ids.map((id) => dot(query, readRow(keys, id), terms.keyFactor))
  const restShift = rest ? rest.shifts[restAt] * Math.LN2 : -Infinity
  const top = logits.reduce((most, logit) => Math.max(most, logit), restShift)
  const output = new Float64Array(values.cols)
  let total = 0
  const add = (weight: number, size: number, from: Float64Array) => {
    total += weight * size
    for (let b = 0; b < output.length; b++) output[b] += weight * from[b]
  }
  ids.forEach((id, i) => add(Math.exp(logits[i] - top), 1, readRow(values, id)))
  if (rest && restShift > -Infinity) {
    const own = rest.sums.subarray(restAt * output.length, (restAt + 1) * output.length)
    add(Math.exp(restShift - top), rest.totals[restAt], own)
  }
  return total === 0 ? output : output.map((x) => x / total)
}

/** S_i, in no order. */
function idsOf(
  q: number,
  { kept, selection }: GroupSet,
  { scope, best }: GroupTerms,
  { visibility }: CoverageTerms,
): number[] {
  const { rowStart, rowEnd } = scope.seen[q]
  const ids = new Set(kept.filter((id) => id >= rowStart && id < rowEnd))
  if (selection.isLocal)
    for (const run of scope.local[q])
      for (let id = run.rowStart; id < run.rowEnd; id++) if (isKey(visibility, id)) ids.add(id)
  const { best: most = 0 } = selection
  if (most > 0) best[q].ids.forEach((id, at) => best[q].ranks[at] < most && ids.add(id))
  if (ids.size === 0 && scope.own[q] >= 0) ids.add(scope.own[q])
  return [...ids]
}

function readRow(source: MatrixSource, row: number): Float64Array {
  const read = newRows(source.element, source.cols)
  source.readRows(row, row + 1, read)
  return Float64Array.from(read)
}

function dot(query: Float64Array, key: Float64Array, factor: number): number {
  let sum = 0
  for (let a = 0; a < key.length; a++) sum += query[a] * (key[a] * factor)
  return sum
}
