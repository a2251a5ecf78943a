import {
  type Attention,
  type AttentionMask,
  HEAVY_FORMAT_VERSION,
  type HeaderRecord,
  type RowRanges,
  type ScoresMode,
  type SeenRows,
  attentionName,
  estimateDrawLimit,
  isQuadratic,
  isSeen,
  type OfPower,
} from '@levattention/core/internal'
import { momentUnits, usesFourthMoments } from '../plan/moments.ts'
import { type Outline, secondsOf } from './outline.ts'
import { type Guarantee, guaranteeHeader } from './guarantee.ts'
import type { EstimateChoice, EstimateOptions } from './estimate-options.ts'
import type { MaskOptions } from './mask-options.ts'
import { seenHeader } from './seen-rows.ts'

export const DEFAULT_EPSILON = 0.01

/** Which pairs are reported: all heavy ones, or those with q.k > 0. */
export type Sign = 'both' | 'positive'

/** What the options of any command or call say of a problem; the names are those of the options. */
export interface ProblemOptions extends MaskOptions, EstimateOptions {
  /** Attention threshold in (0, 1]; default 0.01. */
  readonly epsilon?: number | undefined
  /** Instead of epsilon: the N keys with the largest bounds. */
  readonly keep?: number | undefined
  /** Attention exponent of f(x) = |x|^p, any above 0; default 2. */
  readonly p?: number | undefined
  /**
   * p other than 2: exact scores (default where the keys are given), certified intervals where these settle a pair, or estimates, by which
   * none is missed but for a chance of delta.
   */
  readonly scores?: ScoresMode | undefined
  readonly sign?: Sign | undefined
}

/** A matrix, the heads of an array, or what else knows its shape. */
export interface Rows {
  readonly rows: number
  readonly cols: number
  /** Of a matrix: which of its rows are read, the others being zeros. */
  readonly spec?: SeenRows | undefined
}

/** What a summary says of a problem. */
export interface ProblemFacts {
  /** "|q.k|^2": never softmax. */
  readonly attention: string
  readonly n: number
  readonly d: number
  readonly p: number
  readonly epsilon: number
  readonly causal: boolean
  /** With a mask: the key at which the first query stands, where that is not 0. */
  readonly queryStart?: number
  /** Rows of a segment, where segments are a K and a Q of their own. */
  readonly segment?: number
  /** Where scores are estimates: by the draws of this seed. */
  readonly scores?: 'estimate'
  readonly seed?: number
}

type MaybeRows = Rows | undefined
type Fields<Keys extends MaybeRows, Queries extends MaybeRows> = Omit<
  AttentionProblem<Keys, Queries>,
  'queryCount' | 'hidesQuery' | 'knowsMass' | 'at' | 'between' | 'work' | 'outline' | 'facts' | 'header'
>

/**
 * What is asked: which queries Q [m, d] look at which keys K [n, d] (`mask`), by which `attention`, and which pairs
 * are wanted, with which scores. Made once from options, in problem-of.ts.
 *
 * - Where the keys come from is the command's: files, heads of an array, a stream, or a set of them on disk.
 * - How it is solved is said by `answersFor` (solve/solve.ts): U is found, given, or one for each segment, and answers batches.
 * - How the work is cut (shards, workers, kernels) changes no answer and is no part of it.
 * - Where the answers go is the command's again: a file, a folder of heads, the parts of a run folder, a count.
 *
 * So another attention changes core's attention.ts, `work` and the recipe's search; a mask of keys is a field of `mask`, and enters in
 * mask.ts; rows of values to attend to, or a share of mass to cover, are other ends of the same batches.
 */
export class AttentionProblem<Keys extends MaybeRows = MaybeRows, Queries extends MaybeRows = MaybeRows> {
  readonly rowCount: number // n
  readonly dim: number // d
  /** Where they can be read; undefined where U alone is left of them. */
  readonly keys: Keys
  /** Undefined where a universal set is all that is asked for. */
  readonly queries: Queries
  readonly mask: AttentionMask
  readonly attention: Attention
  readonly epsilon: number
  readonly keep: number | undefined
  readonly scores: ScoresMode | undefined
  /** With scores estimate: by which draws. */
  readonly estimate: EstimateChoice | undefined
  readonly sign: Sign

  constructor(fields: Fields<Keys, Queries>) {
    this.rowCount = fields.rowCount
    this.dim = fields.dim
    this.keys = fields.keys
    this.queries = fields.queries
    this.mask = fields.mask
    this.attention = fields.attention
    this.epsilon = fields.epsilon
    this.keep = fields.keep
    this.scores = fields.scores
    this.estimate = fields.estimate
    this.sign = fields.sign
  }

  get queryCount(): number {
    return this.queries?.rows ?? 0
  }

  /** Whether a query takes no part: its row is read as zeros. */
  hidesQuery(queryId: number): boolean {
    const { spec } = this.queries ?? {}
    return spec !== undefined && !isSeen(spec, queryId)
  }

  /** Whether a search knows the shares of mass inside U; none by sketches does. */
  get knowsMass(): boolean {
    return isQuadratic(this.attention) && !this.mask.causal
  }

  /** The same at the epsilon of a set that was found or given. */
  at(epsilon: number): AttentionProblem<Keys, Queries> {
    return new AttentionProblem<Keys, Queries>({ ...(this as Fields<Keys, Queries>), epsilon })
  }

  /** The same between other rows of the same shapes: one of several heads. */
  between<K extends Rows, Q extends Rows>(keys: K, queries: Q): AttentionProblem<K, Q> {
    return new AttentionProblem({ ...(this as Fields<Keys, Queries>), keys, queries })
  }

