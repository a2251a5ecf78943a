import type { CoverageSelection, HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Job } from '../../job/job.ts'
import { coverage } from '../../jobs/coverage.ts'
import { NORMS } from '../facts/selections.ts'
import type { InputShapes } from './input-shapes.ts'
import { readingOf, type ReportOptions, seenFilesOf } from './report-options.ts'

/** Which selections are measured, and by how many queries. */
export interface CoverageTerms {
  readonly keep: number
  /** Absent where queries and keys do not stand at the same places. */
  readonly local?: number
  /** Of all queries of a head. */
  readonly sample?: number
}

/** Numbers of keys that a line of masses goes through. */
const KEEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const
/** Products of a judged query and a key, of all heads together: seconds on one core. */
const MOST_PRODUCTS = 5e7
const LEAST_SAMPLE = 64

/** What selections hold of each head: all numbers of keys without values, and one number with them. */
export async function coveragePart(
  options: ReportOptions,
  { n }: InputShapes,
  { keep, local, sample }: CoverageTerms,
  job: Job,
  begin: (part: 'line' | 'mass') => void,
): Promise<HeadCoverage[]> {
  const { keys, queries, causal, queryStart, scale, heads, epsilon, seed, grid, prefixTokens } = options
  const asked = {
    ...readingOf(options),
    ...seenFilesOf(options),
    keys,
    queries,
    causal,
    queryStart,
    scale,
    heads,
    seed,
    sample,
    heavy: epsilon,
  }
  // The best fixed set reads every query: of a sample it is left out.
  const rules = ['best', ...(sample === undefined ? ['accumulated'] : []), ...NORMS, 'leverage', 'random']
  const most = Math.max(keep, Math.min(n, Math.max(64, n / 4)))
  const keeps = [...new Set([...KEEPS.filter((one) => one <= most && one <= n), keep])].sort((a, b) => a - b)
  // What N keys drawn at random hold is N/n on average, whatever the attention; where none of them is seen a query takes its own.
  const isDrawn = causal === true || (options.keyRows ?? options.keyMaskFile) !== undefined
  const ranked = rules.filter((rule) => isDrawn || rule !== 'random')
  begin('line')
  const line = await coverage({ ...asked, select: ranked, keep: keeps }, job)
  const near =
    local === undefined
      ? []
      : ['local', 'leverage+local', ...(sample === undefined ? ['accumulated+local'] : [])]
  const place = local === undefined ? {} : { local, ...(grid && { grid: { ...grid, prefixTokens } }) }
  const values = options.values.length > 0 ? { values: options.values } : {}
  begin('mass')
  const one = await coverage(
    { ...asked, ...values, ...place, select: [...rules, ...near], keep: [keep] },
    job,
  )
  return line.heads.map((head, at) => {
    const { selections } = one.heads[at]
    const isKnown = (select: string, kept: number | null) =>
      selections.some((other) => other.select === select && other.keep === kept)
    const others = head.selections.filter(({ select, keep: kept }) => !isKnown(select, kept))
    const expected = isDrawn ? [] : keeps.filter((size) => size !== keep).map((size) => expectedOf(size, n))
    return { ...head, selections: [...selections, ...others, ...expected] }
  })
}

/** What `keep` of n keys drawn at random hold on average. */
function expectedOf(keep: number, n: number): CoverageSelection {
  const mass = n === 0 ? null : keep / n
  return {
    select: 'random',
    keep,
    fit: 'keys',
    massMean: mass,
    uniformMass: mass,
    keysPerRow: keep,
    massQuantiles: null,
    massStandardError: null,
    heavyRecall: null,
    histogram: [],
  }
}

/** How many queries of a head are judged where all would take minutes; undefined: all. */
export function sampleOf(
  { sample }: Pick<ReportOptions, 'sample'>,
  { n, m = 0, headCount }: InputShapes,
): number | undefined {
  if (sample !== undefined) return sample < m ? sample : undefined
  const affordable = Math.max(LEAST_SAMPLE, Math.floor(MOST_PRODUCTS / Math.max(1, n * headCount)))
  return affordable < m ? affordable : undefined
}
