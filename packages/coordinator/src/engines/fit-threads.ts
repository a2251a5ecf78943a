const GIB = 2 ** 30
/** What V8 reserves for one WebAssembly memory, whatever it may hold. */
const GUARDED_BYTES = 10 * GIB
/** What one takes that has no guards: as much as it may hold. */
const UNGUARDED_BYTES = [4 * GIB, GIB, GIB / 4]
/** Of a thread that runs tasks: theirs, and those of the two searches that it keeps prepared. */
const MEMORIES_A_THREAD = 3
/** What a thread takes beside: its heap, malloc's arena, its stack, rows and scratch. */
const THREAD_BYTES = (3 * GIB) / 8
/** What the caller's thread goes on to take: compiled kernels, sums, the system's helpers. */
const OWN_BYTES = GIB / 2
/** Grams and searches take about so many times as long without WebAssembly. */
const SCALAR_TIMES = 8

/** Native kernels work in a WebAssembly memory too. */
export type KernelsWanted = 'auto' | 'native' | 'wasm' | 'scalar'

/** Address space left, and whether V8 reserves guards for each memory: see process-memory.ts. */
interface Room {
  readonly left: number
  readonly guarded: boolean
}

/** Threads and kernels that an address space holds. */
export interface Fit {
  /** At most those that were wanted; 0 = the caller's thread. */
  readonly workers: number
  /** Of one WebAssembly memory; 0: kernels are scalar; undefined: nothing limits it. */
  readonly memoryBytes: number | undefined
}

/** What does the work of `wanted` threads soonest in this room, with kernels of that kind; undefined where there is no room for them. Pure. */
export function fitThreads({ left, guarded }: Room, wanted: number, kernels: KernelsWanted): Fit | undefined {
  if (left === Infinity) return { workers: wanted, memoryBytes: kernels === 'scalar' ? 0 : undefined }
  const sizes = kernels === 'scalar' ? [] : guarded ? [GUARDED_BYTES] : UNGUARDED_BYTES
  const fits: Fit[] = sizes
    // Small jobs run in the caller's thread whatever is wanted.
    .filter((bytes) => left >= OWN_BYTES + (1 + MEMORIES_A_THREAD) * bytes)
    .map((bytes) => ({ workers: Math.min(wanted, countOf(left, bytes)), memoryBytes: bytes }))
  if (kernels === 'auto' || kernels === 'scalar')
    fits.push({ workers: Math.min(wanted, countOf(left, 0)), memoryBytes: 0 })
  return fits.sort((one, other) => speedOf(other) - speedOf(one))[0]
}

/** Threads that `left` holds where each memory takes `memoryBytes`; the caller's thread has one of its own. */
function countOf(left: number, memoryBytes: number): number {
  const each = THREAD_BYTES + MEMORIES_A_THREAD * memoryBytes
  return Math.max(0, Math.floor((left - OWN_BYTES - memoryBytes) / each))
}

/** In scalar threads. */
function speedOf({ workers, memoryBytes }: Fit): number {
  return Math.max(1, workers) * (memoryBytes === 0 ? 1 : SCALAR_TIMES)
}
