import { setImmediate } from 'node:timers/promises'
import type { Kernels, KernelTeam, Task } from '@levattention/core/internal'
import { runTask, TaskContext } from '@levattention/worker/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import type { Engine } from './engine.ts'

/**
 * Runs every task in this thread, one after the other; between two tasks events and signals get their turn. Native kernels may share
 * each of their calls with threads of their own.
 */
export class InlineEngine implements Engine {
  readonly workerCount = 0
  readonly startedCount = 0
  readonly concurrency = 1
  readonly kernelThreads: number
  readonly #context: TaskContext
  readonly #kernelNames = new Set<string>()
  readonly #lookAtTeam: () => KernelTeam
  /** Calls that others have shared before. */
  readonly #askedBefore: number

  /** `kernelThreads`: those that the kernels of `makeKernels` share a call with, the caller's among them; `lookAtTeam`: at the others. */
  constructor(makeKernels: () => Kernels, kernelThreads = 1, lookAtTeam = noTeam) {
    this.kernelThreads = kernelThreads
    this.#lookAtTeam = lookAtTeam
    this.#askedBefore = lookAtTeam().asked
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

  get startedKernelThreads(): number {
    const { asked, helpers } = this.#lookAtTeam()
    return asked > this.#askedBefore ? Math.min(this.kernelThreads, 1 + helpers) : 1
  }

  get refusedKernelThread(): Error | undefined {
    const { asked, refusal } = this.#lookAtTeam()
    return asked > this.#askedBefore ? refusal : undefined
  }

  async run<Request, Answer>(
    { kind }: Task<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> {
    await setImmediate()
    throwIfAborted(signal)
    return runTask({ kind, request }, this.#context) as Answer
  }

  close(): Promise<void> {
    this.#context.close()
    return Promise.resolve()
  }
}

/** Of kernels that share nothing. */
function noTeam(): KernelTeam {
  return { asked: 0, helpers: 0, refusal: undefined }
}
