/**
 * What went wrong, for programs. The command maps each tag to an exit code (docs/cli.md).
 *
 * - `Option`: an option or argument is wrong, or two conflict.
 * - `Content`: the input's bytes: type, shape, NaN, a damaged file, another d.
 * - `NotFound`: a file, pattern or tensor was not found or cannot be read.
 * - `CannotWrite`: the output exists, its folder does not, the disk is full.
 * - `InputChanged`: the input changed during the run: try again.
 * - `IncompatibleSummary`: two summaries that cannot be merged.
 * - `ShapeMismatch`: a caller's arrays do not fit together.
 * - `NotReady`: a step of a run whose earlier steps are not done: later.
 * - `WorkerLost`: a worker died, or could not start.
 * - `Overloaded`: more calls wait for a session's actors than it takes: later, or elsewhere.
 * - `SystemLimit`: the system refuses memory, address space, threads or files, or Node is too old: elsewhere, or with higher limits.
 * - `Aborted`: the caller's AbortSignal.
 * - `Internal`: a defect of ours.
 */
export type ErrorTag =
  | 'Option'
  | 'Content'
  | 'NotFound'
  | 'CannotWrite'
  | 'InputChanged'
  | 'IncompatibleSummary'
  | 'ShapeMismatch'
  | 'NotReady'
  | 'WorkerLost'
  | 'Overloaded'
  | 'SystemLimit'
  | 'Aborted'
  | 'Internal'

/**
 * What would help, by its `kind`: to give the type and columns of raw numbers, to say that two-byte elements are bfloat16, to leave out
 * rows with a missing value, to take each matrix of an array by itself (`layout`: of its axes, where rows may stand before heads).
 */
export type Remedy =
  /** To give `dtype` and `cols`. */
  | { readonly kind: 'raw' }
  /** To say that elements are bfloat16. */
  | { readonly kind: 'bfloat16' }
  /** To leave out the rows that have a missing value. */
  | { readonly kind: 'missing' }
  /** To take each matrix by itself. */
  | { readonly kind: 'heads'; readonly layout?: string }

/** An index on the first axes of an array, as it is typed: a number, or ':' for a whole axis. */
export type ArrayIndex = readonly (number | ':')[]

/** Where it went wrong, as far as it applies. All positions are 0-based. */
export interface ErrorPlace {
  /** Path, or address, of the input or output. */
  readonly file?: string
  /** Its name in the file: of an .npz member or a tensor. */
  readonly array?: string
  /** Of an array of three axes or more: the index of the matrix, [head], [layer, head], or [batch, ':', head]. */
  readonly head?: ArrayIndex
  /** Which input of the job it is. */
  readonly input?: InputName
  /** In the matrix of that file; without a file in all rows. */
  readonly row?: number
  /** Of several files as one matrix: the row in the whole. */
  readonly rowId?: number
  /** From 0. */
  readonly column?: number
  /** What stands there where it should be a finite number: NaN, Infinity or -Infinity. */
  readonly value?: string
  /** So many values of the whole matrix are NaN or infinite, in so many of its rows, and in these columns. */
  readonly count?: number
  /** Of these values, how many are infinite. */
  readonly infiniteCount?: number
  /** See `count`. */
  readonly rowCount?: number
  /** See `count`. */
  readonly columns?: readonly number[]
  /** The heads of the job that hold such values, each by its index. */
  readonly heads?: readonly ArrayIndex[]
  /** The option or argument that is wrong, by its name in the library. */
  readonly option?: string
  /** What would help, where it can be said as a value. */
  readonly remedy?: Remedy
}

/** The inputs of a job, by the names that calls give them. */
export type InputName = 'keys' | 'queries' | 'values'

/** The one error class: `tag` and `place` for programs, `message` (what, where, what to do) for people. */
export class LevError extends Error {
  /** 'AbortError' of a call that its caller gave up, as platforms name it; of all others 'LevError'. */
  override readonly name: 'LevError' | 'AbortError'
  /** What went wrong, for programs. */
  readonly tag: ErrorTag
  /** Where it went wrong, as far as it applies. */
  readonly place: ErrorPlace

  constructor(tag: ErrorTag, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = tag === 'Aborted' ? 'AbortError' : 'LevError'
    this.tag = tag
    this.place = place
  }
}

/** True where `error` is ours and, if tags are given, carries one of them. */
export function isLevError(error: unknown, ...tags: ErrorTag[]): error is LevError {
  return error instanceof LevError && (tags.length === 0 || tags.includes(error.tag))
}
