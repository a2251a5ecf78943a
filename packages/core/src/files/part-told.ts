import { callbackError, isThenable } from '../errors/callback-error.ts'

/** How far the reading of a file is. */
export interface ReadProgress {
  /** Bytes of the file that are read, or parts of it. */
  readonly done: number
  /** All of them. */
  readonly total: number
}

/** How a caller gives a reading up, and hears of it. */
export interface ReadWatch {
  /** Gives it up: the call rejects with AbortError. */
  readonly signal?: AbortSignal | undefined
  /**
   * Is told how far it is: of text bytes of the file, of Parquet its columns in each row group, of a matrix rows; of all else once, at the
   * end. What it throws, or a promise of it rejects with, ends the call.
   */
  readonly onProgress?: ((progress: ReadProgress) => unknown) | undefined
}

/** Tells how far a reading is, and waits for whom it told. Throws Option where that fails. */
export type TellRead = (progress: ReadProgress) => Promise<void>

/** `callback`, a caller's onProgress, as readers call it; undefined where there is none. */
export function tellingOf(callback: ((progress: ReadProgress) => unknown) | undefined): TellRead | undefined {
  if (callback === undefined) return undefined
  return async (progress) => {
    try {
      const told = callback(progress)
      if (isThenable(told)) await told
    } catch (error) {
      throw callbackError('onProgress', error, 'the call ended')
    }
  }
}
