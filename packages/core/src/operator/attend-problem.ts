import { optionText } from '../arguments/option-text.ts'
import { shown } from '../arguments/kind-of.ts'
import { ANY } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import type { LocalKeys } from '../attend/attend-terms.ts'
import { isPower, POWER } from '../attention/attention.ts'
import type { Visibility } from '../attention/visibility.ts'
import { softmaxScaleOf } from '../attention/scale-option.ts'
import { visibilityOf } from '../attention/visibility-options.ts'
import { LevError } from '../errors/errors.ts'
import { type NamedSet, namedSet } from '../selection/fixed-set.ts'
import { requireFixedSet } from '../selection/require-fixed-set.ts'
import type { AnyAttendOptions } from './attend-options.ts'
import { localKeysOf, requireExtras } from './require-extras.ts'

/** Attention as it is asked for, every default filled in. Plain data. */
export interface AttendProblem {
  readonly visibility: Visibility
  /** z = scale <q, k>; 1 of `power`. */
  readonly scale: number
  /** Of weights |<q, k>|^p; absent: softmax. */
  readonly p?: number
  readonly set: NamedSet
  readonly local?: LocalKeys
  readonly sinkTokens: number
  readonly restClusters?: number
  readonly seed?: number
}

interface Shape {
  readonly keyCount: number
  readonly queryCount: number
  readonly dim: number
}

/** Checked where they are used. */
const SELECTION = {
  rule: ANY,
  keep: ANY,
  full: ANY,
  none: ANY,
  ids: ANY,
  scores: ANY,
  epsilon: ANY,
  seed: ANY,
  local: ANY,
  sinkTokens: ANY,
  restClusters: ANY,
  grid: ANY,
}

/**
 * What `options` ask of queries [m, d] and keys [n, d]. Throws Option where they exclude one another, say less than is needed, or do
 * not fit the shapes; Content for row ids beyond the keys.
 */
export function attendProblem(options: AnyAttendOptions, shape: Shape): AttendProblem {
  const { keyCount, queryCount, dim } = shape
  requireSelection(options.selection)
  const { local, sinkTokens = 0, restClusters, grid, seed, ...given } = options.selection
  const set = seededSet(namedSet(given), seed, restClusters !== undefined)
  requireFixedSet(set, keyCount)
  requireExtras({ ...options.selection, ...set }, keyCount)
  const weights = weightsOf(options, dim)
  if (weights.p !== undefined && restClusters !== undefined)
    throw excluded('restClusters', 'is of softmax: clusters stand in for keys by such weights; leave it out')
  const keys = localKeysOf({ local, grid })
  const usesPositions = local !== undefined
  return {
    visibility: visibilityOf(options, { keyCount, queryCount, usesPositions }),
    ...weights,
    set,
    sinkTokens,
    ...(keys && { local: keys }),
    ...(restClusters !== undefined && { restClusters }),
    ...(seed !== undefined && { seed }),
  }
}

/** Clusters take a seed beside sets that have none. */
function seededSet(set: NamedSet, seed: number | undefined, hasClusters: boolean): NamedSet {
  const isOfOthers = hasClusters && !('rule' in set)
  return seed === undefined || isOfOthers ? set : { ...set, seed }
}

/** Throws Option where there is none, or it has other names. */
function requireSelection(selection: unknown): void {
  if (selection === undefined || selection === null) {
    const message =
      "attend: selection is not given; say which keys are attended to, as in `selection: { rule: 'leverage', keep: 32 }`"
    throw refused('selection', message)
  }
  requireOptions<object>('attend: selection', SELECTION, selection)
}

function weightsOf(
  { attention, scale, p }: AnyAttendOptions,
  dim: number,
): Pick<AttendProblem, 'scale' | 'p'> {
  if (attention !== undefined && attention !== 'softmax' && attention !== 'power')
    throw refused('attention', `attention is ${shown(attention)}; it must be 'softmax' or 'power'`)
  if (attention === 'power') {
    if (scale !== undefined)
      throw excluded('scale', 'is of softmax, and weights |q.k|^p are the same at every scale; leave it out')
    if (p !== undefined && !isPower(p))
      throw refused('p', `${optionText('p')} is ${shown(p)}; it must be ${POWER.wanted}`)
    return { scale: 1, p: p ?? 2 }
  }
  if (p !== undefined) throw excluded('p', `is of weights |q.k|^p: add ${optionText('attention', 'power')}`)
  return { scale: softmaxScaleOf({ scale }, dim) }
}

/** z = `scale` <q, k> of the softmax that rules take which read queries; of `power` too, where undefined is their own, 1/sqrt(d). */
export function selectionScale({ scale, p }: Pick<AttendProblem, 'scale' | 'p'>): number | undefined {
  return p === undefined ? scale : undefined
}

function excluded(option: 'scale' | 'p' | 'restClusters', why: string): LevError {
  return refused(option, `${optionText(option)} ${why}`)
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
