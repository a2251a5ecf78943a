import type { Floats } from '../kernels/softmax-kernels.ts'

/**
 * How a rule ranks keys, the largest score first, ties by row id (to the letter: test/golden/softmax/README.md).
 *
 * - `leverage`: leverage scores, to 9 decimals.
 * - `norm-max`, `norm-min`: the largest or smallest |k|.
 * - `random`: by `seed`.
 * - `query-moments`: mu.k + kᵀ Sigma k / 2, with mean and covariance of scale q.
 * - `sampled-queries`: the sum of a key's shares over 32 queries.
 * - `accumulated`: the same over all queries.
 * - `kmeans`: the key nearest to each of N centres.
 */
export type Rule =
  | 'leverage'
  | 'norm-max'
  | 'norm-min'
  | 'random'
  | 'query-moments'
  | 'sampled-queries'
  | 'accumulated'
  | 'kmeans'

export const RULES: readonly Rule[] = [
  'leverage',
  'norm-max',
  'norm-min',
  'random',
  'query-moments',
  'sampled-queries',
  'accumulated',
  'kmeans',
]

/** Which keys every query attends to: within each segment, of those that take part. */
export type FixedSet =
  /** All keys. */
  | { readonly full: true }
  /** None: local and first keys alone. */
  | { readonly none: true }
  /** The N that the rule ranks highest, of each segment, or all where they are fewer. `seed`: of rules that draw; default 1. */
  | { readonly rule: Rule; readonly keep: number; readonly seed?: number | undefined }
  /** The keys of leverage epsilon or more. */
  | { readonly rule: 'leverage'; readonly epsilon: number }
  /** The N of the largest leverage. */
  | { readonly keep: number; readonly rule?: undefined; readonly seed?: number | undefined }
  /** The keys of leverage epsilon or more. */
  | { readonly epsilon: number; readonly rule?: undefined }
  /** These row ids; -1 is skipped. */
  | { readonly ids: ArrayLike<number> }
  /** The N of the largest scores [n]. */
  | { readonly scores: Floats; readonly keep: number }

/** The same, its rule named. */
export type NamedSet = Extract<
  FixedSet,
  | { readonly full: unknown }
  | { readonly none: unknown }
  | { readonly rule: Rule }
  | { readonly ids: unknown }
  | { readonly scores: unknown }
>

export const DEFAULT_SEED = 1

/** Whether the rule looks at queries. */
export function readsQueries(set: NamedSet): boolean {
  return 'rule' in set && ['query-moments', 'sampled-queries', 'accumulated'].includes(set.rule)
}

/** `given` with its rule, and without what is undefined; it may still be no fixed set. */
export function namedSet(given: FixedSet): NamedSet {
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const names = Object.keys(fields)
  const isNamed = names.some((name) => ['full', 'none', 'ids', 'scores', 'rule'].includes(name))
  const isOfLeverage = !isNamed && (names.includes('keep') || names.includes('epsilon'))
  return { ...(isOfLeverage && { rule: 'leverage' }), ...fields } as NamedSet
}
