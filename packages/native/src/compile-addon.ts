import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { locateHeaders, locateNodeGyp } from './locate-tools.ts'
import { runNode } from './run-program.ts'
import { SOURCES } from './sources.ts'

/** Long enough for a slow machine that others use. */
const LIMIT_MS = 600_000

/** The bytes of the addon, made of `names` of SOURCES in a folder that is gone then. Throws what says why not, or the signal's reason. */
export async function compileAddon(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const headers = locateHeaders(env)
  const gyp = locateNodeGyp(env)
  const folder = mkdtempSync(join(tmpdir(), 'lev-native-'))
  try {
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      copyFileSync(join(SOURCES, name), join(folder, name))
    }
    const flags = ['rebuild', `--nodedir=${headers}`, `--jobs=${Math.min(4, cpus().length)}`]
    await runNode([gyp, ...flags], { cwd: folder, env, timeoutMs: LIMIT_MS, signal })
    return readFileSync(join(folder, 'build', 'Release', 'levattention.node'))
  } finally {
    // What was ended a moment ago may still have written.
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
