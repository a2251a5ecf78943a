import { locateFile } from '@levattention/core/internal'

/** What an actor's thread loads. */
export function actorEntry(): URL {
  const names = ['actor-entry.mjs', 'actor-entry.js']
  return locateFile(names, import.meta.url, () => import.meta.resolve('@levattention/worker/actor-entry'))
}
