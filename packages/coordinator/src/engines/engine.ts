import type { RowPass, RowTaskKind } from '../pipeline/reduce-pass.ts'
import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker/internal'

/** Runs map tasks somewhere. The same request gives the same answer on every engine. */
export interface Engine {
  /** Threads that may run tasks; 0 = this thread. */
  readonly workerCount: number
  /** Threads started so far: no more than there were tasks for, beyond the machine's cores. */
  readonly startedCount: number
  /** Tasks to keep under way at once. */
  readonly concurrency: number
  readonly kernelsName: string
  /** Runs one task. Rejects with the task's LevError, WorkerLost, or Aborted. */
  run<K extends TaskKind>(kind: K, request: TaskRequest<K>, signal?: AbortSignal): Promise<TaskResult<K>>
  /** Runs a map in an own way, where the engine has one for this kind: results in the requests' order. */
  mapKept?<K extends TaskKind>(
    kind: K,
    requests: readonly TaskRequest<K>[],
    signal?: AbortSignal,
  ): AsyncGenerator<TaskResult<K>, void, void> | undefined
  /** As `reducePass`, where sums of several parts may stand in files. `onDone` counts the tasks that are done, in order. */
  reduceKept?<K extends RowTaskKind, S>(
    pass: RowPass<K, S>,
    signal: AbortSignal | undefined,
    onDone: (done: number) => void,
  ): Promise<S | undefined>
  close(): Promise<void>
}
