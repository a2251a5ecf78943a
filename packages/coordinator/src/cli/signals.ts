import { removeOpenTemporaries } from '@levattention/core/internal'

// SIGHUP: the terminal or the connection has gone. Node takes it even under nohup, and would end without tidying up.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Turns signals that ask for an end into an AbortSignal; the second one ends the process at once. */
export class SignalWatch {
  readonly #controller = new AbortController()
  #received: NodeJS.Signals | undefined

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#receive)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The signal that came, if one did. */
  get received(): NodeJS.Signals | undefined {
    return this.#received
  }

  stop(): void {
    for (const name of SIGNALS) process.off(name, this.#receive)
  }

  readonly #receive = (name: NodeJS.Signals): void => {
    if (this.#received === undefined) {
      this.#received = name
      this.#controller.abort(new Error(name))
      return
    }
    removeOpenTemporaries()
    // As if nobody had listened: process.exit would wait for threads, which may be what hangs.
    this.stop()
    process.kill(process.pid, name)
  }
}
