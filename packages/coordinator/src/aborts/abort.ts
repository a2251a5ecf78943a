import { LevError } from '@levattention/core/internal'

/** Throws Aborted, with the signal's reason as its cause, where the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal)
}

export function abortedError(signal: AbortSignal): LevError {
  return new LevError('Aborted', 'stopped at the caller’s wish', {}, { cause: signal.reason })
}

/** What `work` finds, unless the caller gives up first (Aborted): then nobody hears of it. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(abortedError(signal))
    else stop = onAbort(signal, () => reject(abortedError(signal)))
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    stop()
  }
}

/** What runs when a signal aborts: one listener a signal, as Node warns of a leak from the eleventh on. */
const waiting = new WeakMap<AbortSignal, { readonly acts: Set<() => void>; readonly listener: () => void }>()

/** Runs `act` once when `signal` aborts; the result takes that back, and with the last one the listener. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const { acts, listener } = waiting.get(signal) ?? listenTo(signal)
  acts.add(act)
  return () => {
    acts.delete(act)
    if (acts.size > 0 || waiting.get(signal)?.acts !== acts) return
    waiting.delete(signal)
    signal.removeEventListener('abort', listener)
  }
}

function listenTo(signal: AbortSignal) {
  const acts = new Set<() => void>()
  const listener = () => acts.forEach((each) => each())
  const entry = { acts, listener }
  waiting.set(signal, entry)
  signal.addEventListener('abort', listener, { once: true })
  return entry
}