  /** Seconds on one core, roughly, where `keyCount` keys are read: it only decides whether threads are worth their start. */
  work(keyCount?: number): number {
    return secondsOf(this.outline(keyCount))
  }

  /** The same stage by stage: what is told of the time that is left rests on it. */
  outline(keyCount: number = this.keys?.rows ?? 0): Outline {
    const { rowCount, dim, queryCount, epsilon, mask, attention } = this
    const masked = mask.causal ? causalSeconds(rowCount, dim, queryCount, attention) : 0
    const scores = this.scores ?? (this.keys === undefined ? 'interval' : 'exact')
    const byMoments = usesFourthMoments(
      { rows: rowCount, cols: dim },
      { p: attention.p, scores, causal: mask.causal, queryCount },
    )
    const units = byMoments ? momentUnits({ rows: rowCount, cols: dim }, queryCount) : undefined
    const isDrawn = scores === 'estimate' && queryCount > 0
    const drawn = isDrawn ? queryCount * DRAWN_A_QUERY : 0
    const read = readsAllKeys({ scores, p: attention.p }) ? queryCount * rowCount : drawn
    const scored = units ? units.summing + units.querying : read
    const passes = isQuadratic(attention) ? 1 : WEIGHINGS
    const searched = searchSeconds(passes * keyCount, dim, queryCount, epsilon) + masked
    return {
      ...readings(keyCount, dim, attention),
      query: searched + (2 * scored * (dim + 20)) / 1e10 + (isDrawn ? drawSeconds(rowCount, dim) : 0),
    }
  }

  /** What a summary says of it: what does not apply is absent. */
  facts(): ProblemFacts {
    const { rowCount: n, dim: d, epsilon, mask, estimate } = this
    const { causal, queryStart, segment } = mask
    return {
      attention: attentionName(this.attention),
      n,
      d,
      p: this.attention.p,
      epsilon,
      causal,
      ...(queryStart > 0 ? { queryStart } : {}),
      ...(segment === undefined ? {} : { segment }),
      ...(estimate ? { scores: 'estimate', seed: estimate.seed } : {}),
    }
  }

  /**
   * The `meta` of a heavy .npz: what its numbers mean, and nothing of how or where they were made. `ranges`: the rows of
   * the keys, where these may be others than 0 to n - 1.
   */
  header(ranges: RowRanges = [], guarantee?: Guarantee): HeaderRecord {
    const { rowCount: n, attention, sign, scores, estimate, queryCount: m } = this
    return {
      formatVersion: HEAVY_FORMAT_VERSION,
      ...this.facts(),
      ...seenHeader(this.keys, this.queries),
      sign,
      m,
      // A part, or parts with a gap: ids go beyond n, and the matrix has more columns than n.
      ...((ranges.at(-1)?.rowEnd ?? n) === n
        ? {}
        : { rows: ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd]) }),
      ...(guarantee ? guaranteeHeader(guarantee) : {}),
      ...(!isQuadratic(attention) && scores === 'interval' ? { scores } : {}),
      // Where nothing was drawn nothing is left to chance.
      ...(estimate && guarantee?.guarantee.kind !== 'deterministic' ? { delta: estimate.delta } : {}),
    }
  }
}

/** Whether scores are sums over all keys, which then have to be read again. */
export function readsAllKeys({ scores, p = 2 }: Pick<ProblemOptions, 'scores' | 'p'>): boolean {
  return scores === 'exact' && !isQuadratic({ p })
}

/** Draws that the row sum of a query takes, roughly. */
export const DRAWN_A_QUERY = 4096
/** Readings of the keys by which they are weighed, p other than 2, against those of p = 2. */
const WEIGHINGS = 5

/** Draws from [n, d] keys: the pass, and to keep them, and to get them ready where a thread searches. */
function drawSeconds(n: number, d: number): number {
  return (3 * n * d * d) / 1e10 + 5e-8 * estimateDrawLimit(d, n) * (d + 20)
}

/** Of a factor of [d, d], against d³. */
const FACTOR_OPERATIONS = 20

/** Seconds on one core of the algebra of a factor of [n, d] keys. */
function factorSeconds(n: number, d: number): number {
  return (FACTOR_OPERATIONS * Math.min(n, d) * d * d) / 1e10
}

/** Finding U of [n, d] keys. Rates in operations a second: float64 kernels 1e10, the float32 filter 4e10. */
function readings(n: number, d: number, attention: OfPower): Outline {
  const once = (n * d * d) / 1e10
  const factor = factorSeconds(n, d)
  if (isQuadratic(attention)) return { map: 2 * once, reduce: factor, select: once }
  return { map: 2 * once, reduce: WEIGHINGS * factor, refine: (WEIGHINGS - 1) * 3 * once, select: once }
}

/** The heavy pairs of m queries. */
function searchSeconds(n: number, d: number, m: number, epsilon: number): number {
  return (8 * m * d * d) / 1e10 + (2 * m * d * Math.min(n, d / epsilon)) / 4e10
}

/** What a causal search adds: dots with the keys of a query's own block, or for p other than 2 with all that it sees. */
function causalSeconds(n: number, d: number, m: number, attention: Attention): number {
  return (m * d * (isQuadratic(attention) ? 512 : n)) / 1e10
}

/** Of finding the factor of [n, d] keys, and then scoring all of them. */
export function scoringOutline({ rows, cols }: Rows, p = 2): Outline {
  const once = (3 * rows * cols * cols) / 1e10
  const factor = factorSeconds(rows, cols)
  if (isQuadratic({ p })) return { map: once, reduce: factor, score: once }
  return { map: once, reduce: WEIGHINGS * factor, refine: (WEIGHINGS - 1) * once, score: once }
}

export function scoringSeconds(shape: Rows, p = 2): number {
  return secondsOf(scoringOutline(shape, p))
}
