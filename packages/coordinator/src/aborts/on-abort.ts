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
