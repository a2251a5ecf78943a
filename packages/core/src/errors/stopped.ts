import { LevError } from './errors.ts'

/** Throws Aborted, with the signal's reason as its cause, where reading `label` was given up. */
export function throwIfStopped(signal: AbortSignal | undefined, label: string, file?: string): void {
  if (!signal?.aborted) return
  const place = file === undefined ? {} : { file }
  throw new LevError('Aborted', `${label}: reading it was stopped`, place, { cause: signal.reason })
}
