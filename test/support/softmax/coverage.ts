/** How much softmax attention selections hold: every number of the command `coverage`, one query head after another. */
import { exactSum, row } from '../oracle.ts'
import { attendRow, groupReads, restClusters } from './attend.ts'
import { keyHeadOf, queryRange, visibleKeys, type OracleHeads, type OracleVisibility } from './head.ts'
import { drawSorted } from './philox.ts'
import { fixedSet, type OracleRule } from './rules.ts'
import { selectRow, type OracleExtras } from './selection.ts'
import { histogram, mean, quantile, standardDeviation } from './statistics.ts'
import { descending, logitsOf, sharesOf } from './weights.ts'

export interface OracleCoverageOptions extends OracleVisibility, OracleExtras {
  readonly scale?: number
  readonly select: readonly string[]
  readonly keep: readonly number[]
  readonly heavy?: number
  readonly holdout?: boolean
  readonly sample?: number
  readonly seed?: number
  /** Scores [Hk][n] by the name that stands in `select`. */
  readonly scores?: Readonly<Record<string, readonly ArrayLike<number>[]>>
}

export interface OracleSelectionNumbers {
  readonly select: string
  readonly keep: number | null
  readonly fit: 'keys' | 'in-sample' | 'held-out' | 'oracle'
  readonly massMean: number | null
  /** .05, .25, .5, .75, .95. */
  readonly massQuantiles: readonly number[] | null
  readonly massStandardError: number | null
  /** `random` alone. */
  readonly massDrawSd?: number | null
  readonly uniformMass: number | null
  readonly uniformMedian: number | null
  readonly keysPerRow: number | null
  readonly heavyRecall: number | null
  /** The three errors: with values alone. */
  readonly outputErrorMean?: number | null
  readonly outputErrorMedian?: number | null
  readonly outputErrorPooled?: number | null
  readonly histogram: readonly number[]
  /** By judged row; an error is NaN where the full output is zero. */
  readonly mass: readonly number[]
  readonly error?: readonly number[]
}

export interface OracleCoverage {
  readonly judgedRows: readonly number[]
  readonly heads: readonly {
    readonly index: number
    readonly keyHead: number
    readonly emptyRows: number
    readonly heavyPairs: number
    readonly selections: readonly OracleSelectionNumbers[]
  }[]
}

/** A judged row: what it sees, its full softmax and, with values, its full output. */
interface FullRow {
  readonly query: number
  readonly seen: readonly number[]
  readonly logits: Float64Array
  readonly shares: Float64Array
  readonly heavy: ReadonlySet<number>
  readonly output?: Float64Array
}

/** What one set of keys holds of one row. */
interface RowNumbers {
  readonly mass: number
  readonly kept: number
  readonly held: number
  readonly farSquared: number
}

const RANDOM_DRAWS = 16
const EXTRAS = ['local', 'sinks', 'rest'] as const
const READS_QUERIES = ['query-moments', 'sampled-queries', 'accumulated']

export function oracleCoverage(heads: OracleHeads, options: OracleCoverageOptions): OracleCoverage {
  const keyCount = heads.keys[0].rows
  const looked = queryRange(options, heads.queries[0]).filter((i) => options.holdout !== true || i % 2 === 1)
  const able = looked.filter((i) => visibleKeys(options, i, keyCount).length > 0)
  const count = Math.min(options.sample ?? able.length, able.length)
  const places = drawSorted(count, able.length, options.seed ?? 1, 'sampledQueries')
  const judgedRows = count === able.length ? able : places.map((at) => able[at])
  const answers = heads.queries.map((_, index) => {
    const rows = judgedRows.map((query) => fullRow(heads, index, query, options))
    const selections = options.select.flatMap((select) => {
      const keeps = parse(select).rule === undefined ? [null] : options.keep
      return keeps.map((keep) => selectionNumbers(heads, index, rows, able.length, select, keep, options))
    })
    const heavyPairs = rows.reduce((sum, { heavy }) => sum + heavy.size, 0)
    const emptyRows = looked.length - able.length
    return { index, keyHead: keyHeadOf(index, heads), emptyRows, heavyPairs, selections }
  })
  return { judgedRows, heads: answers }
}

