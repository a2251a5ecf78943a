import type { Progress } from '../tasks/progress.ts'

/** What every call over a matrix takes: a way to stop it, and a way to watch it. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}
