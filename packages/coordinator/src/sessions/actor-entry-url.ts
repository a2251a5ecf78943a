import { existsSync } from 'node:fs'

/**
 * The file that an actor's thread loads: beside this one under its own name, where a bundler has put both, else the
 * package's. Throws ERR_MODULE_NOT_FOUND where neither is there.
 */
export function actorEntryUrl(): URL {
  for (const name of ['./actor-entry.mjs', './actor-entry.js']) {
    const beside = new URL(name, import.meta.url)
    if (existsSync(beside)) return beside
  }
  return new URL(import.meta.resolve('@levattention/worker/actor-entry'))
}
