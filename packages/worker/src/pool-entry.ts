// What piscina loads in each worker thread: one context a thread, one named handler.
import { workerData } from 'node:worker_threads'
import { scalarKernels, wasmKernels } from '@levattention/core/internal'
import type { TaskMessage, WorkerSettings } from './protocol.ts'
import { runMessage } from './run-task.ts'
import { TaskContext } from './task-context.ts'
import { toWireError, type WireAnswer } from './wire-error.ts'

let context: TaskContext | undefined

/** Settings lie where piscina puts a pool's workerData: second of two. */
function settings(): WorkerSettings {
  return Array.isArray(workerData) ? (workerData[1] as WorkerSettings) : (workerData as WorkerSettings)
}

export function handle(message: TaskMessage): WireAnswer<unknown> {
  try {
    const { kernelsModule } = settings()
    context ??= new TaskContext(() => (kernelsModule ? wasmKernels(kernelsModule) : scalarKernels()))
    return { ok: true, result: runMessage(message, context) }
  } catch (error) {
    return { ok: false, error: toWireError(error) }
  }
}
