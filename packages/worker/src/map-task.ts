import type { TaskKind, TaskRequest, TaskResult } from './protocol.ts'
import type { TaskContext } from './task-context.ts'

/** A map task: a pure function of its request. The context only saves work. */
export type MapTask<K extends TaskKind> = (request: TaskRequest<K>, context: TaskContext) => TaskResult<K>
