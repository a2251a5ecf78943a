import { KeySummary, LevError, type UniversalSet } from '@levattention/core/internal'
import { shareArrays } from '../pipeline/share.ts'
import type { Runtime } from '../runtime.ts'
import type { LiveSummary, LiveSummaryOptions } from './live-summary.ts'
import type { Session, SessionOptions } from './session.ts'

const MAX_WAITING = 256
const MAX_ACTORS = 1024

/** comlink is loaded with the first of them: nothing else needs it. Throws Option, WorkerLost. */
export async function openSession(
  universal: UniversalSet,
  { epsilon = universal.epsilon, actors, maxWaiting = MAX_WAITING }: SessionOptions,
  runtime: Runtime,
): Promise<Session> {
  runtime.requireOpen()
  const actorCount = actors ?? Math.max(1, runtime.threadCount)
  requireCount('actors', actorCount, MAX_ACTORS)
  requireCount('maxWaiting', maxWaiting, Number.MAX_SAFE_INTEGER)
  const { Session: Class } = await import('./session.ts')
  const { kernelsModule } = runtime
  return await Class.open(shareArrays(universal), { epsilon, actorCount, maxWaiting, kernelsModule })
}

/** Throws Option, Content where the bytes are damaged, WorkerLost. */
export async function openLiveSummary(options: LiveSummaryOptions, runtime: Runtime): Promise<LiveSummary> {
  runtime.requireOpen()
  // Made here as well as in the thread, so that wrong terms and damaged bytes are told as what they are.
  const settings = 'bytes' in options ? options : { terms: { epsilon: 0.01, ...options } }
  const { dim } = (
    'bytes' in settings ? KeySummary.fromBytes(settings.bytes) : new KeySummary(settings.terms)
  ).state
  const { LiveSummary: Class } = await import('./live-summary.ts')
  return await Class.open(dim, settings, runtime.kernelsModule)
}

function requireCount(option: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return
  throw new LevError('Option', `${option} is ${count}; it must be a whole number from 1 to ${most}`, {
    option,
  })
}
