import { LevError, type NumberRows, requireFloats, requireMatrix } from '@levattention/core/internal'
import { finiteGroups } from '../attend/finite-groups.ts'
import { headSetOf, type HeadSet, oneHead } from '../attend/head-set.ts'
import { type AskedHeads, coverHeads } from '../coverage/cover-heads.ts'
import type { Coverage } from '../coverage/coverage-facts.ts'
import {
  askedGroups,
  type CoverageInputs,
  coverageSeconds,
  type ScoreRows,
} from '../coverage/coverage-inputs.ts'
import type { CoverageOptions } from '../coverage/coverage-problem.ts'
import { skippedFacts } from '../job/skipped-heads.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { type HeadsCall, requireHeadsFor, tellSkipped, watchOf } from './bad-heads.ts'
import type { CallOptions } from './call-options.ts'
import { isHeads, type Source } from './sources.ts'

/** Queries [m, d], keys [n, d] and, to compare outputs, values [n, dv]; or heads of them. */
export interface CoverageSources {
  /** [m, d], or heads. */
  readonly queries: Source
  /** [n, d], or heads. */
  readonly keys: Source
  /** [n, dv], or heads: outputs are then compared. */
  readonly values?: Source
  /** What rules that look at queries read in place of the queries. */
  readonly fitQueries?: Source
}

/** What `coverage` takes beside its inputs. */
export interface CoverageCall extends CoverageOptions, HeadsCall, CallOptions {
  /** Scores by a name that stands in `select`, the largest first: [n], or [key heads · n]. */
  readonly scores?: Readonly<Record<string, Float32Array | Float64Array>>
}

export interface CoverageAsked {
  readonly heads: AskedHeads
  readonly skipping: HeadsCall
  /** Seconds on one core, roughly. */
  readonly work: number
}

/** Throws Option, Content where the matrices do not go together, or with the options. */
export function coverageAsked(
  given: CoverageSources,
  { signal: _signal, onProgress: _progress, skipBadHeads, scores: byName = {}, ...options }: CoverageCall,
): CoverageAsked {
  const inputs = inputsOf(given)
  requireHeadsFor('coverage', { skipBadHeads }, given.queries)
  const scores = scoresOf(byName, inputs)
  const { keyMask, queryMask } = options
  const asked = askedGroups(inputs, 'all', options, scores, () => ({ keyMask, queryMask }))
  const heads = { inputs, scores, asked, withRows: false }
  return { heads, skipping: { skipBadHeads }, work: coverageSeconds(inputs, asked) }
}

export async function coverageCall(
  { heads, skipping }: CoverageAsked,
  context: RunContext,
): Promise<Coverage> {
  const skip = { skipBadHeads: Boolean(skipping.skipBadHeads) }
  const { asked, skipped } = await finiteGroups(heads.inputs, heads.asked, skip, watchOf(context))
  await tellSkipped(skipping, skipped, context)
  const { coverage } = await coverHeads({ ...heads, asked }, context)
  return { ...coverage, ...skippedFacts(skipped) }
}

function inputsOf({ queries, keys, values, fitQueries }: CoverageSources): CoverageInputs {
  const given = Object.entries({ queries, keys, values, fitQueries }).filter(
    (one): one is [string, Source] => one[1] !== undefined,
  )
  const areHeads = given.filter(([, source]) => isHeads(source)).length
  if (areHeads !== 0 && areHeads !== given.length) {
    const message = 'coverage: heads and matrices are given together; openHeads takes a matrix for one head'
    throw new LevError('ShapeMismatch', message)
  }
  return {
    queries: setOf('queries', queries),
    keys: setOf('keys', keys),
    ...(values && { values: setOf('values', values) }),
    ...(fitQueries && { fitQueries: setOf('fitQueries', fitQueries) }),
  }
}

function setOf(name: string, source: Source): HeadSet {
  if (isHeads(source)) return headSetOf(source)
  requireMatrix(name, source)
  return oneHead(source)
}

function scoresOf(
  given: Readonly<Record<string, Float32Array | Float64Array>>,
  { keys }: CoverageInputs,
): ScoreRows {
  const keyHeads = keys.heads?.headCount ?? 1
  return new Map(
    Object.entries(given).map(([name, scores]) => [name, rowsOf(name, scores, keys.rows, keyHeads)]),
  )
}

function rowsOf(
  name: string,
  scores: Float32Array | Float64Array,
  count: number,
  keyHeads: number,
): Pick<NumberRows, 'rows' | 'row'> {
  const all = Float64Array.from(requireFloats(`scores ${name}`, scores))
  const rows = all.length === count ? 1 : keyHeads
  if (all.length !== rows * count) {
    const message = `scores ${name}: ${all.length} numbers; it takes ${count}, one a key, or ${keyHeads} x ${count}, for each head of keys`
    throw new LevError('Option', message, { option: 'scores' })
  }
  return { rows, row: (index) => all.subarray(index * count, (index + 1) * count) }
}
