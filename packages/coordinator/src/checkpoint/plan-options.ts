import { isEpsilon, isPower } from '@levattention/core/internal'
import type { RunJob } from './plan-fields.ts'

type Test = (value: unknown) => boolean

const count =
  (least: number): Test =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least
const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value)
const above =
  (least: number, most: number): Test =>
  (value) =>
    typeof value === 'number' && value > least && value <= most
const rows: Test = (value) =>
  typeof value === 'object' &&
  value !== null &&
  'rowStart' in value &&
  'rowEnd' in value &&
  count(0)(value.rowStart) &&
  count(1)(value.rowEnd) &&
  Number(value.rowStart) < Number(value.rowEnd)
const text: Test = (value) => typeof value === 'string' && value !== ''
const digest: Test = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const names: Test = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')

/** What each option of a plan may be. */
const TESTS = {
  keys: (value: unknown) => names(value) && (value as unknown[]).length > 0,
  queries: names,
  concat: oneOf(true),
  dtype: oneOf('f16', 'bf16', 'f32', 'f64'),
  cols: count(1),
  offset: count(0),
  order: oneOf('C', 'F'),
  columns: text,
  header: oneOf('yes', 'no'),
  id: text,
  dropMissing: oneOf(true),
  shards: count(1),
  shardRows: count(1),
  fanIn: count(2),
  p: isPower,
  passes: count(1),
  epsilon: isEpsilon,
  keep: count(1),
  causal: oneOf(true),
  method: oneOf('exact', 'sketch'),
  delta: above(0, 1),
  tighten: oneOf(true),
  seed: count(0),
  queryBatches: count(1),
  queryStart: count(0),
  scores: oneOf('exact', 'interval', 'estimate'),
  sign: oneOf('both', 'positive'),
  rows: count(1),
  attention: oneOf('softmax'),
  scale: above(0, Number.MAX_VALUE),
  top: count(1),
  precision: oneOf('f32', 'f64'),
  segment: count(1),
  slidingWindow: count(1),
  keyRows: rows,
  queryRows: rows,
  keyMaskFile: text,
  queryMaskFile: text,
  keyMaskDigest: digest,
  queryMaskDigest: digest,
} as const satisfies Record<string, Test>

export type PlanOptionName = keyof typeof TESTS

const CUT = ['shards', 'shardRows', 'fanIn'] as const
const READ = ['concat', 'dtype', 'cols', 'offset', 'order', 'columns', 'header', 'id', 'dropMissing'] as const
const WEIGHED = ['p', 'passes'] as const
const CHOSEN = ['epsilon', 'keep', 'causal', 'method', 'delta', 'tighten'] as const
const OF_KEYS = ['keyRows', 'keyMaskFile', 'keyMaskDigest'] as const
const OF_SOFTMAX = ['attention', 'scale', 'top', 'precision', 'segment', 'slidingWindow'] as const
const SEEN = [
  'keyRows',
  'queryRows',
  'keyMaskFile',
  'queryMaskFile',
  'keyMaskDigest',
  'queryMaskDigest',
] as const

/** Options that decide the result, by job. Whatever else there is (workers, outputs) is no part of a plan. */
export const DECIDING: Readonly<Record<RunJob, readonly PlanOptionName[]>> = {
  run: [
    ...READ,
    ...CUT,
    ...WEIGHED,
    ...CHOSEN,
    ...OF_SOFTMAX,
    ...SEEN,
    'seed',
    'queryBatches',
    'queryStart',
    'scores',
    'sign',
  ],
  build: [...READ, ...CUT, ...WEIGHED, ...CHOSEN, ...OF_KEYS, 'seed'],
  scores: [...READ, ...CUT, ...WEIGHED, ...OF_KEYS],
  sample: [...READ, ...OF_KEYS, 'shards', 'shardRows', 'rows', 'seed'],
}

/** The first option of `options` that no plan of `job` has, or not with this value. */
export function oddOption(job: RunJob, options: Readonly<Record<string, unknown>>): string | undefined {
  const known: readonly string[] = ['keys', 'queries', ...DECIDING[job]]
  const isOdd = ([name, value]: [string, unknown]) =>
    !known.includes(name) || !TESTS[name as PlanOptionName](value)
  const missing = ['keys', 'queries'].find((name) => !(name in options))
  return missing ?? Object.entries(options).find(isOdd)?.[0]
}

/** Whether a plan with these options is about softmax, whose answers come from all keys: there is no set of them to find. */
export function isOfSoftmax({ attention }: { readonly attention?: unknown }): boolean {
  return attention === 'softmax'
}
