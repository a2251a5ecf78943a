/** Worker threads as they are made, whoever makes them, and a way to make them fail. */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { ResourceLimits, Worker, WorkerOptions } from 'node:worker_threads'

type WorkerClass = new (filename: string | URL, options?: WorkerOptions) => Worker
// The module object itself: what a pool that was loaded by require looks into at each call.
const module = createRequire(import.meta.url)('node:worker_threads') as { Worker: WorkerClass }

export interface WatchedWorkers {
  /** Every worker since, in order. */
  readonly workers: Worker[]
  /** Resolves once worker `index` was made and has loaded its file. */
  ready(index: number): Promise<void>
  /** How many of them still run. */
  running(): number
  restore(): void
}

/**
 * Watches until `restore`. `program`: what a worker runs instead of its file, by its number; undefined = its file.
 * `resourceLimits`: of each.
 */
export function watchWorkers(
  program: (index: number) => string | undefined = () => undefined,
  resourceLimits?: ResourceLimits,
): WatchedWorkers {
  const Original = module.Worker
  const workers: Worker[] = []
  const loaded: { promise: Promise<void>; resolve: () => void }[] = []
  const load = (index: number) => {
    while (loaded.length <= index) {
      let resolve: () => void = () => undefined
      loaded.push({ promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() })
    }
    return loaded[index]
  }
  module.Worker = class extends Original {
    constructor(filename: string | URL, options?: WorkerOptions) {
      const source = program(workers.length)
      if (source === undefined) super(filename, { ...options, ...(resourceLimits ? { resourceLimits } : {}) })
      else super(source, { ...options, eval: true })
      const { resolve } = load(workers.length)
      this.once('message', resolve)
      workers.push(this)
    }
  }
  // For modules that import the class by its name.
  syncBuiltinESMExports()
  return {
    workers,
    ready: (index) => load(index).promise,
    // The id of a thread that has ended is -1.
    running: () => workers.filter(({ threadId }) => threadId !== -1).length,
    restore: () => {
      module.Worker = Original
      syncBuiltinESMExports()
    },
  }
}
