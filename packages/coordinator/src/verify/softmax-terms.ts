import {
  type HeavyPairReader,
  LevError,
  type MatrixSource,
  type OptionName,
  optionText,
  type RowRange,
} from '@levattention/core/internal'
import { requireEpsilon } from '../plan/plan.ts'
import { requireSameMask } from '../problem/seen-rows.ts'
import { type SoftmaxPairsOptions, type SoftmaxProblem, softmaxProblem } from '../problem/softmax-problem.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'

/** What the options of a command say of softmax pairs, masks aside: their files are read once the matrices are open. */
export interface SoftmaxTermOptions extends Omit<SoftmaxPairsOptions, 'keyMask' | 'queryMask'> {
  readonly attention?: 'power' | 'softmax' | undefined
}

/** The masks that the options name, read. */
export type GivenMasks = Pick<SoftmaxPairsOptions, 'keyMask' | 'queryMask'>

type HeavyMeta = NonNullable<HeavyPairReader['meta']>
type Ranges = 'keyRows' | 'queryRows'

/** Options of softmax alone, and of |q.k|^p alone. */
const OF_SOFTMAX: Readonly<Record<string, OptionName>> = {
  scale: 'scale',
  top: 'top',
  precision: 'precision',
  slidingWindow: 'slidingWindow',
}
const OF_POWER: Readonly<Record<string, OptionName>> = { p: 'p', sign: 'sign' }

/** Whether a file holds pairs of softmax, by its meta, else by the options. Throws Option where they contradict one another. */
export function isAboutSoftmax(
  { meta, path }: HeavyPairReader,
  options: SoftmaxTermOptions & VisibilityFiles & { readonly p?: number | undefined },
): boolean {
  const { attention: given } = options
  const inFile =
    meta?.attention === undefined ? undefined : meta.attention === 'softmax' ? 'softmax' : 'power'
  if (inFile !== undefined && given !== undefined && inFile !== given) {
    const message = `${optionText('attention')} is ${given}, but ${path} is about ${meta?.attention}; leave ${optionText('attention')} out`
    throw new LevError('Option', message, { option: 'attention' })
  }
  const isSoftmax = (inFile ?? given) === 'softmax'
  const wrong = Object.entries(isSoftmax ? OF_POWER : OF_SOFTMAX).find(
    ([name]) => (options as Readonly<Record<string, unknown>>)[name] !== undefined,
  )
  if (wrong === undefined) return isSoftmax
  const [, option] = wrong
  const message = isSoftmax
    ? `${optionText(option)} is of |q.k|^P attention, and ${path} is about softmax; leave it out`
    : `${optionText(option)} is of softmax attention, and ${path} is not known to be about it; leave it out, or add ${optionText('attention', 'softmax')} for a .ndjson or .csv`
  throw new LevError('Option', message, { option })
}

/**
 * The problem that a file of softmax pairs claims to answer: by its own meta where it has one, else by the options; masks are given
 * again, and fit the digests of the meta. Throws Option (neither epsilon nor top is said, contradictions, masks that are missing or
 * others), Content (a meta that cannot be so).
 */
export function softmaxTerms(
  { meta, path, hasIntervals }: HeavyPairReader,
  options: SoftmaxTermOptions,
  masks: GivenMasks,
  keys: MatrixSource,
  queries: MatrixSource,
): SoftmaxProblem<MatrixSource, MatrixSource> {
  if (hasIntervals) {
    const message = `${path} has scoreLow and scoreHigh, and scores of softmax are exact`
    throw new LevError('Content', message, { file: path })
  }
  requireMasksOf(meta, masks, path)
  const said = meta === undefined ? options : metaTerms(meta, options, path)
  if (said.epsilon === undefined && said.top === undefined) {
    const message = `${path} does not say at which epsilon or top it was made; say it, as in ${optionText('epsilon', 0.01)}`
    throw new LevError('Option', message, { option: 'epsilon' })
  }
  if (said.epsilon !== undefined) requireEpsilon(said.epsilon)
  try {
    return softmaxProblem({ ...said, ...masks }, keys, queries)
  } catch (error) {
    if (meta === undefined || !(error instanceof LevError)) throw error
    throw new LevError('Content', `${path}: what its meta says cannot be: ${error.message}`, { file: path })
  }
}

/** A meta says all of its terms: what it does not say is not so. Throws Option where an option says otherwise. */
function metaTerms(meta: HeavyMeta, options: SoftmaxTermOptions, path: string): SoftmaxTermOptions {
  const { epsilon, top, scale, precision, causal, segment, slidingWindow } = meta
  const isPlaced = causal === true || segment !== undefined
  const said = {
    epsilon,
    top,
    scale,
    precision,
    causal,
    segment,
    slidingWindow,
    queryStart: isPlaced ? (meta.queryStart ?? 0) : undefined,
    keyRows: rangeOf(meta, 'keyRows'),
    queryRows: rangeOf(meta, 'queryRows'),
  }
  for (const name of Object.keys(said) as (keyof typeof said)[]) {
    const given = options[name]
    // A flag that is not given says nothing.
    if (given === undefined || given === false || shown(given) === shown(said[name])) continue
    const option = optionText(name)
    const message = `${option} is ${shown(given)}, but ${path} says ${shown(said[name])}; leave ${option} out`
    throw new LevError('Option', message, { option: name })
  }
  return said
}

function rangeOf(meta: HeavyMeta, name: Ranges): SoftmaxPairsOptions[Ranges] {
  const range = meta[name]
  return range && { rowStart: range[0], rowEnd: range[1] }
}

function shown(value: string | number | boolean | RowRange | undefined): string {
  if (value === undefined) return 'none'
  return typeof value === 'object' ? `${value.rowStart}:${value.rowEnd}` : String(value)
}

/** Throws Option where a mask is not the one that the meta tells the digest of. */
function requireMasksOf(meta: HeavyMeta | undefined, { keyMask, queryMask }: GivenMasks, path: string): void {
  if (meta === undefined) return
  requireSameMask('key', keyMask, meta.keyMaskDigest, path)
  requireSameMask('query', queryMask, meta.queryMaskDigest, path)
}
