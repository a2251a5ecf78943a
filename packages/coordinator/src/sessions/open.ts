import { LevError, requireBytes, type UniversalSet } from '@levattention/core/internal'
import type { SummaryActorSettings, SummaryActorTerms } from '@levattention/worker/internal/actors'
import { sharedByTurns } from '../tasks/shared-memory.ts'
import type { Runtime } from '../engines/runtime.ts'
import type { LiveSummary, LiveSummaryBytes, LiveSummaryOptions, LiveSummaryTerms } from './live-summary.ts'
import type { Session, SessionOptions } from './session.ts'

const MAX_WAITING = 256

/** comlink is loaded with the first of them: nothing else needs it. Throws Option, SystemLimit, WorkerLost. */
export async function openSession(
  universal: UniversalSet,
  { epsilon = universal.epsilon, actors, maxWaiting = MAX_WAITING, seed, signal, onProgress }: SessionOptions,
  runtime: Runtime,
): Promise<Session> {
  runtime.requireOpen()
  const wanted = actors ?? Math.max(1, runtime.threadCount)
  const { Session: Class } = await import('./session.ts')
  const actorCount = runtime.threadsWithin(wanted, 1)
  const { kernelSource } = runtime
  return await Class.open(await sharedByTurns(universal, signal), {
    epsilon,
    actorCount,
    maxWaiting,
    seed,
    kernelSource,
    onProgress,
  })
}

/** Throws Option, Content where the bytes are damaged, SystemLimit, WorkerLost. */
export async function openLiveSummary(options: LiveSummaryOptions, runtime: Runtime): Promise<LiveSummary> {
  runtime.requireOpen()
  const { signal, onProgress, ...own } = options
  // Bytes are read by its thread: here they are at most copied.
  const settings = await sharedByTurns(settingsOf(own), signal)
  const { LiveSummary: Class } = await import('./live-summary.ts')
  runtime.threadsWithin(1, 1)
  const live = await Class.open(settings, runtime.kernelSource, { signal })
  onProgress?.({ stage: 'pool', done: 1, total: 1 })
  return live
}

/** Throws Option where bytes and terms are given: the bytes hold their own. */
function settingsOf({ bytes, ...terms }: Partial<LiveSummaryBytes & LiveSummaryTerms>): SummaryActorSettings {
  if (bytes === undefined) return { terms: { epsilon: 0.01, ...terms } as SummaryActorTerms }
  const option = Object.keys(terms).find((name) => terms[name as keyof typeof terms] !== undefined)
  if (option === undefined) return { bytes: requireBytes('liveSummary: bytes', bytes) }
  throw new LevError('Option', `bytes hold the summary's ${option}; leave ${option} out`, { option })
}
