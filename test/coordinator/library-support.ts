/** Calls of the library as a program without types makes them, and what they are refused with. */
import { LevError } from '@levattention/core'
import { expect } from 'vitest'

export type Loose = (...args: unknown[]) => unknown

/** `object[method]`, for any arguments. */
export function untyped(object: object, method: string): Loose {
  return (...args) => (object as Record<string, Loose>)[method](...args)
}

/**
 * What a call is refused with, at once, in its promise, or when its generator begins: always a LevError, in no words of the
 * command's.
 */
export async function refusalOf(call: () => unknown): Promise<LevError> {
  try {
    const result = call()
    const begun = Object(result) as Partial<AsyncGenerator>
    await (typeof begun.next === 'function' ? begun.next() : result)
  } catch (error) {
    if (!(error instanceof LevError)) throw error
    expect(error.message).not.toContain('--')
    expect(error.message).not.toContain('undefined')
    return error
  }
  return expect.fail('it was taken')
}
