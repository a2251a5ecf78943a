import { LevError } from './errors.ts'

/** What a call rejects with whose callback, its option `name`, threw `cause`, or a promise of which rejected with it; `then`: what became of the call. */
export function callbackError(name: string, cause: unknown, then: string): LevError {
  const text = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : ''
  const message = `${name} failed${text === '' ? '' : `: ${text}`}; ${then}`
  return new LevError('Option', message, { option: name }, { cause })
}

/** What may be waited for, of any kind of promise. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
