import { reasonOf } from './failure-reason.ts'
import { ProgramError, runNode } from './run-program.ts'

const LIMIT_MS = 60_000

/** Loads the addon that it is told, and looks at what it holds. */
const PROGRAM = `
const it = { exports: {} }
process.dlopen(it, process.argv[1])
if (!(it.exports.levels?.length > 0)) throw new Error('it holds no kernels')`

/**
 * Why `path` does not load here, if so, tried in a process of its own, which it may end. A system may run what another of the same
 * TARGET built, or not: by its C library, and by that of C++. Throws the signal's reason.
 */
export async function reasonNotLoaded(
  path: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await runNode(['-e', PROGRAM, path], { env, timeoutMs: LIMIT_MS, signal })
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    const isSaid = error instanceof ProgramError && /Error: /.test(error.stderr)
    return isSaid ? reasonOf(error) : `the process that loads it fails: ${(error as Error).message}`
  }
}
