// What piscina loads in each worker thread: one context a thread, one named handler.
import { workerData } from 'node:worker_threads'
import { kernelsOf } from '@levattention/core/internal'
import type { TaskMessage, WorkerSettings } from './protocol.ts'
import { Pulse } from './pulse.ts'
import { runTask } from './run-task.ts'
import { TaskContext } from './task-context.ts'
import { toWireError, type WireAnswer } from './wire-error.ts'

let context: TaskContext | undefined
const pulse = new Pulse()

/** Settings lie where piscina puts a pool's workerData: second of two. */
function settings(): WorkerSettings {
  return Array.isArray(workerData) ? (workerData[1] as WorkerSettings) : (workerData as WorkerSettings)
}

export function handle(message: TaskMessage): WireAnswer<unknown> | Promise<never> {
  try {
    pulse.begin(message.pulse)
    // What a task answers is posted, and so copied, before the next one comes.
    context ??= new TaskContext(() => kernelsOf(settings(), pulse.beat), pulse.beat, keptMemory())
    return { ok: true, result: runTask(message, context) }
  } catch (error) {
    if (isAllocationFailure(error)) return dieOf(error)
    return { ok: false, error: toWireError(error) }
  }
}

/** The same array for every answer of one length: fresh ones would wait for a garbage collector that seldom comes. */
function keptMemory(): (length: number) => Float64Array {
  let kept = new Float64Array(0)
  return (length) => {
    if (kept.length !== length) kept = new Float64Array(length)
    return kept
  }
}

/** V8's words where the system has no memory for an array: no fault of the task, which may succeed in an empty thread. */
function isAllocationFailure(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Array buffer allocation failed'
}

/** Ends this thread, and so gives back its memory: the coordinator replaces it and tries the task again. */
function dieOf(error: unknown): Promise<never> {
  setImmediate(() => {
    throw error
  })
  return new Promise(() => undefined)
}
