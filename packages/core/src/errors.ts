/** What went wrong, for programs. The command maps each tag to an exit code (product.md section 2). */
export type ErrorTag =
  | 'Option' // an option or argument is wrong, or two conflict
  | 'Content' // the input's bytes: dtype, shape, NaN, damaged file, d differs
  | 'NotFound' // file, glob or tensor not found or unreadable
  | 'CannotWrite' // output exists, folder, disk full
  | 'InputChanged' // the input changed during the run: retry
  | 'IncompatibleSummary' // two summaries that cannot be merged
  | 'ShapeMismatch' // a library caller's arrays do not fit together
  | 'NotReady' // a step of a run whose earlier steps are not done: later
  | 'WorkerLost' // a worker died, or could not start
  | 'Overloaded' // more calls wait for a session's actors than it takes: later, or elsewhere
  | 'Aborted' // the caller's AbortSignal
  | 'Internal' // a defect of ours

/**
 * What would help, where the library and the command say it in words of their own: to give the type and columns of raw
 * numbers, to say that two-byte elements are bfloat16, to take each matrix of the array at `address` by itself.
 */
export type Remedy =
  | { readonly kind: 'raw' }
  | { readonly kind: 'bfloat16' }
  | { readonly kind: 'heads'; readonly address: string }

/** Where it went wrong. Rows and columns are 0-based positions in the whole matrix. */
export interface ErrorPlace {
  readonly file?: string
  readonly row?: number
  readonly column?: number
  readonly option?: string
  readonly remedy?: Remedy
}

/** The one error class: `tag` and `place` for programs, `message` (what, where, what to do) for people. */
export class LevError extends Error {
  override readonly name = 'LevError'
  readonly tag: ErrorTag
  readonly place: ErrorPlace

  constructor(tag: ErrorTag, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options)
    this.tag = tag
    this.place = place
  }
}

/** True where `error` is ours and, if tags are given, carries one of them. */
export function isLevError(error: unknown, ...tags: ErrorTag[]): error is LevError {
  return error instanceof LevError && (tags.length === 0 || tags.includes(error.tag))
}
