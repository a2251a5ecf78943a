import { extname } from 'node:path'
import {
  addNpzArray,
  createOutput,
  LevError,
  type OutputFile,
  type OutputOptions,
  universalContent,
  type MergeRecord,
  type UniversalSet,
  writeLev,
  ZipWriter,
} from '@levattention/core/internal'
import type { Found } from './answers.ts'
import type { NamedOutput } from '../files/check-outputs.ts'
import type { Job } from '../job/job.ts'
import { type StagedOutput, withOutputs } from '../files/output-transaction.ts'
import { universalArrays } from '../outputs/universal-npz.ts'

/** Writes U as a .lev, or for NumPy as a .npz, to be put in place later. Throws CannotWrite. */
export function stageUniversal(
  path: string,
  { universal, origin }: Found,
  options: OutputOptions,
): StagedOutput {
  const output = createOutput(path, options)
  try {
    if (extname(path) === '.npz') writeNpz(output, universal, origin)
    else writeLev(universalContent(universal, origin), output)
  } catch (error) {
    output.abort()
    throw error
  }
  return { seal: async () => [await output.seal()], discard: () => output.abort() }
}

/** The files of sets that --out names. Throws Option where there is none, for instance `example`, or one is of another kind. */
export function setOutputs(command: string, out: readonly string[], example: string): NamedOutput[] {
  if (out.length === 0) {
    const message = `${command} writes a file: name it, as in \`--out ${example}\``
    throw new LevError('Option', message, { option: 'out' })
  }
  for (const path of out) requireUniversalName(path, 'out', ['.lev', '.npz'])
  return out.map((path) => ({ path, option: 'out' }))
}

/** Writes U to all of `paths`, or to none. `check` has the last word. */
export async function writeUniversal(
  paths: readonly string[],
  found: Found,
  force: boolean,
  job: Job,
  check?: () => Promise<void>,
): Promise<void> {
  await job.time('write', () => placeUniversal(paths, found, force, check))
}

/** As `writeUniversal`, of no job. Throws CannotWrite. */
export async function placeUniversal(
  paths: readonly string[],
  found: Found,
  force: boolean,
  check?: () => Promise<void>,
): Promise<void> {
  await withOutputs(async (staged) => {
    for (const path of paths) staged.add(stageUniversal(path, found, { force }))
    await check?.()
    await staged.finish()
  })
}

/** Throws Option unless the name of `path` ends in one of `extensions`. */
export function requireUniversalName(path: string, option: string, extensions: readonly string[]): void {
  if (extensions.includes(extname(path))) return
  const message = `--${option} ${path}: a universal set is written to a name that ends in ${extensions.join(' or ')}`
  throw new LevError('Option', message, { file: path, option })
}

function writeNpz(output: OutputFile, universal: UniversalSet, origin: MergeRecord): void {
  const zip = new ZipWriter(output)
  for (const array of universalArrays(universal, origin)) addNpzArray(zip, array)
  zip.finish()
}
