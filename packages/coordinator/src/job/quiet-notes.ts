import { counted } from '@levattention/core/internal'
import type { Warning } from '../tasks/run-context.ts'

/** Code of what is said of an input that was made a temporary file of: usual, and nothing to be warned of. */
export const TURNED = 'turned-input'

/** Those that a person is to heed. */
export function heeded(warnings: readonly Warning[]): Warning[] {
  return warnings.filter(({ code }) => code !== TURNED)
}

/** The others in a line; undefined where there are none. */
export function noteOf(warnings: readonly Warning[]): string | undefined {
  const { length } = warnings.filter(({ code }) => code === TURNED)
  if (length === 0) return undefined
  return `${counted(length, 'input')} turned into ${length === 1 ? 'a temporary file' : 'temporary files'}`
}
