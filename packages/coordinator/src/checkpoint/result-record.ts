import { createHash } from 'node:crypto'
import { fileWord, isLevError, isThere, kindAt, LevError, openFileSource } from '@levattention/core/internal'
import type { PartState, RunFolder } from './run-folder.ts'

const CHUNK_BYTES = 1 << 20

/**
 * Says in the run folder that the files of result/ stand whole: a part for each, with its SHA-256. A result has the bytes
 * that a run without a folder leaves, so it cannot name its run itself.
 */
export async function recordResults(folder: RunFolder, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (resultState(folder, name) === 'done') continue
    await folder.saveRecord(name, digestOfFile(folder.result(name)))
  }
}

/** What is found at a result's place. A file of which nothing is recorded is missing: the step that wrote it may have been killed. */
export function resultState(folder: RunFolder, name: string): PartState {
  const path = folder.result(name)
  try {
    const recorded = folder.loadRecord(name)
    if (recorded === undefined || !isThere(path)) return 'missing'
    if (kindAt(path) !== 'file') return 'broken'
    return recorded === digestOfFile(path) ? 'done' : 'broken'
  } catch (error) {
    if (isLevError(error, 'Content')) return 'broken'
    throw error
  }
}

/** Throws Content for a result that is not the one that this run wrote, NotReady where it is still to be made, by `step`. */
export function requireResult(folder: RunFolder, name: string, step: string): void {
  const state = resultState(folder, name)
  if (state === 'done') return
  const file = folder.result(name)
  const again = `run \`levattention step ${step} --run ${fileWord(folder.path)}\``
  if (state === 'missing')
    throw new LevError('NotReady', `${file} is not written yet: ${again} first`, { file })
  const message = `${file} is not what this run wrote: its checksum is another; ${again}, which writes it again`
  throw new LevError('Content', message, { file })
}

/** SHA-256 of the file's bytes, in hexadecimal. Throws NotFound where it cannot be read, InputChanged where it ends early. */
function digestOfFile(path: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const file = openFileSource(path)
  try {
    for (let at = 0; at < file.byteLength; at += CHUNK_BYTES) {
      const piece = chunk.subarray(0, Math.min(CHUNK_BYTES, file.byteLength - at))
      file.read(at, piece)
      hash.update(piece)
    }
  } finally {
    file.close()
  }
  return hash.digest('hex')
}
