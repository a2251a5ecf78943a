import { isThere } from './kind-at.ts'

/**
 * A file that is loaded by its place: beside the module at `moduleUrl` under one of `names`, where a program's bundler
 * has put both into one folder, else where `resolve` finds it by its package's name.
 */
export function locateFile(names: readonly string[], moduleUrl: string, resolve: () => string): URL {
  const beside = names.map((name) => new URL(name, moduleUrl)).find(isThere)
  return beside ?? new URL(resolve())
}
