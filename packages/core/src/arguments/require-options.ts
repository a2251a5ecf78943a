import { LevError } from '../errors/errors.ts'
import { nearNames } from '../errors/near-names.ts'
import { kindOf, shown } from './kind-of.ts'
import type { OptionKinds } from './option-kinds.ts'

/** Shorter names are like too many others. */
const FEWEST_LETTERS = 3

/**
 * Throws Option where `options`, those of `call`, are no object, have a name that `kinds` does not, or a value of another
 * kind: to a program without types a misspelt option would count for nothing. What is undefined counts as not given.
 * `elsewhere`: what to say of a name that is not one of the call's.
 */
export function requireOptions<T extends object>(
  call: string,
  kinds: OptionKinds<T>,
  options: unknown,
  elsewhere: (name: string) => string | undefined = () => undefined,
): asserts options is T {
  if (!isRecord(options)) {
    const names = Object.keys(kinds).slice(0, 2).join(', ')
    const message = `${call}: its options are ${kindOf(options)}; give them by name, as in { ${names} }`
    throw new LevError('Option', message)
  }
  const given = options as Readonly<Record<string, unknown>>
  const known: OptionKinds<Record<string, unknown>> = kinds
  for (const name of namesIn(options)) {
    if (!Object.hasOwn(known, name)) throw unknownOption(call, name, Object.keys(known), elsewhere(name))
    const value = given[name]
    if (value === undefined || known[name].holds(value)) continue
    const message = `${call}: ${name} is ${shown(value)}; it must be ${known[name].wanted}`
    throw new LevError('Option', message, { option: name })
  }
}

/** An object with names, or a plain one without: no array, Map or Promise, whose contents would count for nothing. */
function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of a plain object of any realm nothing comes above its prototype.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain || namesIn(value).length > 0
}

/** Those that an object inherits too: they would be read. */
function namesIn(options: object): string[] {
  const names: string[] = []
  for (const name in options) names.push(name)
  return names
}

function unknownOption(
  call: string,
  name: string,
  known: readonly string[],
  elsewhere: string | undefined,
): LevError {
  const [near] = name.length < FEWEST_LETTERS ? [] : nearNames(name, known, 1)
  const guess = near === undefined ? '; it' : `; did you mean '${near}'? It`
  const advice = elsewhere === undefined ? guess : `: ${elsewhere}; it`
  const message = `${call} has no option '${name}'${advice} has ${known.join(', ')}`
  return new LevError('Option', message, { option: name })
}

/** Throws Option unless `value`, the argument `name`, is a string. */
export function requireText(name: string, value: unknown, example: string): asserts value is string {
  if (typeof value === 'string') return
  throw new LevError('Option', `${name} is ${kindOf(value)}; a string is needed, as in ${example}`)
}
