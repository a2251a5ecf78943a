/** What runs when a signal aborts: one listener a signal, as Node warns of a leak from the eleventh on. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/** Runs `act` once when `signal` aborts; the result takes that back. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let acts = waiting.get(signal)
  if (!acts) {
    const all = new Set<() => void>()
    acts = all
    waiting.set(signal, all)
    signal.addEventListener('abort', () => all.forEach((each) => each()), { once: true })
  }
  acts.add(act)
  return () => acts.delete(act)
}
