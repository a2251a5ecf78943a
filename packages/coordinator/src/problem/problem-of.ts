import { LevError, type MatrixSource, optionText, type UniversalSet } from '@levattention/core/internal'
import { AttentionProblem, DEFAULT_EPSILON, type ProblemOptions, type Rows } from './attention-problem.ts'
import { maskOf } from './mask.ts'

/** The problem of queries [m, d] on keys [n, d], or of the keys' universal set alone. Throws Option as `maskOf`. */
export function problemOf<Keys extends Rows, Queries extends Rows | undefined>(
  options: ProblemOptions,
  keys: Keys,
  queries: Queries,
): AttentionProblem<Keys, Queries> {
  const { p = 2, epsilon = DEFAULT_EPSILON, keep, scores, sign = 'both' } = options
  const mask = maskOf(options, keys.rows, queries?.rows ?? 0)
  const { rows: rowCount, cols: dim } = keys
  return new AttentionProblem({ rowCount, dim, keys, queries, mask, p, epsilon, keep, scores, sign })
}

/**
 * The problem of queries [m, d] on the keys of a set, which says p, whether it is causal, and the least epsilon. `keys`: where
 * they can be read again; without them scores are intervals. Throws Option as `maskOf`.
 */
export function problemOfSet<Queries extends MatrixSource | undefined>(
  { rowCount, dim, p, prefixes, epsilon: least }: UniversalSet,
  { epsilon = least, scores, sign = 'both', queryStart }: ProblemOptions,
  keys: MatrixSource | undefined,
  queries: Queries,
): AttentionProblem<MatrixSource | undefined, Queries> {
  const mask = maskOf({ causal: prefixes !== undefined, queryStart }, rowCount, queries?.rows ?? 0)
  const ends = keys ? scores : 'interval'
  return new AttentionProblem({
    rowCount,
    dim,
    keys,
    queries,
    mask,
    p,
    epsilon,
    keep: undefined,
    scores: ends,
    sign,
  })
}

/** Throws Option where options of a problem contradict one another, whatever its keys and queries are. */
export function requireProblem({ epsilon, keep, p = 2, scores, causal }: ProblemOptions): void {
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
export function requireScores(scores: ProblemOptions['scores'], p: number): void {
  if (scores !== 'interval' || p !== 2) return
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
