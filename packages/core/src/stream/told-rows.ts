import { callbackError, isThenable } from '../errors/callback-error.ts'
import { LevError } from '../errors/errors.ts'

const ALL_IN = 'the rows are in all the same'

/** The onProgress of a call that cannot wait. It fails no work: what it threw is thrown when all is done. */
export class ToldRows {
  readonly #callback: ((rowCount: number) => unknown) | undefined
  #failure: LevError | undefined

  constructor(callback: ((rowCount: number) => unknown) | undefined) {
    this.#callback = callback
  }

  tell(rowCount: number): void {
    if (this.#failure) return
    try {
      const told = this.#callback?.(rowCount)
      if (!isThenable(told)) return
      // It is refused here: nobody else is to hear of it, and an unheard failure ends the process.
      told.then(undefined, () => undefined)
      const message = `update: onProgress returned a Promise, for which nothing waits here: give a function that returns nothing; ${ALL_IN}`
      this.#failure = new LevError('Option', message, { option: 'onProgress' })
    } catch (error) {
      this.#failure = callbackError('onProgress', error, ALL_IN)
    }
  }

  /** Throws Option where the callback failed. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }
}
