import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { causeText, LevError } from '@levattention/core/internal'

/** Runs `work` with the folder there; a folder that was made for it is removed where it fails. Throws CannotWrite. */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const firstMade = makeFolder(folder, 'out')
  try {
    return await work()
  } catch (error) {
    if (firstMade !== undefined) removeEmpty(resolve(folder), resolve(firstMade))
    throw error
  }
}

/** As `makeFolders`; `option`: where `folder` was named. Throws CannotWrite. */
export function makeFolder(folder: string, option?: string): string | undefined {
  try {
    return makeFolders(folder)
  } catch (cause) {
    const [advice, place] = option === undefined ? ['', {}] : [`; name another with --${option}`, { option }]
    const message = `cannot make the folder ${folder}: ${causeText(cause)}${advice}`
    throw new LevError('CannotWrite', message, { file: folder, ...place }, { cause })
  }
}

/**
 * Makes `folder` and those above it that are missing; the uppermost that was made, undefined where all were there. Throws the
 * system's error. Node's own `recursive` tries for ever where a folder that is there takes no others, as /proc.
 */
export function makeFolders(folder: string): string | undefined {
  const missing: string[] = []
  for (let at = folder; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.push(at)
  for (const path of missing.toReversed()) makeOne(path)
  // So that a file in its place is told as one.
  if (missing.length === 0) makeOne(folder)
  return missing.at(-1)
}

/** Others may make it at the same moment. */
function makeOne(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

function removeEmpty(folder: string, first: string): void {
  try {
    for (let at = folder; at.length >= first.length; at = dirname(at)) rmdirSync(at)
  } catch {
    // Someone else has put something there meanwhile: it stays.
  }
}
