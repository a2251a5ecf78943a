import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { checkOutput, LevError, removeDeadTemporaries } from '@levattention/core/internal'

/** An output file that a user named, and the option that did. */
export interface NamedOutput {
  readonly path: string
  readonly option: string
}

/**
 * Checks before the work that each output can be written at its end, and removes from its folder what killed runs left half
 * written. Throws CannotWrite as `checkOutput`, Option as
 * `requireDistinct`.
 */
export function checkOutputs(
  outputs: readonly NamedOutput[],
  force: boolean,
  inputs: readonly string[] = [],
): void {
  requireDistinct(outputs, inputs)
  const folders = new Set(outputs.map(({ path }) => dirname(checkOutput(path, { force }))))
  for (const folder of folders) removeDeadTemporaries(folder)
}

/** Throws Option where two outputs are one file, or an output is one of the `inputs` (paths). */
export function requireDistinct(outputs: readonly NamedOutput[], inputs: readonly string[]): void {
  const inputPlaces = new Map(inputs.map((path) => [placeOf(path), path]))
  const seen = new Map<string, NamedOutput>()
  for (const output of outputs) {
    const { path, option } = output
    const place = placeOf(path)
    const input = inputPlaces.get(place)
    if (input !== undefined) {
      const message = `--${option} ${path} is also an input (${input}), which it would destroy; use another name`
      throw new LevError('Option', message, { file: path, option })
    }
    const other = seen.get(place)
    if (other !== undefined) {
      const message = `--${other.option} ${other.path} and --${option} ${path} are one file; use two names`
      throw new LevError('Option', message, { file: path, option })
    }
    seen.set(place, output)
  }
}

/** One text for one place, whatever links lead there; the file itself need not stand. */
export function placeOf(path: string): string {
  const full = resolve(path)
  if (existsSync(full)) return realpathSync(full)
  const folder = dirname(full)
  return existsSync(folder) ? join(realpathSync(folder), basename(full)) : full
}
