import { LevError } from '@levattention/core/internal'

/** Throws Aborted, with the signal's reason as its cause, where the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal)
}

export function abortedError(signal: AbortSignal): LevError {
  return new LevError('Aborted', 'stopped at the caller’s wish', {}, { cause: signal.reason })
}
