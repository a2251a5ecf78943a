import {
  attentionName,
  counted,
  isQuadratic,
  matrix,
  type MatrixSource,
  type RowCombinations,
  seenCount,
  transposedAddress,
} from '@levattention/core/internal'
import type { JobSummary } from '../job/job-summary.ts'
import { fewRowsOf } from '../tasks/few-rows.ts'
import type { RunContext } from '../tasks/run-context.ts'

type KnownSummary = Partial<JobSummary> & Pick<Required<JobSummary>, 'rank' | 'thresholdSlack'>

/** Scores that are known without a factor. */
export interface KnownScores {
  readonly summary: KnownSummary
  /** Rows of zeros, whose score is 0; that of all others is 1. */
  readonly zeroRows: ReadonlySet<number>
}

/** What few rows tell by themselves, and what is left to be scored. */
export interface FewRowsKnown {
  /** Where the rows are independent, but for rows of zeros. */
  readonly known?: KnownScores
  /** The keys [n, d]; or C [n, r] with K = C K_kept, whose scores are those of the keys, for every p. */
  readonly keys: MatrixSource
  /** The context of passes over `keys`: of C, which no file holds, nothing is kept in a run folder. */
  readonly context: RunContext
}

/** Code of the warning that scores say nothing. */
export const FEW_ROWS = 'few-rows'

/** More numbers are not held at once. */
const MOST_NUMBERS = 2 ** 23

/**
 * What `keys` [n, d] tell by themselves where no more than d rows take part (theory.md section 1): independent rows have leverage 1 each, and
 * can take all attention of some query, whatever p is; where the others are exactly whole multiples of these added up, their scores are those
 * of the multiples (core, `rowCombinations`), which not `combines` leaves aside. Warns.
 */
export async function fewRowsKnown(
  keys: MatrixSource,
  p: number,
  context: RunContext,
  { combines = true }: { readonly combines?: boolean } = {},
): Promise<FewRowsKnown> {
  const { rows: n, cols: d } = keys
  const most = n <= d || n * d <= MOST_NUMBERS ? takingPart(keys, d) : Infinity
  if (n === 0 || most > d) return { keys, context }
  const { areIndependent, combinations } = await fewRowsOf(keys, context, { wantsCombinations: true })
  const zeroRows = areIndependent ? new Set<number>() : zerosOf(n, combinations)
  if (zeroRows === undefined)
    return combinations && combines ? combined(keys, combinations, context) : { keys, context }
  const count = n - zeroRows.size
  context.stats.warn(
    FEW_ROWS,
    knownText({ count, d, hidden: n - seenCount(keys.spec, n), zeros: zeroRows.size, p }) +
      wrongWayRound(keys),
  )
  return { known: { summary: summaryOf(keys, p, count), zeroRows }, keys, context }
}

/**
 * What a summary says of `keys` [n, d] with n <= d whose rows are independent, without rows of zeros, and their condition, which takes n³
 * operations more. Undefined where they are not, or not so surely. Warns.
 */
export async function independentRows(
  keys: MatrixSource,
  context: RunContext,
): Promise<KnownSummary | undefined> {
  const { rows: n, cols: d } = keys
  if (n === 0 || n > d) return undefined
  const { areIndependent, eigenvalues } = await fewRowsOf(keys, context, { wantsEigenvalues: true })
  if (!areIndependent || eigenvalues === undefined) return undefined
  context.stats.warn(FEW_ROWS, knownText({ count: n, d, hidden: 0, zeros: 0, p: 2 }) + wrongWayRound(keys))
  return { ...summaryOf(keys, 2, n), condition: Math.sqrt(eigenvalues[n - 1] / eigenvalues[0]) }
}

/** How many rows may be other than zeros, as far as it is known without reading them; n where it is below `enough`. */
function takingPart({ rows, spec }: MatrixSource, enough: number): number {
  if (rows <= enough) return rows
  const scales = spec.design?.rowScales
  const seen = seenCount(spec, rows)
  return scales
    ? Math.min(
        seen,
        scales.reduce((count, scale) => count + (scale > 0 ? 1 : 0), 0),
      )
    : seen
}

/** The rows of zeros where each other one is kept; undefined where one is a combination of others. */
function zerosOf(n: number, found: RowCombinations | undefined): Set<number> | undefined {
  if (found === undefined) return undefined
  const { kept, multiples } = found
  const others = Array.from({ length: n }, (_, row) => row).filter((row) => !kept.includes(row))
  const isZero = (row: number) =>
    multiples.subarray(row * kept.length, (row + 1) * kept.length).every((multiple) => multiple === 0)
  return others.every(isZero) ? new Set(others) : undefined
}

function combined(
  keys: MatrixSource,
  { kept, multiples }: RowCombinations,
  context: RunContext,
): FewRowsKnown {
  const { rows: n, cols: d } = keys
  context.stats.warn(
    'dependent-rows',
    `${counted(n, 'row')} of ${counted(d, 'column')}, of which ${kept.length} do not depend on one another and the others are whole multiples of ` +
      `these added up, exactly: scores are known from the multiples alone, whatever the rows hold${wrongWayRound(keys)}`,
  )
  return {
    keys: matrix(multiples, { rows: n, cols: kept.length }),
    context: { ...context, answers: undefined },
  }
}

interface FewRowsCount {
  /** Rows that are independent. */
  readonly count: number
  readonly d: number
  /** Rows of zeros, and those of them that take no part. */
  readonly zeros: number
  readonly hidden: number
  readonly p: number
}

function knownText({ count, d, zeros, hidden, p }: FewRowsCount): string {
  const [score, of] = isQuadratic({ p }) ? ['leverage 1', 'leverage'] : ['the bound 1', 'bound']
  const own = zeros - hidden
  const others = own === 0 ? '' : `, beside ${counted(own, 'row')} of zeros, whose ${of} is 0`
  const columns = counted(d, 'column')
  const independent =
    count === 1
      ? `a single row of ${columns}${others}: it has ${score}, whatever it holds, `
      : `${counted(count, 'row')} of ${columns} that do not depend on one another${others}: every one has ${score}, whatever it holds, `
  return `${independent}so none stands out`
}

function wrongWayRound(keys: Pick<MatrixSource, 'spec'>): string {
  const address = transposedAddress(keys)
  const advice = address === undefined ? '' : `: \`${address}\` takes its columns as rows`
  return `. Is the matrix the wrong way round? Rows are what is scored${advice}`
}

function summaryOf({ rows: n, cols: d }: MatrixSource, p: number, rank: number): KnownSummary {
  return { attention: attentionName({ p }), n, d, p, method: 'exact', rank, thresholdSlack: 0 }
}
