import { extname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  createOutput,
  levChunks,
  LevError,
  npzPieces,
  type OutputFile,
  type OutputOptions,
  universalContent,
  ZipWriter,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import type { Watched } from '../aborts/listener.ts'
import type { Progress } from '../tasks/progress.ts'
import type { Found } from './answers.ts'
import type { NamedOutput } from '../files/check-outputs.ts'
import type { Job } from '../job/job.ts'
import { type StagedOutput, withOutputs } from '../files/output-transaction.ts'
import { universalArrays } from '../outputs/universal-npz.ts'

/** Writes U as a .lev, or for NumPy as a .npz, to be put in place later. Throws CannotWrite. */
export function stageUniversal(path: string, found: Found, options: OutputOptions): StagedOutput {
  const output = createOutput(path, options)
  try {
    for (const _ of piecesOf(found, output, path));
  } catch (error) {
    output.abort()
    throw error
  }
  return staged(output)
}

/** Others of this thread wait for no longer while a file is written. */
const TURN_MS = 8

/** As `stageUniversal`; others of this thread come between pieces of the file. Throws Aborted too. */
async function stageByPieces(
  path: string,
  found: Found,
  options: OutputOptions,
  { signal, onProgress }: Partial<Watched<Progress>>,
): Promise<StagedOutput> {
  const output = createOutput(path, options)
  const total = numberBytes(found)
  const tell = (done: number) => onProgress?.({ stage: 'write', done, total })
  try {
    let turnStart = performance.now()
    for (const _ of piecesOf(found, output, path)) {
      if (performance.now() - turnStart < TURN_MS) continue
      // The last is told when all is there.
      tell(Math.min(output.byteLength, total - 1))
      await nextTurn()
      throwIfAborted(signal)
      turnStart = performance.now()
    }
    tell(total)
    throwIfAborted(signal)
  } catch (error) {
    output.abort()
    throw error
  }
  return staged(output)
}

function staged(output: OutputFile): StagedOutput {
  return { seal: async () => [await output.seal()], discard: () => output.abort() }
}

/** Bytes of the numbers that are many: keys, their ids and bounds, the matrices. */
function numberBytes({ universal: { rowIds, bounds, keys, factor } }: Found): number {
  return [rowIds, bounds, keys, factor.lower].reduce((sum, { byteLength }) => sum + byteLength, 1)
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

/** As `writeUniversal`, of no job. Throws CannotWrite, Aborted. */
export async function placeUniversal(
  paths: readonly string[],
  found: Found,
  force: boolean,
  check?: () => Promise<void>,
  watch: Partial<Watched<Progress>> = {},
): Promise<void> {
  await withOutputs(async (outputs) => {
    for (const path of paths) outputs.add(await stageByPieces(path, found, { force }, watch))
    await check?.()
    await outputs.finish(() => throwIfAborted(watch.signal))
  })
}

/** Throws Option unless the name of `path` ends in one of `extensions`. */
export function requireUniversalName(path: string, option: string, extensions: readonly string[]): void {
  if (extensions.includes(extname(path))) return
  const message = `--${option} ${path}: a universal set is written to a name that ends in ${extensions.join(' or ')}`
  throw new LevError('Option', message, { file: path, option })
}

/** Writes all of U to `output`, whose name will be `path`, a piece at a time. */
function* piecesOf(
  { universal, origin }: Found,
  output: OutputFile,
  path: string,
): Generator<void, void, void> {
  if (extname(path) !== '.npz') {
    for (const chunk of levChunks(universalContent(universal, origin))) {
      output.write(chunk)
      yield
    }
    return
  }
  const zip = new ZipWriter(output)
  for (const array of universalArrays(universal, origin)) yield* npzPieces(zip, array)
  zip.finish()
}
