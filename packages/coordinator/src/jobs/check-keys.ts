import {
  cutRows,
  GramSum,
  LevError,
  type MatrixSource,
  type RowRange,
  shardGramsPass,
  traceOf,
  raiseExponents,
  rowBytes,
} from '@levattention/core/internal'
import { otherKeys, requireKeptRows } from '../keys/require-kept-rows.ts'
import type { SearchedSet } from '../outputs/read-universal-npz.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { planKeys } from '../plan/plan.ts'
import { answersOf } from '../tasks/reduce-pass.ts'

const TRACE_TOLERANCE = 1e-9

/**
 * Throws Content unless `keys` [n, d] are the ones that the universal set was built from: by its shape, by rows of U
 * entry by entry, and in one pass by each shard's sum of squares and the Gram matrix of all. Throws Option where the set
 * is of a part of the keys.
 */
export async function checkKeys(keys: MatrixSource, file: SearchedSet, context: RunContext): Promise<void> {
  requireShape(keys, file)
  await requireKeptRows(keys, file.universal, context.signal)
  await context.stats.time('map', () => requireSums(keys, file, context))
}

function requireShape(keys: MatrixSource, { universal, origin }: SearchedSet): void {
  const { rowCount, dim } = universal
  const whole = origin.ranges.length === 0 || (origin.ranges.length === 1 && origin.ranges[0].rowStart === 0)
  if (!whole) {
    const rows = origin.ranges.map(({ rowStart, rowEnd }) => `${rowStart} to ${rowEnd - 1}`).join(', ')
    const message =
      `the universal set covers rows ${rows} only, and --keys goes with one that covers all rows from 0 on; ` +
      'merge the parts first, or leave out --keys'
    throw new LevError('Option', message, { option: 'keys' })
  }
  if (keys.rows === rowCount && keys.cols === dim) return
  throw otherKeys(keys, `shape [${keys.rows}, ${keys.cols}], and those were [${rowCount}, ${dim}]`)
}

async function requireSums(keys: MatrixSource, file: SearchedSet, context: RunContext): Promise<void> {
  const { stats, onProgress } = context
  const { gram: stored, shardSquaredNorms, shardRows } = file.origin
  const table = shardRows > 0 ? cutRows(keys.rows, shardRows) : []
  const shards = table.length > 0 ? table : planKeys(keys, 1).shards
  let sum: GramSum | undefined
  let done = 0
  const work = { task: shardGramsPass, source: keys, ranges: shards, question: {} }
  for await (const [parts] of answersOf(work, context)) {
    const gram = new GramSum(keys.cols, parts)
    // A shard's sum is in its own powers of two, which are 0 where the keys are float32.
    if (table.length > 0 && sameElement(keys, file))
      requireTrace(keys, gram, shardSquaredNorms[done], shards[done])
    requirePrefix(keys, sum, file, done, shards[done])
    sum = sum === undefined ? gram : sum.merge(gram)
    done++
    const rowsDone = shards[done - 1].rowEnd
    onProgress?.({ stage: 'map', done, total: shards.length, rowsDone, rowsTotal: keys.rows })
  }
  stats.bytesRead += rowBytes(keys) * keys.rows
  if (sum !== undefined && !sameGram(sum, stored, file.origin.sketch !== undefined))
    throw otherKeys(keys, 'their sums of products differ')
}

function requireTrace(
  keys: MatrixSource,
  gram: GramSum,
  stored: number,
  { rowStart, rowEnd }: RowRange,
): void {
  if (Math.abs(traceOf(gram) - stored) <= TRACE_TOLERANCE * stored) return
  throw otherKeys(
    keys,
    `rows ${rowStart} to ${rowEnd - 1} have another sum of squares`,
    keys.locate(rowStart),
  )
}

/** Causal: `before`, the sum of the shards so far, is what the file keeps of the rows before shard `index`. */
function requirePrefix(
  keys: MatrixSource,
  before: GramSum | undefined,
  { universal: { prefixes, dim } }: SearchedSet,
  index: number,
  { rowStart }: RowRange,
): void {
  if (prefixes === undefined || before === undefined) return
  if (sameGram(before, new GramSum(dim, prefixes.grams[index]))) return
  throw otherKeys(keys, `rows before row ${rowStart} have other sums of products`, keys.locate(rowStart))
}

function sameElement(keys: MatrixSource, { universal }: SearchedSet): boolean {
  return (keys.element === 'f64') === universal.keys instanceof Float64Array
}

/** Sums over the same rows differ by their order of addition alone, which is far below this. */
const RELATIVE_TOLERANCE = 1e-9

/** True where two sums [d, d], or their diagonals, can be of the same rows: |A_ab - B_ab| is small against sqrt(A_aa A_bb). */
export function sameGram(a: GramSum, b: GramSum, diagonalOnly = false): boolean {
  if (a.dim !== b.dim || a.rowCount !== b.rowCount) return false
  const { dim } = a
  const exponents = a.exponents.map((e, i) => Math.max(e, b.exponents[i]))
  const [left, right] = [a, b].map((sum) => {
    const gram = sum.gram.slice()
    raiseExponents(gram, sum.exponents, exponents)
    return gram
  })
  const roots = Float64Array.from({ length: dim }, (_, i) => Math.sqrt(left[i * dim + i]))
  for (let i = 0; i < dim; i++) {
    for (let j = i; j < (diagonalOnly ? i + 1 : dim); j++) {
      const difference = Math.abs(left[i * dim + j] - right[i * dim + j])
      if (!(difference <= RELATIVE_TOLERANCE * roots[i] * roots[j])) return false
    }
  }
  return true
}
