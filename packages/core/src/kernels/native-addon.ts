import { getSystemErrorName } from 'node:util'
import { LevError } from '../errors/errors.ts'

/**
 * What @levattention/native gives: kernels of the names and arguments of the WebAssembly ones, which work in the same memory, to the
 * same bits. Those that it lacks are WebAssembly's.
 */
export interface NativeAddon {
  /** Vectors that this machine has, widest first: 'avx512', 'avx2', 'portable'. */
  readonly levels: readonly string[]
  /**
   * Calls of at least `least` operations are shared by `threads`. Throws TypeError for a view of memory that is not shared, another
   * level, or no count.
   */
  bind(memory: Uint8Array, level: string, threads: number, least: number): NativeExports
  /** Calls that were to be shared in this process so far, threads started for them, and the system's number of why it refused one, or 0. */
  team(): readonly [asked: number, helpers: number, refusedBy: number]
}

/** Of what an addon exports, and what that takes, does and answers: the one in addon.cc, which is not that of an addon of another version. */
const INTERFACE = 1

/** By name: those of WasmExports, a type that no public declaration may reach, since it names what a user's compiler may not know. */
interface NativeExports {
  readonly [kernel: string]: unknown
  /** To be called with the whole memory when it has grown. */
  readonly grown: (memory: Uint8Array) => void
}

/** A built addon and the level to take of it. It may be cloned to a worker. */
export interface NativeChoice {
  readonly path: string
  readonly level: string
  /** That share one call, the caller's among them: threads of the addon's own. Default: 1. */
  readonly threads?: number | undefined
  /** Of a call that they share: so many operations. Default: what takes some twenty microseconds. */
  readonly leastShared?: number | undefined
}

/** The addon that is there, or why none is: it was never built, or it is of no use here. */
export type FoundNative =
  { readonly state: 'built'; readonly choice: NativeChoice } | { readonly state: 'absent' } | Unusable

/** `remedy`: where it is another one than to build it anew. */
interface Unusable {
  readonly state: 'unusable'
  readonly reason: string
  readonly remedy?: string
}

/** What threads that share calls have done in this process so far. */
export interface KernelTeam {
  /** Calls that were to be shared. */
  readonly asked: number
  /** Threads that were started for them. */
  readonly helpers: number
  /** Why the system started no more, if it refused one. */
  readonly refusal: Error | undefined
}

/** Another level than the widest that there is: so that tests reach each on one machine. */
const LEVEL_VARIABLE = 'LEVATTENTION_NATIVE_LEVEL'

/** Looks for the addon and loads it once, so that threads will be able to. Never throws. */
export async function findNative(environment: NodeJS.ProcessEnv = process.env): Promise<FoundNative> {
  // The package is optional: a program may have been bundled or installed without it.
  const found = await import('@levattention/native')
    .then(({ findAddon }) => findAddon(environment))
    .catch(() => ({ state: 'absent' }) as const)
  if (found.state !== 'built') return found
  try {
    const { levels } = loadAddon(found.path)
    const level = environment[LEVEL_VARIABLE] || levels[0]
    if (levels.includes(level)) return { state: 'built', choice: { path: found.path, level } }
    return {
      state: 'unusable',
      reason: `${LEVEL_VARIABLE} is ${level}, and this machine has ${levels.join(', ')}`,
      remedy: `set one of these, or leave ${LEVEL_VARIABLE} unset`,
    }
  } catch (error) {
    return { state: 'unusable', reason: firstLine(error) }
  }
}

/** What is in memory for good of each addon that this thread has loaded. */
const loaded = new Map<string, NativeAddon>()

/** Throws what the system says of a file that it cannot load; Internal for one that is no addon of ours. */
export function loadAddon(path: string): NativeAddon {
  const known = loaded.get(path)
  if (known) return known
  const module: { exports: Partial<NativeAddon & { readonly interface: number }> } = { exports: {} }
  process.dlopen(module, path)
  const { levels, bind, team, interface: version } = module.exports
  if (!levels || !bind) throw new LevError('Internal', `${path} holds no kernels`)
  if (version !== INTERFACE || !team) throw new LevError('Internal', `${path} was built for another version`)
  const addon = { levels, bind, team }
  loaded.set(path, addon)
  return addon
}

/** Of the addon that `choice` names. Throws as loadAddon. */
export function kernelTeam({ path }: NativeChoice): KernelTeam {
  const [asked, helpers, refusedBy] = loadAddon(path).team()
  const refusal = refusedBy === 0 ? undefined : new Error(getSystemErrorName(-refusedBy))
  return { asked, helpers, refusal }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0]
}
