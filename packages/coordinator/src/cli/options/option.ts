import { isEpsilon, LEAST_EPSILON, LevError, plainNumber } from '@levattention/core/internal'

/** An option with a value, given at most once. */
export interface ValueOption<T> {
  readonly kind: 'value'
  /** What stands for the value in help: FILE, N, E. */
  readonly placeholder: string
  readonly description: string
  /** The value is a list of its own, with commas between. */
  readonly isList?: boolean
  /** Throws Option. `name` is the option's, without dashes. */
  parse(text: string, name: string): T
}

/** An option with a value that may be given several times. */
export interface ListOption {
  readonly kind: 'list'
  readonly placeholder: string
  readonly description: string
}

/** An option without a value. */
export interface FlagOption {
  readonly kind: 'flag'
  readonly description: string
}

export type AnyOption = ValueOption<unknown> | ListOption | FlagOption

export type OptionValue<O> =
  O extends ValueOption<infer T> ? T | undefined : O extends ListOption ? readonly string[] : boolean

export type OptionValues<O> = { readonly [K in keyof O]: OptionValue<O[K]> }

export function textOption(placeholder: string, description: string): ValueOption<string> {
  return { kind: 'value', placeholder, description, parse: requireText }
}

export function listOption(placeholder: string, description: string): ListOption {
  return { kind: 'list', placeholder, description }
}

export function flagOption(description: string): FlagOption {
  return { kind: 'flag', description }
}

export function choiceOption<const C extends string>(
  choices: readonly C[],
  description: string,
): ValueOption<C> {
  const parse = (text: string, name: string): C => {
    const choice = choices.find((one) => one === text)
    if (choice !== undefined) return choice
    const message = `--${name} is '${text}'; it is one of ${choices.join(', ')}`
    throw new LevError('Option', message, { option: name })
  }
  return { kind: 'value', placeholder: choices.join('|'), description, parse }
}

/** A number in (0, 1] whose thresholds do not underflow, as epsilon. */
export function shareOption(placeholder: string, description: string, example = 0.01): ValueOption<number> {
  const parse = (text: string, name: string): number => {
    const value = parseNumber(text, name, example)
    if (isEpsilon(value)) return value
    const least = value > 0 && value < 1 ? `at least ${LEAST_EPSILON}` : 'above 0'
    const wanted = `it must be ${least} and at most 1, for instance \`--${name} ${plainNumber(example)}\``
    throw new LevError('Option', `--${name} is ${text}; ${wanted}`, { option: name })
  }
  return { kind: 'value', placeholder, description, parse }
}

/** A probability of a failure: above 0 and below 1. */
export function chanceOption(placeholder: string, description: string, example: number): ValueOption<number> {
  const parse = (text: string, name: string): number => {
    const value = parseNumber(text, name, example)
    if (value > 0 && value < 1) return value
    const wanted = `it must be above 0 and below 1, for instance \`--${name} ${plainNumber(example)}\``
    throw new LevError('Option', `--${name} is ${text}; ${wanted}`, { option: name })
  }
  return { kind: 'value', placeholder, description, parse }
}

/** Any number: the job knows its range. */
export function numberOption(placeholder: string, description: string): ValueOption<number> {
  return {
    kind: 'value',
    placeholder,
    description,
    parse: (text, name) => parseNumber(text, name),
  }
}

/** A whole number from `least` to `most`; 1e6 is one. */
export function countOption(
  placeholder: string,
  description: string,
  least = 1,
  most: number = Number.MAX_SAFE_INTEGER,
): ValueOption<number> {
  const parse = (text: string, name: string): number => {
    const value = parseNumber(text, name)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    const wanted =
      most === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${least}`
        : `a whole number from ${least} to ${most}`
    throw new LevError('Option', `--${name} is ${text}; it must be ${wanted}`, { option: name })
  }
  return { kind: 'value', placeholder, description, parse }
}

/**
 * The one parser of numbers: decimal notation only. Number() would take '' for 0, ' 1 ' and '0x10', and pass NaN on.
 * Throws Option.
 */
export function parseNumber(text: string, name: string, example?: number): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
  if (Number.isFinite(value)) return value
  const found = text === '' ? 'has no value' : `is '${text}'`
  const instance = example === undefined ? '' : `, for instance \`--${name} ${plainNumber(example)}\``
  throw new LevError('Option', `--${name} ${found}; it takes a number${instance}`, { option: name })
}

function requireText(text: string, name: string): string {
  if (text !== '') return text
  throw new LevError('Option', `--${name} has no value`, { option: name })
}
