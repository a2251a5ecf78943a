import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { compileAddon } from './compile-addon.ts'
import { reasonOf } from './failure-reason.ts'
import { readIfThere } from './find-addon.ts'
import { reasonNotLoaded } from './load-trial.ts'
import { type Places, placesOf, TARGET } from './places.ts'
import { hashSources, seeSources, sourceNames } from './sources.ts'
import { hashOf, parseStamp, type Stamp } from './stamp.ts'

/** `reason`: one line. */
export type BuildResult =
  | { readonly state: 'built' | 'up-to-date'; readonly path: string }
  | { readonly state: 'failed'; readonly reason: string }

/**
 * Compiles the addon with this machine's compiler and the headers beside this Node (or under `npm_config_nodedir`): nothing is
 * downloaded. Nothing is done where one of these sources is there that loads. After a failure there is no addon: an old one would be
 * of other sources. Throws the reason of `signal` once it aborts; what was there stays then, and nothing else is left.
 */
export async function buildAddon(
  environment: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<BuildResult> {
  const places = placesOf(environment)
  try {
    const names = sourceNames()
    const made = { inputs: hashSources(names), seen: seeSources(names), target: TARGET }
    if (await isUpToDate(places, made, environment, signal))
      return { state: 'up-to-date', path: places.addon }
    makeFolder(places.folder)
    accessSync(places.folder, constants.W_OK)
    const addon = await compileAddon(names, environment, signal)
    await place(places, addon, made, environment, signal)
    return { state: 'built', path: places.addon }
  } catch (error) {
    signal?.throwIfAborted()
    removeStamp(places)
    return { state: 'failed', reason: reasonOf(error) }
  }
}

type Made = Omit<Stamp, 'addon'>

/** Of the same sources, for this system, whole, and it loads. */
async function isUpToDate(
  places: Places,
  made: Made,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stamp = parseStamp(readIfThere(places.stamp)?.toString() ?? '')
  const built = readIfThere(places.addon)
  if (!built || stamp?.inputs !== made.inputs || stamp.target !== TARGET) return false
  if (hashOf([built]) !== stamp.addon) return false
  if ((await reasonNotLoaded(places.addon, environment, signal)) !== undefined) return false
  const now: Stamp = { ...made, addon: stamp.addon }
  if (JSON.stringify(now) !== JSON.stringify(stamp)) refresh(places, now)
  return true
}

/** The same sources, written again: with the old stamp every start would read them. */
function refresh({ stamp }: Places, now: Stamp): void {
  try {
    replace(stamp, JSON.stringify(now))
  } catch {
    // The folder may be another's; starts take some milliseconds more.
  }
}

/** Not `recursive`: Node tries for ever where the system makes nothing in a folder that is there (/proc). */
function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let at = folder; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at)
  for (const one of missing)
    try {
      mkdirSync(one)
    } catch (error) {
      // Another build was sooner.
      if (!existsSync(one)) throw error
    }
}

/** Renamed into place once it has been loaded where it is to lie, the stamp last: a process that has the old addon loaded keeps it. */
async function place(
  { addon: path, stamp }: Places,
  addon: Buffer,
  made: Made,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const next = `${path}.${process.pid}`
  try {
    writeFileSync(next, addon)
    const reason = await reasonNotLoaded(next, environment, signal)
    if (reason !== undefined)
      throw new Error(`what was compiled does not load: ${reason.replaceAll(next, path)}`)
    renameSync(next, path)
  } finally {
    rmSync(next, { force: true })
  }
  replace(stamp, JSON.stringify({ ...made, addon: hashOf([addon]) } satisfies Stamp))
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.${process.pid}`, content)
  renameSync(`${path}.${process.pid}`, path)
}

/** What cannot be removed was not ours to make. */
function removeStamp({ stamp }: Places): void {
  try {
    rmSync(stamp, { force: true })
  } catch {
    // The reason of the build's failure counts.
  }
}
