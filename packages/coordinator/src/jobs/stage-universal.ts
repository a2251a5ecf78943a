import { extname } from 'node:path'
import {
  createOutput,
  LevError,
  universalContent,
  type UniversalOrigin,
  type UniversalSet,
  writeLev,
} from '@levattention/core/internal'
import type { StagedOutput } from './staged-outputs.ts'

/** Writes U as a .lev, to be put in place later. Throws CannotWrite. */
export function stageUniversal(
  path: string,
  universal: UniversalSet,
  origin: UniversalOrigin,
  force: boolean,
): StagedOutput {
  const output = createOutput(path, { force })
  try {
    writeLev(universalContent(universal, origin), output)
  } catch (error) {
    output.abort()
    throw error
  }
  return { path, finish: () => output.commit(), abort: () => output.abort() }
}

/** Throws Option unless the name of `path` ends in .lev. */
export function requireLevName(path: string, option: string): void {
  if (extname(path) === '.lev') return
  const message = `--${option} ${path}: a universal set is written to a name that ends in .lev`
  throw new LevError('Option', message, { file: path, option })
}
