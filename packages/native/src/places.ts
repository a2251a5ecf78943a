import { fileURLToPath } from 'node:url'

/** What C++ is compiled. The folder is no package's root: npm compiles a binding.gyp that lies there at every install. */
export const SOURCES = fileURLToPath(new URL('../addon/', import.meta.url))
/** The built addon and its stamp. */
export const BUILT = fileURLToPath(new URL('../generated/', import.meta.url))
export const ADDON = `${BUILT}levattention.node`
/** Written last: without it nothing counts as built. */
export const STAMP = `${BUILT}levattention.json`

/** Machines that run each other's addons, but for the CPU's vectors, which are chosen as it is loaded. */
export const TARGET = `${process.platform}-${process.arch}`
