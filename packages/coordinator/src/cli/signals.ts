import { removeOpenTemporaries } from '@levattention/core/internal'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Turns SIGINT and SIGTERM into an AbortSignal; the second one ends the process at once. */
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
    process.exit(EXIT_CODES[name as keyof typeof EXIT_CODES])
  }
}
