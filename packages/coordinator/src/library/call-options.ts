import type { Progress } from '../tasks/progress.ts'

/** What every call over a matrix takes: a way to stop it, and a way to watch it. */
export interface CallOptions {
  /** Gives the call up: it rejects with Aborted. */
  readonly signal?: AbortSignal | undefined
  /**
   * Told after each task that is done. What it throws, or a promise of it rejects with, gives the call up, which rejects with Option and has
   * that as its cause; promises of it are waited for before the call ends.
   */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}
