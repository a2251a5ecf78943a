import { type Heads, kindOf, LevError, type MatrixSource } from '@levattention/core/internal'

/** A matrix, or the heads of an array: query head h is served by key head floor(h Hk / Hq). */
export type Source = MatrixSource | Heads

/** Which query head an answer is about. */
export interface HeadIndex {
  /** Flat, over the leading axes in the order of the file; 0 of a matrix. */
  readonly index: number
  /** Of the keys' heads the one that serves it. */
  readonly keyHead: number
  /** Its index on each leading axis; none of a matrix. */
  readonly leading: readonly number[]
}

export function isHeads(source: Source): source is Heads {
  return typeof source === 'object' && source !== null && 'headCount' in source
}

/** The opened matrices of an input, for the message about what is not finite in it. */
export function matricesOf(source: Source): (() => MatrixSource)[] {
  if (!isHeads(source)) return [() => source]
  return Array.from({ length: source.headCount }, (_, head) => () => source.open(head))
}

/** Throws ShapeMismatch where the matrices of `call` are not given by their names. */
export function requireSources(call: string, given: unknown, names: readonly string[]): void {
  const advice = `give { ${names.join(', ')} }`
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Promise) {
    const message = `${call}: its matrices are ${kindOf(given)}; ${advice}`
    throw new LevError('ShapeMismatch', message)
  }
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new LevError('ShapeMismatch', `${call} takes no '${unknown}'; ${advice}`)
}
