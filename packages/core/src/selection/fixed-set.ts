import type { Floats } from '../kernels/softmax-kernels.ts'

/** How a rule ranks keys, the largest score first; test/golden/softmax/README.md says what each means. */
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
  | { readonly full: true }
  | { readonly none: true }
  | {
      readonly rule: Rule
      /** N of each segment, or all where they are fewer. */
      readonly keep: number
      readonly seed?: number | undefined
    }
  | {
      readonly rule: 'leverage'
      /** The keys whose leverage is as large. */
      readonly epsilon: number
    }
  /** The N of the largest leverage. */
  | { readonly keep: number; readonly rule?: undefined; readonly seed?: number | undefined }
  | { readonly epsilon: number; readonly rule?: undefined }
  /** Row ids; -1 is skipped. */
  | { readonly ids: ArrayLike<number> }
  /** [n], the largest first. */
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
