import { Candidates } from '../sums/candidates.ts'
import { GramSum } from '../sums/gram-sum.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { denseBy } from '../kernels/dense.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { levFromBytes } from '../lev/lev-reader.ts'
import { levToBytes } from '../lev/lev-writer.ts'
import { isLevError } from '../errors/errors.ts'
import { REGULAR_BELOW_SLACK, firstStep } from '../bounds/factor/certificate.ts'
import { factorOf } from '../bounds/factor/factor.ts'
import { mergeStates } from '../summary/merge-states.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { dropBelow } from '../summary/state-factor.ts'
import { summaryContent, summaryFrom } from '../stored/summary-file.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { SummaryOrigin } from '../validation/validate-summary.ts'
import { dropByWeights } from '../summary/weighted-summary.ts'
import { fault, PartFault, recordOf, within } from './part-checks.ts'
import { type Asked, type Pass, passOf } from './pass.ts'
import { weightsOf } from '../sums/weighted-form.ts'
import { ATTENTION_TERMS } from '../attention/attention.ts'

/** epsilon plays no part where no key is chosen; one constant keeps such summaries mergeable. */
export const ANY_EPSILON = 1
/** Columns up to which a Cholesky factor of each part costs little against reading it. */
const MOST_FACTORED = 256

/** The merged summary of several shards, and of each shard what the merged one no longer tells. */
export interface SummarySum {
  readonly state: SummaryState
  /** Σ|k̂|² of each shard. */
  readonly shardSquaredNorms: readonly number[]
}

/** `summary`: the bytes of a KeySummary's .lev, the one form of a summary between threads, files and steps. */
export interface PackedSummary {
  readonly summary: Uint8Array
  readonly shardSquaredNorms: readonly number[]
}

/** What the summaries of a pass say of themselves. */
interface SummaryTerms {
  readonly epsilon?: number
  readonly p?: number
  readonly rowOffset?: number
  readonly policy?: SummaryState['policy']
}

interface SummaryPassTerms<Question> {
  readonly kind: string
  readonly map: Pass<Question, SummaryState, never>['map']
  /** What a summary of such a pass says of itself; by default epsilon 1, p = 2, rows as they lie in the matrix. */
  readonly terms?: (question: Question) => SummaryTerms
  readonly isSelection?: boolean
  readonly zero?: (question: Question, nothing: SummaryState) => SummaryState
}

/** A pass whose sums are summaries of keys. */
export function summaryPassOf<Question>({
  kind,
  map,
  terms = () => ({}),
  isSelection = false,
  zero = (_question, nothing) => nothing,
}: SummaryPassTerms<Question>): Pass<Question, SummarySum, PackedSummary> {
  return passOf({
    kind,
    hasMatrices: true,
    map(shard, question) {
      const state = map(shard, question)
      return { state, shardSquaredNorms: [traceOf(state.gram)] }
    },
    zero: ({ question, ...shape }) => ({
      state: zero(question, emptyState(shape, terms(question))),
      shardSquaredNorms: [],
    }),
    merge: (a, b, _terms, kernels) => ({
      state: mergeBounded(kernels, a.state, b.state),
      shardSquaredNorms: [...a.shardSquaredNorms, ...b.shardSquaredNorms],
    }),
    pack: ({ state, shardSquaredNorms }) => ({
      summary: levToBytes(summaryContent(state)),
      shardSquaredNorms,
    }),
    unpack: ({ summary, shardSquaredNorms }) => ({
      state: summaryFrom(levFromBytes(summary), { isSelection, isFresh: true }),
      shardSquaredNorms,
    }),
    check(packed, asked) {
      const { summary, shardSquaredNorms } = recordOf(packed, 'sum')
      if (!Array.isArray(shardSquaredNorms)) throw fault('shardSquaredNorms', 'a list', shardSquaredNorms)
      within(shardSquaredNorms as number[], 'shardSquaredNorms', 0, Number.MAX_VALUE)
      checkSummary(summary, asked, terms(asked.question), isSelection)
    },
  })
}