/** `accumulated+local` -> its rule and the extras that it names. */
function parse(select: string) {
  const words = select.split('+')
  const isExtra = (word: string) => EXTRAS.some((extra) => extra === word)
  return { rule: words.find((word) => !isExtra(word)), named: words.filter(isExtra) }
}

/** What joins a selection: extras that it names, and those that are given and named by none. */
function extrasOf(named: readonly string[], options: OracleCoverageOptions): OracleExtras {
  const typed = options.select.flatMap((select) => parse(select).named)
  const joins = (extra: string) => named.includes(extra) || !typed.includes(extra)
  const { local, grid, sinkTokens, restClusters: clusters } = options
  return {
    ...(joins('local') && local !== undefined && { local, ...(grid && { grid }) }),
    ...(joins('sinks') && sinkTokens !== undefined && { sinkTokens }),
    ...(joins('rest') && clusters !== undefined && { restClusters: clusters }),
  }
}

function fullRow(heads: OracleHeads, index: number, query: number, options: OracleCoverageOptions): FullRow {
  const keys = heads.keys[keyHeadOf(index, heads)]
  const values = heads.values?.[keyHeadOf(index, heads)]
  const queries = heads.queries[index]
  const seen = visibleKeys(options, query, keys.rows)
  const logits = logitsOf(row(queries, query), keys, seen, scaleOf(options))
  const { shares } = sharesOf(logits)
  const heavy = new Set(seen.filter((_, at) => shares[at] >= (options.heavy ?? 0.01)))
  const head = values && { queries, keys, values }
  const full = head && attendRow(head, query, seen, seen, [], scaleOf(options))
  return { query, seen, logits, shares, heavy, ...(full && { output: full.output }) }
}

function selectionNumbers(
  heads: OracleHeads,
  index: number,
  rows: readonly FullRow[],
  able: number,
  select: string,
  keep: number | null,
  options: OracleCoverageOptions,
): OracleSelectionNumbers {
  const { rule } = parse(select)
  const draws = Array.from({ length: rule === 'random' ? RANDOM_DRAWS : 1 }, (_, draw) =>
    drawNumbers(heads, index, rows, select, keep ?? 0, options, draw),
  )
  const over = (value: (found: RowNumbers, at: number) => number) =>
    rows.map((_, at) => mean(draws.map((found) => value(found[at], at))) ?? 0)
  const mass = over((found) => found.mass)
  const kept = over((found) => found.kept)
  const heavyPairs = rows.reduce((sum, { heavy }) => sum + heavy.size, 0)
  const held = over((found) => found.held).reduce((sum, value) => sum + value, 0)
  const correction = Math.sqrt(1 - rows.length / able) / Math.sqrt(rows.length)
  const drawn = draws.map((found) => mean(found.map((one) => one.mass)) ?? 0)
  return {
    select,
    keep,
    fit: fitOf(rule, options.holdout === true || heads.fitQueries !== undefined, isBest(select, options)),
    massMean: mean(mass),
    massQuantiles:
      rows.length === 0 ? null : [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(mass, share)),
    massStandardError: rows.length < 2 ? null : standardDeviation(mass) * correction,
    ...(rule === 'random' && { massDrawSd: rows.length === 0 ? null : standardDeviation(drawn) }),
    uniformMass: mean(kept.map((value, at) => value / rows[at].seen.length)),
    uniformMedian:
      rows.length === 0
        ? null
        : quantile(
            kept.map((value, at) => value / rows[at].seen.length),
            0.5,
          ),
    keysPerRow: mean(kept),
    heavyRecall: heavyPairs === 0 ? null : held / heavyPairs,
    histogram: histogram(mass),
    mass,
    ...(heads.values && errorNumbers(rows, draws)),
  }
}

