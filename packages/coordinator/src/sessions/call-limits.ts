import { countFrom, type OptionKind, type OptionKinds, SIGNAL } from '@levattention/core/internal'
import { abortedError, onAbort } from '../aborts/abort.ts'

/** What bounds a call to an actor. */
export interface CallLimits {
  /** Gives the call up: it rejects with Aborted. */
  readonly signal?: AbortSignal | undefined
  /** After this many milliseconds the call resolves with what is known by then. Default: no limit. */
  readonly timeoutMs?: number | undefined
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** `work`, unless the caller gives up first (Aborted) or time runs out (what `late` says). */
export function withLimits<T>(
  work: Promise<T>,
  { signal, timeoutMs = Infinity }: CallLimits,
  late: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onTime = () => settle(() => resolve(late()))
    const timer = timeoutMs <= LONGEST_TIMER_MS ? setTimeout(onTime, timeoutMs) : undefined
    const stop = signal && onAbort(signal, () => settle(() => reject(abortedError(signal))))
    const settle = (then: () => void) => {
      clearTimeout(timer)
      stop?.()
      then()
    }
    work.then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    )
  })
}

/** The kinds of what bounds a call. */
export const LIMIT_KINDS: OptionKinds<CallLimits> = {
  signal: SIGNAL,
  timeoutMs: {
    wanted: 'a number of milliseconds above 0',
    holds: (value) => typeof value === 'number' && value > 0,
  },
}

/** Of `limit`, the most pairs of a query. */
export const PAIR_LIMIT: OptionKind = {
  wanted: 'a whole number of at least 1',
  holds: (value) => value === Infinity || countFrom(1).holds(value),
}
