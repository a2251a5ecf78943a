import { isLevError } from '@levattention/core/internal'
import { runProcess } from './run-process.ts'

/** Programs of others that this machine has, by their versions. */
export interface FoundPeers {
  readonly python: string
  /** Undefined where it is not there. */
  readonly numpy?: string
  readonly scipy?: string
  readonly r?: string
  /** A C compiler, for the machine's ceilings. */
  readonly cc?: string
}

/** What is not measured, and why. */
export interface Skipped {
  readonly what: string
  readonly why: string
}

const VERSIONS = `
import json
found = {}
for name in ('numpy', 'scipy'):
    try: found[name] = __import__(name).__version__
    except ImportError: pass
print(json.dumps(found))`

/** Looks for `python` (a name or path), its NumPy and SciPy, R and a C compiler. Throws Aborted. */
export async function findPeers(
  python: string,
  signal?: AbortSignal,
): Promise<{ found: FoundPeers; skipped: Skipped[] }> {
  const modules = await printed(python, ['-c', VERSIONS], signal)
  const { numpy, scipy } = JSON.parse(modules ?? '{}') as Pick<FoundPeers, 'numpy' | 'scipy'>
  const r = await printed('Rscript', ['-e', 'cat(as.character(getRversion()))'], signal)
  const cc = await printed('cc', ['-dumpfullversion', '-dumpversion'], signal)
  const skipped: Skipped[] = []
  if (modules === undefined)
    skipped.push({ what: 'NumPy and SciPy', why: `${python} is not here; --python names another` })
  else if (numpy === undefined) skipped.push({ what: 'NumPy and SciPy', why: `${python} has no numpy` })
  else if (scipy === undefined)
    skipped.push({ what: 'NumPy with SciPy’s BLAS, and SciPy', why: `${python} has no scipy` })
  if (r === undefined) skipped.push({ what: 'R', why: 'Rscript is not here' })
  return { found: { python, ...defined({ numpy, scipy, r, cc }) }, skipped }
}

/** What a program prints, in one line; undefined where it is not there or fails. */
async function printed(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await runProcess({ program, args }, signal)).stdout.trim()
  } catch (error) {
    if (isLevError(error, 'SystemLimit')) return undefined
    throw error
  }
}

/** `entries` without those that are undefined. */
function defined<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
