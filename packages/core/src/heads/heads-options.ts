import { kindOf, shown } from '../arguments/kind-of.ts'
import { ANY } from '../arguments/option-kinds.ts'
import { optionText } from '../arguments/option-text.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { LevError } from '../errors/errors.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import type { Selection } from '../operator/attend-options.ts'
import { RULES } from '../selection/fixed-set.ts'

/** Heads of self-attention: queries and keys [rows, dim], values [rows, valueDim] each. */
export interface HeadsShape {
  /** Number of heads. */
  readonly heads: number
  /** n, at most 1,024. */
  readonly rows: number
  /** d: columns of queries and keys. */
  readonly dim: number
  /** Default: dim. */
  readonly valueDim?: number | undefined
}

/** Every width filled in. */
export interface WholeShape extends HeadsShape {
  readonly valueDim: number
}

/** What all heads attend to, and how. */
export interface HeadsOptions {
  /** So many keys by a rule, full, or none; with local keys, of a line or a grid. */
  readonly selection: Selection
  /** Default: 1/sqrt(dim). */
  readonly scale?: number | undefined
}

/** What `attend` computes together: so that sums of many rows have its order. */
export const MOST_HEAD_ROWS = 1024

/** With every width filled in. Throws ShapeMismatch where `shape` is none, or says something else too. */
export function wholeShape(shape: HeadsShape): WholeShape {
  if (typeof shape !== 'object' || shape === null) {
    const message = `attention of heads: its shape is ${kindOf(shape)}; give { heads, rows, dim }`
    throw new LevError('ShapeMismatch', message)
  }
  requireOptions<HeadsShape>(
    'attention of heads: shape',
    { heads: ANY, rows: ANY, dim: ANY, valueDim: ANY },
    shape,
  )
  const { heads, rows, dim, valueDim = dim } = shape
  return { heads, rows, dim, valueDim }
}

/** Throws ShapeMismatch and Option for what is not served; what a selection means is checked where it is used. */
export function requireHeads(shape: WholeShape, options: HeadsOptions): void {
  for (const name of ['heads', 'rows', 'dim', 'valueDim'] as const) {
    const count = shape[name]
    const most = name === 'rows' ? MOST_HEAD_ROWS : name === 'heads' ? Infinity : MAX_COLS
    if (Number.isSafeInteger(count) && count >= 1 && count <= most) continue
    const message = `attention of heads: ${name} is ${shown(count)}; it must be a whole number from 1${most < Infinity ? ` to ${most}` : ' on'}`
    throw new LevError('ShapeMismatch', message)
  }
  requireOptions<HeadsOptions>('attention of heads', { selection: ANY, scale: ANY }, options)
  const { rule, keep, restClusters } = Object(options.selection) as {
    rule?: unknown
    keep?: unknown
    restClusters?: unknown
  }
  if (rule !== undefined && (keep === undefined || !(RULES as readonly unknown[]).includes(rule)))
    throw refused(
      'rule',
      `attention of heads keeps so many keys by a rule (${RULES.join(', ')}): give rule and keep`,
    )
  if (restClusters !== undefined)
    throw refused('restClusters', `${optionText('restClusters')} has no gradient; leave it out`)
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
