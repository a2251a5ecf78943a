import { kindOf, shown } from '../arguments/kind-of.ts'
import { countFrom, NUMBER, oneOf, type OptionKinds } from '../arguments/option-kinds.ts'
import { requireOptions } from '../arguments/require-options.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import type { KeySummaryTerms } from './summary-state.ts'
import { attentionOf, isQuadratic } from '../attention/attention.ts'

const TERM_KINDS: OptionKinds<KeySummaryTerms> = {
  dim: NUMBER,
  epsilon: NUMBER,
  p: NUMBER,
  rowStart: countFrom(0),
  form: oneOf('gram', 'triangular'),
  policy: oneOf('whole', 'prefix'),
  seed: countFrom(0),
}

/** Throws Option unless a summary can have these terms. */
export function requireTerms(terms: KeySummaryTerms): void {
  requireOptions('KeySummary', TERM_KINDS, terms)
  const { dim, epsilon, p, policy } = terms
  const complain = (option: string, message: string) => new LevError('Option', message, { option })
  if (!(Number.isInteger(dim) && dim >= 1 && dim <= MAX_COLS))
    throw complain('dim', `dim is ${shown(dim)}; 1 to ${MAX_COLS} columns are possible`)
  if (!(epsilon > 0 && epsilon <= 1))
    throw complain('epsilon', `epsilon is ${shown(epsilon)}; it must be in (0, 1]`)
  if (epsilon < LEAST_EPSILON) {
    const message = `epsilon is ${epsilon}; it must be at least ${LEAST_EPSILON}, or thresholds underflow`
    throw complain('epsilon', message)
  }
  const attention = attentionOf(p)
  // Weights of a prefix are fixed as rows arrive, by rows of their own chunk too: bounds by them would use later rows.
  if (policy === 'prefix' && !isQuadratic(attention)) {
    const message = `p is ${p}; policy 'prefix' (causal) is for p = 2 in a summary: build causal sets of other p from files`
    throw complain('policy', message)
  }
}

/** Throws Option where `epsilon` is no threshold that a summary for `least` serves. */
export function requireServed(epsilon: number, least: number): void {
  if (typeof epsilon === 'number' && epsilon >= least && epsilon <= 1) return
  const message = `epsilon is ${shown(epsilon)}; this summary serves ${least} to 1`
  throw new LevError('Option', message, { option: 'epsilon' })
}

/** Throws Option for anything but kernels. */
export function requireKernels(value: Kernels): void {
  if (typeof (value as Partial<Kernels> | null)?.addGram === 'function') return
  throw new LevError('Option', `kernels is ${kindOf(value)}; leave it out`)
}

/** Throws Option for anything but a summary of this copy of the library. */
export function requireSummary(value: unknown, isOurs: (value: object) => boolean): void {
  if (typeof value === 'object' && value !== null && isOurs(value)) return
  const foreign = typeof (value as { toBytes?: unknown } | null | undefined)?.toBytes === 'function'
  const advice = foreign
    ? 'a summary of another copy of the library; take it as KeySummary.fromBytes(other.toBytes())'
    : `${kindOf(value)}; a KeySummary is needed`
  throw new LevError('Option', `merge: other is ${advice}`)
}
