import { gamma } from '../arithmetic/numeric.ts'
import { NO_EXPONENT } from '../arithmetic/column-exponents.ts'
import { whereOf, unusable } from './block-checks.ts'
import { GramSum, type GramParts } from '../sums/gram-sum.ts'
import { requireDepth, requirePlainColumns, validateGram } from './validate-sums.ts'
import type { PrefixTable } from '../universal/universal-set.ts'

/**
 * Throws Content unless the sums before each shard can be those of ever more of the rows of `whole`: Gram matrices whose
 * columns never become shorter. Rows are added one by one or in sums, so a diagonal entry never falls, not even by rounding.
 * `plainTraces`: each shard's trace, where all columns are as they are (float32 keys).
 */
export function validatePrefixes(
  file: string,
  { grams }: PrefixTable,
  whole: GramSum,
  plainTraces: Float64Array | undefined,
): void {
  const { dim } = whole
  const all = [...grams, whole.parts]
  all.forEach((parts, i) => {
    const sum = new GramSum(dim, parts)
    if (i < grams.length) {
      if (plainTraces) requirePlainColumns(file, 'prefixExponents', sum.exponents)
      requireDepth(file, 'prefixDepths', sum, 2 * sum.rowCount + 2)
      validateGram(file, 'prefixGrams', sum)
    }
    if (i === 0) return
    const { depth, rowCount } = all[i - 1]
    if (parts.depth <= depth && rowCount > 0)
      throw unusable(
        file,
        'prefixDepths',
        `below ${parts.depth}, as each shard adds one`,
        depth,
        `for shard ${i - 1}`,
      )
    requireGrowth(file, all[i - 1], parts, dim, i - 1)
    if (plainTraces) requireTrace(file, all[i - 1], parts, plainTraces[i - 1], dim, i)
  })
}

/** What the shard added: each sum is known to gamma_{depth+1} of its own trace. */
function requireTrace(
  file: string,
  before: GramParts,
  after: GramParts,
  trace: number,
  dim: number,
  shards: number,
): void {
  const [low, high] = [traceOf(before, dim), traceOf(after, dim)]
  const room = 4 * gamma(after.depth + dim + 4) * high
  if (Math.abs(high - low - trace) <= room) return
  const wanted = `sums that grow by 'shardTraces' (${trace})`
  throw unusable(file, 'prefixGrams', wanted, high - low, `from shard ${shards - 1} on`)
}

function traceOf({ gram }: GramParts, dim: number): number {
  let trace = 0
  for (let i = 0; i < gram.length; i += dim + 1) trace += gram[i]
  return trace
}

function requireGrowth(file: string, before: GramParts, after: GramParts, dim: number, shard: number): void {
  for (let a = 0; a < dim; a++) {
    const [e, next] = [before.exponents[a], after.exponents[a]]
    if (next < e)
      throw unusable(
        file,
        'prefixExponents',
        `${next} at most, as they never fall`,
        e,
        `for shard ${shard}, column ${a}`,
      )
    const square = before.gram[a * dim + a]
    const later = after.gram[a * dim + a]
    // Where exponents differ by more, the earlier sum vanishes in the later one's scale.
    const scaled = e === NO_EXPONENT ? 0 : square * 2 ** Math.max(-1070, 2 * (e - next))
    if (scaled <= later) continue
    const wanted = 'sums that never fall along the shards'
    throw unusable(file, 'prefixGrams', wanted, square, `for shard ${shard}, ${whereOf(a * dim + a, dim)}`)
  }
}
