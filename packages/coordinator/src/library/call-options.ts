import type { Progress } from '../tasks/progress.ts'

/** What every call over a matrix takes: a way to stop it, and a way to watch it. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}
