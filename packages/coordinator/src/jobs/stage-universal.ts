import { extname } from 'node:path'
import {
  addNpzArray,
  createOutput,
  LevError,
  type OutputFile,
  universalContent,
  type UniversalOrigin,
  type UniversalSet,
  writeLev,
  ZipWriter,
} from '@levattention/core/internal'
import type { StagedOutput } from './staged-outputs.ts'
import { universalArrays } from './universal-npz.ts'

/** Writes U as a .lev, or for NumPy as a .npz, to be put in place later. Throws CannotWrite. */
export function stageUniversal(
  path: string,
  universal: UniversalSet,
  origin: UniversalOrigin,
  force: boolean,
): StagedOutput {
  const output = createOutput(path, { force })
  try {
    if (extname(path) === '.npz') writeNpz(output, universal, origin)
    else writeLev(universalContent(universal, origin), output)
  } catch (error) {
    output.abort()
    throw error
  }
  return { seal: async () => [await output.seal()], discard: () => output.abort() }
}

/** Throws Option unless the name of `path` ends in one of `extensions`. */
export function requireUniversalName(path: string, option: string, extensions: readonly string[]): void {
  if (extensions.includes(extname(path))) return
  const message = `--${option} ${path}: a universal set is written to a name that ends in ${extensions.join(' or ')}`
  throw new LevError('Option', message, { file: path, option })
}

function writeNpz(output: OutputFile, universal: UniversalSet, origin: UniversalOrigin): void {
  const zip = new ZipWriter(output)
  for (const array of universalArrays(universal, origin)) addNpzArray(zip, array)
  zip.finish()
}
