import type { Task } from '@levattention/core/internal'

/** Runs tasks somewhere. The same request gives the same answer on every engine. */
export interface Engine {
  /** Threads that may run tasks; 0 = this thread. */
  readonly workerCount: number
  /** Threads started so far: no more than there were tasks for, beyond the machine's cores. */
  readonly startedCount: number
  /** That may share one call of a kernel, where the engine's own thread has some of the addon beside it. */
  readonly kernelThreads?: number
  /** Those of them that calls were shared by so far, the engine's own among them. */
  readonly startedKernelThreads?: number
  /** Why the system started no more of them, where it refused one. */
  readonly refusedKernelThread?: Error | undefined
  /** Tasks to keep under way at once. */
  readonly concurrency: number
  readonly kernelsName: string
  /** Runs one task. Rejects with the task's LevError, WorkerLost, or Aborted. */
  run<Request, Answer>(task: Task<Request, Answer>, request: Request, signal?: AbortSignal): Promise<Answer>
  close(): Promise<void>
}
