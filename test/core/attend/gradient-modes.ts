// Every way to choose keys and to see them under which gradients are tried: a head of M queries and N keys.
import type { Floats } from '@levattention/core'
import { attendWithGradientInMemory, type Kernels } from '@levattention/core/internal'
import { gaussian } from '../../support/matrices.ts'
import { type OracleAttendOptions, type OracleAttended } from '../../support/softmax/attend.ts'
import { optionsOf } from '../../support/softmax/attend-product.ts'
import { visibleKeys } from '../../support/softmax/head.ts'
import { denseOf, type Element } from '../../support/softmax/product.ts'
import { selectRow } from '../../support/softmax/selection.ts'

export const [M, N, D, DV] = [28, 31, 15, 16] as const

const oneOf = (count: number, period: number) =>
  Array.from({ length: count }, (_, i) => (i % period === 1 ? 0 : 1))
const causal = { causal: true, queryStart: N - M }
const keyMask = oneOf(N, 4)
const queryMask = oneOf(M, 5)
const scores = Float64Array.from({ length: N }, (_, key) => (key * 7) % 11)
const rules = [
  'leverage',
  'norm-max',
  'norm-min',
  'random',
  'query-moments',
  'sampled-queries',
  'accumulated',
  'kmeans',
] as const

export const MODES: readonly (readonly [name: string, options: OracleAttendOptions])[] = [
  ['full', { selection: { full: true } }],
  ['full, a scale of its own', { scale: 0.7, selection: { full: true } }],
  ...rules.map((rule) => [rule, { selection: { rule, keep: 6 } }] as const),
  ['leverage by epsilon', { selection: { rule: 'leverage', epsilon: 0.5 } }],
  ['ids', { selection: { ids: [[3, 5, -1, 30]] } }],
  ['scores', { selection: { scores: [scores], keep: 5 } }],
  ['local alone', { queryStart: 1, selection: { none: true, local: 2 } }],
  ['first keys alone', { selection: { none: true, sinkTokens: 3 } }],
  [
    'local, first and ranked keys',
    { queryStart: 1, selection: { rule: 'norm-max', keep: 5, local: 1, sinkTokens: 2 } },
  ],
  [
    'a grid behind a prefix token',
    { selection: { rule: 'norm-max', keep: 4, local: 2, grid: { height: 5, width: 6, prefixTokens: 1 } } },
  ],
  ['causal, full', { ...causal, selection: { full: true } }],
  ['causal, own keys where no other is seen', { ...causal, queryStart: 0, selection: { ids: [[9, 20]] } }],
  ['causal, local', { ...causal, selection: { rule: 'leverage', keep: 5, local: 2 } }],
  ['sliding window', { ...causal, slidingWindow: 5, selection: { full: true } }],
  ['sliding window, selected', { ...causal, slidingWindow: 9, selection: { rule: 'norm-max', keep: 6 } }],
  ['segments', { queryStart: 0, segment: 8, selection: { rule: 'leverage', keep: 3 } }],
  ['causal segments', { causal: true, queryStart: 0, segment: 8, selection: { full: true } }],
  ['masks', { keyMask, queryMask, selection: { rule: 'leverage', keep: 6 } }],
  ['masks, full', { keyMask, queryMask, selection: { full: true } }],
  ['masks, causal, local', { ...causal, keyMask, queryMask, selection: { none: true, local: 1 } }],
  ['nothing seen', { keyMask: oneOf(N, 1).map(() => 0), selection: { full: true } }],
]

/** Logits of a few units; exact in float32. */
export function headOf(seed = 1) {
  const of = (rows: number, cols: number, number: number) => {
    const matrix = gaussian(rows, cols, seed + number)
    return { ...matrix, data: matrix.data.map(Math.fround) }
  }
  return { queries: of(M, D, 1), keys: of(N, D, 2), values: of(N, DV, 3) }
}

export function slopesOf(seed = 1): Float64Array {
  return gaussian(M, DV, seed + 9).data.map(Math.fround)
}

/** The keys of each query, by the oracle. */
export function selectedBy(options: OracleAttendOptions, { keyIds }: OracleAttended): number[][] {
  const chosen = new Set(keyIds)
  return Array.from({ length: M }, (_, i) => [
    ...selectRow(i, visibleKeys(options, i, N), chosen, options, options.selection).ids,
  ])
}

/** The product's forward, whose gradient may be asked. */
export function attended(
  head: ReturnType<typeof headOf>,
  element: Element,
  options: OracleAttendOptions,
  answer: OracleAttended,
  kernels: Kernels,
) {
  const heads = { queries: [head.queries], keys: [head.keys], values: [head.values] }
  const asked = optionsOf({ heads, element, options }, 0, answer)
  const { queries, keys, values } = head
  const dense = {
    queries: denseOf(queries, element),
    keys: denseOf(keys, element),
    values: denseOf(values, element),
  }
  return { asked, dense, ...attendWithGradientInMemory(dense, asked, kernels) }
}

export function largest(values: Floats): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}
