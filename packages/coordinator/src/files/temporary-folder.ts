import { mkdirSync } from 'node:fs'
import {
  causeText,
  LevError,
  registerTemporary,
  removeTemporary,
  systemTemporaries,
  temporaryPath,
} from '@levattention/core/internal'

/** Runs `work` with a new folder in `tmp`, or where the system has such, which is removed however it ends. Throws CannotWrite. */
export async function withTemporaryFolder<T>(
  tmp: string | undefined,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = temporaryPath(tmp ?? systemTemporaries())
  try {
    mkdirSync(folder)
  } catch (cause) {
    throw new LevError(
      'CannotWrite',
      `cannot make ${folder}: ${causeText(cause)}`,
      { file: folder },
      { cause },
    )
  }
  registerTemporary(folder)
  try {
    return await work(folder)
  } finally {
    removeTemporary(folder)
  }
}
