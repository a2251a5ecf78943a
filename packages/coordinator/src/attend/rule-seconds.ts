import type { NamedSet } from '@levattention/core/internal'

/** Multiply-adds a second of one core. */
const RATE = 1e10
/** Of numbers that are drawn, compared or ranked. */
const NUMBER_RATE = 5e7
/** Queries of `sampled-queries`, and passes of a clustering over the keys, roughly. */
const [SAMPLED, CLUSTERINGS] = [32, 25] as const

type Rule = Extract<NamedSet, { readonly rule: unknown }>['rule']

interface Shape {
  /** n, d, and m queries for rules that look at them. */
  readonly rows: number
  readonly cols: number
  readonly queryRows: number
}

/** Seconds on one core that a rule takes to rank the keys, roughly; of k-means with `keep` centres. */
export function ruleSeconds(rule: Rule, { rows, cols, queryRows }: Shape, keep: number): number {
  return (rows * operationsAKey(rule, cols, queryRows, keep)) / RATE + (2 * rows) / NUMBER_RATE
}

/** Seconds of `count` clusters of the keys [n, d]. */
export function clusterSeconds({ rows, cols }: Omit<Shape, 'queryRows'>, count: number): number {
  return (CLUSTERINGS * rows * count * (cols + 10)) / RATE
}

function operationsAKey(rule: Rule, dim: number, queryRows: number, keep: number): number {
  const operations: Readonly<Record<Rule, number>> = {
    leverage: dim * (dim + 40),
    'query-moments': dim * (dim + 40),
    'sampled-queries': 2 * SAMPLED * (dim + 20),
    accumulated: 2 * queryRows * (dim + 20),
    kmeans: CLUSTERINGS * keep * (dim + 10),
    'norm-max': dim,
    'norm-min': dim,
    random: dim,
  }
  return operations[rule]
}
