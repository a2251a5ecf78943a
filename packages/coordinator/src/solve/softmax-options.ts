import { LevError } from '@levattention/core/internal'
import type { SoftmaxPairsOptions } from '../problem/softmax-problem.ts'
import { requireQueriesSeen, type SeenFiles } from '../problem/seen-rows.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'

/** What a run asks of softmax; without `attention: 'softmax'` it is about |q.k|^p. */
export interface SoftmaxRunOptions
  extends VisibilityFiles, Pick<SoftmaxPairsOptions, 'scale' | 'top' | 'precision'> {
  readonly attention?: 'power' | 'softmax' | undefined
}

/** Options of |q.k|^p and of its sets of keys, and why softmax has none. */
const OF_POWER: readonly (readonly [name: string, option: string, why: string])[] = [
  ['p', 'p', 'it is the exponent of |q.k|^P'],
  [
    'keep',
    'keep',
    'it is about the keys of a universal set, and softmax has none; --top N is about those of each query',
  ],
  ['universal', 'universal', 'softmax has no universal set'],
  ['method', 'method', 'softmax pairs are exact, of all keys'],
  ['delta', 'delta', 'softmax pairs are exact, of all keys'],
  ['seed', 'seed', 'nothing is drawn'],
  ['sign', 'sign', 'softmax tells q.k from -q.k by itself'],
  ['scores', 'scores', 'softmax scores are exact, of all keys'],
  ['passes', 'passes', 'no keys are weighed'],
  ['tighten', 'tighten', 'there are no bounds to lower'],
]

/** Options of softmax alone. */
const OF_SOFTMAX: readonly (readonly [name: string, option: string])[] = [
  ['scale', 'scale'],
  ['top', 'top'],
  ['precision', 'precision'],
  ['slidingWindow', 'sliding-window'],
]

/** What the options of a run say, whatever they are. */
type AnyOptions = object & {
  readonly keys?: readonly string[]
  readonly queries?: readonly string[]
}

/** Throws Option for an option of |q.k|^p, and where keys or queries are not named as files. */
export function requireSoftmaxOptions(options: AnyOptions): void {
  const given = OF_POWER.find(([name]) => isGiven(options, name))
  if (given !== undefined) {
    const [, option, why] = given
    throw new LevError('Option', `--${option} with --attention softmax: ${why}; leave it out`, { option })
  }
  const { keys = [], queries = [] } = options
  if (keys.includes('-') || queries.includes('-')) {
    const message =
      'softmax reads all keys for each batch of queries, and - can be read only once; name files'
    throw new LevError('Option', message, { option: keys.includes('-') ? 'keys' : 'queries' })
  }
  if (queries.length > 0) return
  const message =
    'no queries: softmax attention is of queries and keys, which differ; name them with --queries, the same file twice for a matrix with itself'
  throw new LevError('Option', message, { option: 'queries' })
}

/** Throws Option for an option of softmax where the attention is |q.k|^p. */
export function requirePowerOptions(options: AnyOptions & SeenFiles): void {
  const given = OF_SOFTMAX.find(([name]) => isGiven(options, name))
  if (given === undefined) {
    requireQueriesSeen(options)
    return
  }
  const [, option] = given
  const message = `--${option} is of softmax attention; add \`--attention softmax\`, or leave it out`
  throw new LevError('Option', message, { option })
}

function isGiven(options: object, name: string): boolean {
  const value = (options as Readonly<Record<string, unknown>>)[name]
  return value !== undefined && value !== false
}