type Shape = Pick<MatrixSource, 'cols' | 'element'>

/** One shard's summary; without `candidates` its rows stay open. */
export function shardState(
  { source, range }: { readonly source: Shape; readonly range: RowRange },
  epsilon: number,
  gram: GramSum,
  candidates: Candidates | undefined,
  others: Partial<Pick<SummaryState, 'policy' | 'dropRidge' | 'sketch'>> = {},
): SummaryState {
  const { cols: dim, element } = source
  return {
    dim,
    epsilon,
    p: 2,
    policy: 'whole',
    ranges: [range],
    gram,
    candidates: candidates ?? new Candidates(dim, element),
    openRanges: candidates ? [] : [range],
    triangular: undefined,
    dropRidge: 0,
    ...others,
  }
}

/** Σ|k̂|² of the rows in a sum. */
export function traceOf({ gram, dim }: Pick<GramSum, 'gram' | 'dim'>): number {
  let trace = 0
  for (let a = 0; a < dim; a++) trace += gram[a * dim + a]
  return trace
}

function emptyState(
  { dim, element }: Pick<SummaryState, 'dim'> & Pick<MatrixSource, 'element'>,
  { epsilon = ANY_EPSILON, policy = 'whole' }: SummaryTerms,
): SummaryState {
  const none = { source: { cols: dim, element }, range: { rowStart: 0, rowEnd: 0 } }
  const nothing = new Candidates(dim, element)
  return { ...shardState(none, epsilon, new GramSum(dim), nothing, { policy }), ranges: [] }
}

/** Merges, and drops keys that the joint Gram excludes once there are many more than U can hold. `placedBy`: as `mergeStates`. */
export function mergeBounded(
  kernels: Kernels,
  a: SummaryState,
  b: SummaryState,
  placedBy?: string,
): SummaryState {
  const dense = denseBy(kernels)
  const merged = mergeStates(a, b, dense, placedBy)
  const { candidates, gram, dim, epsilon, policy, sketch } = merged
  // Rows of both say nothing of keys that a query between them is to be asked about; a sketch may filter only once.
  if (policy === 'prefix' || sketch) return merged
  if (candidates.count <= 4096 + (2 * dim) / epsilon || gram.rowCount === 0) return merged
  const form = weightsOf(merged)
  if (form) return dropByWeights(kernels, merged, form, false)
  const step = firstStep(gram, dense)
  if (!(step.slack < REGULAR_BELOW_SLACK)) return merged
  const factor = factorOf(step, gram.rowCount, 0, dense)
  return { ...merged, candidates: dropBelow(kernels, factor, candidates, epsilon) }
}

function checkSummary(
  value: unknown,
  { range, dim }: Asked<unknown>,
  { epsilon = ANY_EPSILON, p = 2, rowOffset = 0 }: SummaryTerms,
  isSelection: boolean,
): void {
  if (!(value instanceof Uint8Array)) throw fault('summary', 'bytes', value)
  const state = stateIn(value, { isSelection, isFresh: dim > MOST_FACTORED })
  const wanted = { dim, epsilon, p }
  for (const term of ['dim', 'epsilon', ...ATTENTION_TERMS] as const)
    if (state[term] !== wanted[term]) throw fault(term, `${wanted[term]}, as was asked`, state[term])
  const [only, more] = state.ranges
  const [rowStart, rowEnd] = [range.rowStart + rowOffset, range.rowEnd + rowOffset]
  if (more === undefined && only?.rowStart === rowStart && only.rowEnd === rowEnd) return
  throw fault('ranges', `[${rowStart}, ${rowEnd}]`, JSON.stringify(state.ranges))
}

function stateIn(bytes: Uint8Array, origin: SummaryOrigin): SummaryState {
  try {
    return summaryFrom(levFromBytes(bytes, 'its summary'), origin)
  } catch (error) {
    if (isLevError(error, 'Content'))
      throw new PartFault(error.message.replace(/; the file is not usable.*$/, ''))
    throw error
  }
}
