import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What C++ is compiled. The folder is no package's root: npm compiles a binding.gyp that lies there at every install. */
export const SOURCES = fileURLToPath(new URL('../addon/', import.meta.url))

/** Machines that run each other's addons, but for the CPU's vectors, which are chosen as it is loaded. */
export const TARGET = `${process.platform}-${process.arch}`

/** Another folder for what is built than the package's own, which may be read-only. */
const FOLDER_VARIABLE = 'LEVATTENTION_NATIVE_DIR'

export interface Places {
  readonly folder: string
  readonly addon: string
  /** Written last: without it nothing counts as built. */
  readonly stamp: string
}

export function placesOf(environment: NodeJS.ProcessEnv): Places {
  const folder = environment[FOLDER_VARIABLE] ?? fileURLToPath(new URL('../generated/', import.meta.url))
  return {
    folder,
    addon: join(folder, 'levattention.node'),
    stamp: join(folder, 'levattention.json'),
  }
}
