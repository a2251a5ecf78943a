import { LevError, type OptionName, optionText } from '@levattention/core/internal'

/** What a file and the options say of one term, the file first. Throws Option where they contradict one another. */
export function agreed<T>(
  option: OptionName,
  path: string,
  inFile: T | undefined,
  given: T | undefined,
): T | undefined {
  if (inFile === undefined || given === undefined || inFile === given) return inFile ?? given
  const message = `${optionText(option)} is ${String(given)}, but ${path} says ${String(inFile)}; leave ${optionText(option)} out`
  throw new LevError('Option', message, { option })
}
