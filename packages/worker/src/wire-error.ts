import { type ErrorPlace, type ErrorTag, LevError } from '@levattention/core/internal'

/** An error as plain data: structured clone would lose the class, the tag and the place. */
interface WireError {
  readonly tag: ErrorTag
  readonly message: string
  readonly place: ErrorPlace
  readonly stack: string | undefined
}

/** What a worker answers: its result, or its error. */
export type WireAnswer<R> =
  { readonly ok: true; readonly result: R } | { readonly ok: false; readonly error: WireError }

export function toWireError(error: unknown): WireError {
  if (error instanceof LevError) {
    return { tag: error.tag, message: error.message, place: error.place, stack: error.stack }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { tag: 'Internal', message, place: {}, stack: error instanceof Error ? error.stack : undefined }
}

/** The error rebuilt on this side; the worker's stack is in its cause. */
export function fromWireError({ tag, message, place, stack }: WireError): LevError {
  const cause = new Error(message)
  if (stack !== undefined) cause.stack = stack
  return new LevError(tag, message, place, { cause })
}

/** What `run` gives, or what it throws, as plain data. */
export function answerOf<R>(run: () => R): WireAnswer<R> {
  try {
    return { ok: true, result: run() }
  } catch (error) {
    return { ok: false, error: toWireError(error) }
  }
}

/** The result, or the error thrown on this side. */
export function resultOf<R>(answer: WireAnswer<R>): R {
  if (answer.ok) return answer.result
  throw fromWireError(answer.error)
}
