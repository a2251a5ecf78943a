/** What the value of an option may be: `wanted` follows the words "it must be". */
export interface OptionKind {
  readonly wanted: string
  holds(value: unknown): boolean
}

/** The kinds of all of T's options: the compiler misses one that is not here. */
export type OptionKinds<T> = Readonly<Record<keyof Required<T>, OptionKind>>

export const TEXT: OptionKind = { wanted: 'a string', holds: (value) => typeof value === 'string' }

/** Whose range is checked where it is used. */
export const NUMBER: OptionKind = { wanted: 'a number', holds: (value) => typeof value === 'number' }

export const FLAG: OptionKind = { wanted: 'true or false', holds: (value) => typeof value === 'boolean' }

/** Of any kind: it is checked where it is used. */
export const ANY: OptionKind = { wanted: 'given', holds: () => true }

export const CALLBACK: OptionKind = { wanted: 'a function', holds: (value) => typeof value === 'function' }

export const SIGNAL: OptionKind = {
  wanted: 'an AbortSignal, as controller.signal of an AbortController',
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AbortSignal>).aborted === 'boolean' &&
    typeof (value as Partial<AbortSignal>).addEventListener === 'function' &&
    typeof (value as Partial<AbortSignal>).removeEventListener === 'function',
}

/** A whole number from `least` to `most`. */
export function countFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): OptionKind {
  const wanted =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`
  return {
    wanted,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  }
}

export function oneOf(...choices: readonly string[]): OptionKind {
  return {
    wanted: choices.map((choice) => `'${choice}'`).join(' or '),
    holds: (value) => typeof value === 'string' && choices.includes(value),
  }
}
