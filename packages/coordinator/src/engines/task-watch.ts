/** How long a task may wait for a thread to begin it, while none is at work. */
const START_LIMIT_MS = 30_000
/** How long a task may show no sign of life: no read and no kernel call, each of which takes far less. */
export const HANG_LIMIT_MS = 600_000

export interface WatchLimits {
  readonly hangLimitMs?: number | undefined
  readonly startLimitMs?: number | undefined
}

interface WatchedTask {
  /** Counts the worker's signs of life [1], in shared memory; 0 until it begins. */
  readonly pulse: Int32Array
  beatsSeen: number
  stillTicks: number
}

const TICKS_A_LIMIT = 10

/**
 * Tasks without an answer yet. One that shows no sign of life for the limit is given up by its controller, and so are all
 * where they wait and none is begun. Time is counted in ticks of a timer, not by the clock: while this thread is busy or the
 * process is stopped, none passes.
 */
export class TaskWatch {
  readonly #limits: Required<{ [K in keyof WatchLimits]: number }>
  readonly #tickMs: number
  readonly #tasks = new Map<AbortController, WatchedTask>()
  #timer: NodeJS.Timeout | undefined
  #idleTicks = 0

  constructor({ hangLimitMs = HANG_LIMIT_MS, startLimitMs = START_LIMIT_MS }: WatchLimits = {}) {
    this.#limits = { hangLimitMs, startLimitMs }
    this.#tickMs = Math.min(hangLimitMs, startLimitMs) / TICKS_A_LIMIT
  }

  /** From now on `task` is watched; its worker counts in the array returned. */
  add(task: AbortController): Int32Array {
    const pulse = new Int32Array(new SharedArrayBuffer(4))
    this.#tasks.set(task, { pulse, beatsSeen: 0, stillTicks: 0 })
    this.#idleTicks = 0
    // It keeps the process alive: a thread that hangs while it starts does not.
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs)
    return pulse
  }

  /** `task` has its answer, or was given up. */
  remove(task: AbortController): void {
    this.#tasks.delete(task)
    this.#idleTicks = 0
    if (this.#tasks.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Gives up all tasks, because of `reason`. */
  giveUpAll(reason: string): void {
    for (const task of this.#tasks.keys()) task.abort(new Error(reason))
  }

  #tick(): void {
    const { hangLimitMs, startLimitMs } = this.#limits
    let isAnyBegun = false
    for (const [task, watched] of this.#tasks) {
      const beats = Atomics.load(watched.pulse, 0)
      if (beats === 0) continue
      isAnyBegun = true
      watched.stillTicks = beats === watched.beatsSeen ? watched.stillTicks + 1 : 0
      watched.beatsSeen = beats
      if (watched.stillTicks * this.#tickMs >= hangLimitMs)
        task.abort(new Error(`its worker gave no sign of life for ${hangLimitMs / 1000} s`))
    }
    this.#idleTicks = isAnyBegun ? 0 : this.#idleTicks + 1
    if (this.#idleTicks * this.#tickMs < startLimitMs) return
    this.#idleTicks = 0
    this.giveUpAll(`no worker began it within ${startLimitMs / 1000} s`)
  }
}
