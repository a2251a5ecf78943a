import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Machines that run each other's addons, but for the CPU's vectors, which are chosen as it is loaded. */
export const TARGET = `${process.platform}-${process.arch}`

/** Another folder for what is built than the package's own, which may be read-only. Empty: unset. */
const FOLDER_VARIABLE = 'LEVATTENTION_NATIVE_DIR'

/** Absolute: the system looks for an addon of a bare name elsewhere. */
export interface Places {
  readonly folder: string
  readonly addon: string
  /** Written last: without it nothing counts as built. */
  readonly stamp: string
}

export function placesOf(environment: NodeJS.ProcessEnv): Places {
  const named = environment[FOLDER_VARIABLE]
  const folder = named ? resolve(named) : fileURLToPath(new URL('../generated/', import.meta.url))
  return {
    folder,
    addon: join(folder, 'levattention.node'),
    stamp: join(folder, 'levattention.json'),
  }
}
