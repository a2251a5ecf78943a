/** Calls of the library as a program without types makes them, and what they are refused with. */
import { levattention, type LiveSummary, type Session } from '@levattention/coordinator'
import { KeySummary, LevError, matrix, type UniversalSet } from '@levattention/core'
import { afterAll, beforeAll, expect } from 'vitest'

export type Loose = (...args: unknown[]) => unknown

export const numbers = Float32Array.of(1, 0, 0, 1)
export const shape = { rows: 2, cols: 2 }
export const keys = matrix(numbers, shape)
export const summary = new KeySummary({ dim: 2, epsilon: 0.1 }).update(numbers)
export const bytes = summary.toBytes()
// What the tests of a file call on, as `useLibrary` opens it.
export let lev: Awaited<ReturnType<typeof levattention>>
export let universal: UniversalSet
export let causal: UniversalSet
export let cubic: UniversalSet
export let session: Session
export let live: LiveSummary

/** The library, open while the tests of the file that asks run. */
export function useLibrary(): void {
  beforeAll(async () => {
    lev = await levattention({ workers: 0 })
    universal = await lev.universalSet(keys)
    causal = await lev.universalSet(keys, { causal: true })
    cubic = await lev.universalSet(keys, { p: 3 })
    session = await lev.session(universal, { actors: 1 })
    live = await lev.liveSummary({ dim: 2 })
  })
  afterAll(() => lev.close())
}

export const construct: Loose = (...args) => Reflect.construct(KeySummary, args)

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