/** Where all queries see the same keys and none joins the set, no set holds more than the keys of most attention in sum. */
function isBest(select: string, options: OracleCoverageOptions): boolean {
  const { local, sinkTokens } = extrasOf(parse(select).named, options)
  const { causal = false, segment, slidingWindow } = options
  return !causal && [local, sinkTokens, segment, slidingWindow].every((one) => one === undefined)
}

function fitOf(rule: string | undefined, heldOut: boolean, best: boolean): OracleSelectionNumbers['fit'] {
  if (rule === 'best') return 'oracle'
  if (rule === undefined || !READS_QUERIES.includes(rule)) return 'keys'
  if (heldOut) return 'held-out'
  return rule === 'accumulated' && best ? 'oracle' : 'in-sample'
}

function drawNumbers(
  heads: OracleHeads,
  index: number,
  rows: readonly FullRow[],
  select: string,
  keep: number,
  options: OracleCoverageOptions,
  draw: number,
): RowNumbers[] {
  const { rule, named } = parse(select)
  const keyHead = keyHeadOf(index, heads)
  const [keys, values] = [heads.keys[keyHead], heads.values?.[keyHead]]
  const { restClusters: clusterCount, ...others } = extrasOf(named, options)
  const seed = options.seed ?? 1
  const even = (query: number) =>
    options.holdout !== true || heads.fitQueries !== undefined || query % 2 === 0
  const scores = rule === undefined ? undefined : options.scores?.[rule]?.[keyHead]
  const set = scores === undefined ? { rule: rule as OracleRule, keep, seed } : { scores, keep }
  const read = groupReads(heads, keyHead, options, even)
  const fixed =
    rule === undefined || rule === 'best' ? [] : fixedSet(set, keys, read, options, options.scale, draw)
  const chosen = new Set(fixed)
  const withRest = rule !== 'best' && clusterCount !== undefined
  const clusters = withRest
    ? restClusters(keys, chosen, options, { ...others, restClusters: clusterCount, seed })
    : []
  return rows.map(({ query, seen, logits, shares, heavy, output }) => {
    const best = () =>
      new Set(
        descending(logits)
          .slice(0, keep)
          .map((at) => seen[at]),
      )
    const { ids } = selectRow(query, seen, rule === 'best' ? best() : chosen, options, others)
    const inside = new Set(ids)
    const head = values && { queries: heads.queries[index], keys, values }
    const out = head && attendRow(head, query, seen, ids, clusters, scaleOf(options)).output
    return {
      mass: Math.min(1, exactSum(shares.filter((_, at) => inside.has(seen[at])))),
      kept: ids.length,
      held: ids.filter((id) => heavy.has(id)).length,
      farSquared: out && output ? squaredNorm(out.map((x, b) => x - output[b])) : 0,
    }
  })
}

function errorNumbers(rows: readonly FullRow[], draws: readonly RowNumbers[][]) {
  const sizes = rows.map(({ output }) => squaredNorm(output ?? new Float64Array(0)))
  const error = sizes.map((size, at) =>
    size === 0 ? NaN : (mean(draws.map((found) => Math.sqrt(found[at].farSquared / size))) ?? 0),
  )
  const told = error.filter((value) => !Number.isNaN(value))
  const sum = (values: readonly number[]) => exactSum(Float64Array.from(values))
  const total = sum(sizes)
  const pooled = draws.map((found) => Math.sqrt(sum(found.map(({ farSquared }) => farSquared)) / total))
  return {
    error,
    outputErrorMean: mean(told),
    outputErrorMedian: told.length === 0 ? null : quantile(told, 0.5),
    outputErrorPooled: total === 0 ? null : mean(pooled),
  }
}

function squaredNorm(x: Float64Array): number {
  return exactSum(x.map((value) => value * value))
}

function scaleOf({ scale }: OracleCoverageOptions) {
  return scale === undefined ? {} : { scale }
}
