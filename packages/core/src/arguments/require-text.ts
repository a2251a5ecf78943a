import { LevError } from '../errors/errors.ts'
import { kindOf } from './kind-of.ts'

/** Throws Option unless `value`, the argument `name`, is a string. */
export function requireText(name: string, value: unknown, example: string): asserts value is string {
  if (typeof value === 'string') return
  throw new LevError('Option', `${name} is ${kindOf(value)}; a string is needed, as in ${example}`)
}
