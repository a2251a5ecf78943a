import { rmdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { causeText, LevError, makeFolders } from '@levattention/core/internal'

/** Runs `work` with the folder there; a folder that was made for it is removed where it fails. Throws CannotWrite. */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const firstMade = makeFolder(folder)
  try {
    return await work()
  } catch (error) {
    if (firstMade !== undefined) removeEmpty(resolve(folder), resolve(firstMade))
    throw error
  }
}

/** The first folder that had to be made, undefined where all were there. */
function makeFolder(folder: string): string | undefined {
  try {
    return makeFolders(folder)
  } catch (cause) {
    const message = `cannot make the folder ${folder}: ${causeText(cause)}; name another with --out`
    throw new LevError('CannotWrite', message, { file: folder, option: 'out' }, { cause })
  }
}

function removeEmpty(folder: string, first: string): void {
  try {
    for (let at = folder; at.length >= first.length; at = dirname(at)) rmdirSync(at)
  } catch {
    // Someone else has put something there meanwhile: it stays.
  }
}
