import { setImmediate } from 'node:timers/promises'
import type { Kernels } from '@levattention/core/internal'
import {
  runTask,
  TaskContext,
  type TaskKind,
  type TaskRequest,
  type TaskResult,
} from '@levattention/worker/internal'
import { throwIfAborted } from './abort.ts'
import type { Engine } from './engine.ts'

/** Runs every task in this thread, one after the other; between two tasks events and signals get their turn. */
export class InlineEngine implements Engine {
  readonly workerCount = 0
  readonly startedCount = 0
  readonly concurrency = 1
  readonly #context: TaskContext
  readonly #kernelNames = new Set<string>()

  constructor(makeKernels: () => Kernels) {
    this.#context = new TaskContext(() => {
      const kernels = makeKernels()
      this.#kernelNames.add(kernels.name)
      return kernels
    })
  }

  /** Scalar where a memory was refused to any. */
  get kernelsName(): string {
    return this.#kernelNames.has('scalar') ? 'scalar' : this.#context.kernels.name
  }

  async run<K extends TaskKind>(
    kind: K,
    request: TaskRequest<K>,
    signal?: AbortSignal,
  ): Promise<TaskResult<K>> {
    await setImmediate()
    throwIfAborted(signal)
    return runTask(kind, request, this.#context)
  }

  close(): Promise<void> {
    this.#context.close()
    return Promise.resolve()
  }
}
