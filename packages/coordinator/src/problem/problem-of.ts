import {
  attentionOf,
  counted,
  type ErrorPlace,
  LevError,
  matrixName,
  matrixPlace,
  type MatrixSource,
  type OfPower,
  optionText,
  sameAttention,
  type UniversalSet,
  transposedAddress,
} from '@levattention/core/internal'
import {
  AttentionProblem,
  DEFAULT_EPSILON,
  type ProblemOptions,
  readsAllKeys,
  type Rows,
} from './attention-problem.ts'
import { estimateOf, requireEstimable } from './estimate-options.ts'
import { maskOf } from './mask-options.ts'

/** The problem of queries [m, d] on keys [n, d], or of the keys' universal set alone. Throws Option as `maskOf` and `attentionOf`. */
export function problemOf<Keys extends Rows, Queries extends Rows | undefined>(
  options: ProblemOptions,
  keys: Keys,
  queries: Queries,
): AttentionProblem<Keys, Queries> {
  const { p, epsilon = DEFAULT_EPSILON, keep, scores, sign = 'both' } = options
  const mask = maskOf(options, keys.rows, queries?.rows ?? 0)
  const { rows: rowCount, cols: dim } = keys
  const attention = attentionOf(p)
  const estimate = estimateOf(options)
  return new AttentionProblem({
    rowCount,
    dim,
    keys,
    queries,
    mask,
    attention,
    epsilon,
    keep,
    scores,
    estimate,
    sign,
  })
}

/**
 * The problem of queries [m, d] on the keys of a set, which says p, whether it is causal, and the least epsilon. `keys`: where
 * they can be read again; without them scores are intervals. Throws Option as `maskOf`.
 */
export function problemOfSet<Queries extends MatrixSource | undefined>(
  { rowCount, dim, p, prefixes, epsilon: least }: UniversalSet,
  { epsilon = least, scores, sign = 'both', queryStart, delta, seed }: ProblemOptions,
  keys: MatrixSource | undefined,
  queries: Queries,
): AttentionProblem<MatrixSource | undefined, Queries> {
  const mask = maskOf({ causal: prefixes !== undefined, queryStart }, rowCount, queries?.rows ?? 0)
  const estimate = keys ? estimateOf({ scores, delta, seed }) : undefined
  const told = { scores: keys ? scores : 'interval', estimate, sign, keep: undefined } as const
  const attention = attentionOf(p)
  return new AttentionProblem({ rowCount, dim, keys, queries, mask, attention, epsilon, ...told })
}

/** Throws Option where options of a problem contradict one another, whatever its keys and queries are. */
export function requireProblem({ epsilon, keep, p, scores, causal, segment }: ProblemOptions): void {
  requireEstimable({ scores, p, causal, segment })
  requireOneOf({ epsilon, keep })
  requireScores(scores, p)
  requireExactScores(causal, scores)
}

/** Throws Option where both --epsilon and --keep say how many keys to keep. */
export function requireOneOf({ epsilon, keep }: Pick<ProblemOptions, 'epsilon' | 'keep'>): void {
  if (epsilon === undefined || keep === undefined) return
  const message = '--epsilon and --keep both say which keys are kept; give one of them'
  throw new LevError('Option', message, { option: 'keep' })
}

/** Throws Option where certified intervals are asked for p = 2, whose scores are always exact. */
export function requireScores(scores: ProblemOptions['scores'], p?: number): void {
  if (scores !== 'interval' || readsAllKeys({ scores: 'exact', p })) return
  const message = `${optionText('scores', 'interval')} is for p other than 2: scores of p = 2 are exact without reading the keys again`
  throw new LevError('Option', message, { option: 'scores' })
}

/** Throws Option for what a causal search does not do: certified intervals. */
export function requireExactScores(causal: boolean | undefined, scores: ProblemOptions['scores']): void {
  if (!causal || scores !== 'interval') return
  const message =
    `${optionText('scores', 'interval')} needs one universal set for all queries; ` +
    `with ${optionText('causal')} scores are exact: leave it out`
  throw new LevError('Option', message, { option: 'scores' })
}

/**
 * Throws Option where `p` is asked for, and what `file` names ('but u.lev') was built for another attention; `again`: what to do
 * to have that.
 */
export function requireBuiltFor(own: OfPower, p: number | undefined, file: string, again: string): void {
  if (p === undefined || sameAttention(own, { p })) return
  const message = `--p is ${p}, ${file} was built for p = ${own.p}; leave --p out, or ${again}`
  throw new LevError('Option', message, { option: 'p' })
}

/** Rows that come to others, and how they are called. */
interface NamedRows {
  readonly name: string
  readonly place: ErrorPlace
  readonly cols: number
  /** The address that fits in place of one of the two. */
  readonly advice?: string | undefined
}

/** Throws Content unless `rows` [r, d] have the d of the others, of which `others` tells: ' and K.npy (keys) 4'. */
export function requireDim({ name, place, cols, advice }: NamedRows, dim: number, others: string): void {
  if (cols === dim) return
  const fits = advice === undefined ? '' : `; \`${advice}\`, its columns as rows, fits`
  const message = `${name} has ${counted(cols, 'column')}${others}; both need the same d${fits}`
  throw new LevError('Content', message, place)
}

/** Throws Content where queries [m, d] and keys [n, d], which `others` tells of, have different d; `turned`: the one whose columns fit. */
export function requireQueryDim(
  queries: MatrixSource,
  dim: number,
  others: string,
  turned = queries.rows === dim ? queries : undefined,
): void {
  if (queries.cols === dim) return
  const name = `${matrixName(queries)} (queries)`
  const advice = turned && transposedAddress(turned)
  const place = { ...matrixPlace(queries), input: 'queries' as const }
  requireDim({ name, place, cols: queries.cols, advice }, dim, others)
}

/** Throws Content where queries [m, d] and keys [n, d] have different d. */
export function requireSameDim(keys: MatrixSource, queries: MatrixSource): void {
  const others = ` and ${matrixName(keys)} (keys) ${keys.cols}`
  requireQueryDim(queries, keys.cols, others, keys.rows === queries.cols ? keys : undefined)
}

/** Throws Option where `epsilon` is below the one that the set was made for. */
export function requireCovers(universal: UniversalSet, epsilon: number): void {
  if (epsilon >= universal.epsilon) return
  const message = `epsilon is ${epsilon}, but this universal set covers only epsilon >= ${universal.epsilon}; build it again with ${optionText('epsilon', epsilon)}`
  throw new LevError('Option', message, { option: 'epsilon' })
}

/** Throws Option where the set is causal: a session answers for queries that see all keys, and reads none. */
export function requireNoPrefixes({ prefixes }: UniversalSet): void {
  if (prefixes === undefined) return
  const message =
    'this universal set is causal: heavyAttentions with keys searches it, a session serves queries that see all keys'
  throw new LevError('Option', message)
}

/** Throws Content where queries or keys do not fit the universal set. */
export function requireShapes(universal: UniversalSet, queries: MatrixSource, keys?: MatrixSource): void {
  requireQueryDim(queries, universal.dim, `, the keys ${universal.dim}`)
  if (keys && (keys.cols !== universal.dim || keys.rows !== universal.rowCount)) {
    const message = `${matrixName(keys)} (keys) is [${keys.rows}, ${keys.cols}], but this universal set was built from [${universal.rowCount}, ${universal.dim}]`
    throw new LevError('Content', message, { ...matrixPlace(keys), input: 'keys' })
  }
}
