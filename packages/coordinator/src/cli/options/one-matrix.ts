import { LevError } from '@levattention/core/internal'

/** The keys of a command with one matrix: by --keys, or as its argument. Throws Option where both are given. */
export function oneMatrix(keys: readonly string[], positionals: readonly string[]): readonly string[] {
  if (keys.length === 0 || positionals.length === 0) return [...keys, ...positionals]
  const message = `the keys are given twice: --keys ${keys[0]} and ${positionals[0]}; leave one out`
  throw new LevError('Option', message, { option: 'keys' })
}
