import type { Progress } from '../tasks/progress.ts'

/** What every call over a matrix takes: a way to stop it, and a way to watch it. */
export interface CallOptions {
  /** Gives the call up: it rejects with Aborted. */
  readonly signal?: AbortSignal | undefined
  /** Told after each task that is done. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}
