import { LevError } from './errors.ts'

/** The first version that the packages are tested with, as their manifests have it under `engines`. */
const FLOOR = [20, 19] as const

// Whatever imports this file first hears of an old Node by one line, before something fails that is new to that Node.
requireNode(process.versions.node)

/** Throws SystemLimit, with no more of a trace than its line, where `version` ('18.20.8') is below the floor. */
export function requireNode(version: string): void {
  const [major, minor] = version.split('.').map(Number)
  if (major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])) return
  const error = new LevError(
    'SystemLimit',
    `LevAttention needs Node ${FLOOR.join('.')} or later; this is ${version}`,
  )
  error.stack = `${error.name}: ${error.message}`
  throw error
}
