import type { OptionKind } from '../arguments/option-kinds.ts'
import { LevError } from '../errors/errors.ts'

/**
 * How a dot x = q.k becomes a weight, of whose sum over the keys a key's attention is a share: |x|^p.
 *
 * Softmax enters here, as a second kind with a `scale`: with its name, its header fields and what makes two of it the same.
 * The compiler then names all that takes a p for granted.
 */
export interface Attention {
  readonly kind: 'power'
  readonly p: number
}

/** Of an attention, or of what carries its p as a field of its own: sets, summaries, factors, headers of files. */
export type OfPower = Pick<Attention, 'p'>

/** What two attentions share where they are the same; headers and options have these names. */
export const ATTENTION_TERMS = ['p'] as const satisfies readonly (keyof OfPower)[]

/** What p may be, as files say it. */
export const ANY_POWER = 'a number above 0'

export function isPower(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && Number.isFinite(value)
}

/** p as an option of a call. */
export const POWER: OptionKind = { wanted: `${ANY_POWER}, for instance 2`, holds: isPower }

/** The attention of an option's p. Throws Option unless it is a number above 0. */
export function attentionOf(p = 2): Attention {
  if (isPower(p)) return { kind: 'power', p }
  throw new LevError('Option', `p is ${p}; it must be ${POWER.wanted}`, { option: 'p' })
}

/** What summaries and headers of files call it. */
export function attentionName({ p }: OfPower): string {
  return `|q.k|^${p}`
}

export function sameAttention(a: OfPower, b: OfPower): boolean {
  return ATTENTION_TERMS.every((term) => a[term] === b[term])
}

/**
 * Whether weights are squares, p = 2: row sums are then qᵀGq, and the Gram alone decides which keys are kept, with which
 * score and mass. Of any other p keys are weighed to be bounded, and exact scores take sums over all keys.
 */
export function isQuadratic({ p }: OfPower): boolean {
  return p === 2
}

/** e of |U| <= d^e / epsilon (theory.md section 2). */
export function sizeExponent({ p }: OfPower): number {
  return Math.max(1, p / 2)
}

/** d^e of the same, as texts show it. */
export function sizeText(attention: OfPower): string {
  const exponent = sizeExponent(attention)
  return exponent === 1 ? 'd' : `d^${exponent}`
}
