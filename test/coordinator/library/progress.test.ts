// Catches: what a caller's onProgress throws, or a promise of it rejects with, that is lost, rejects as it is, ends the process, leaves a
// thread or goes on with the call; an answer before such promises have settled. Cannot catch: calls without progress.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { levattention, type LevAttention, saveUniversalSet } from '@levattention/coordinator'
import { isLevError, KeySummary, type UniversalSet } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussian, sourceOf } from '../jobs/support.ts'
import { untyped } from './library-support.ts'
import { tiered } from '../../support/tier.ts'

const [N, D] = [9000, 8]
const numbers = gaussian(N, D, 1)
const keys = sourceOf(numbers)
const queries = sourceOf(gaussian(60, D, 2))
const heads = { queries, keys, values: keys }
let set: UniversalSet
const folder = mkdtempSync(join(tmpdir(), 'lev-progress-'))
writeFileSync(join(folder, 'none.csv'), 'query,key,score,dot\n')
afterAll(() => rmSync(folder, { recursive: true }))

type OnProgress = () => unknown
type Call = (lev: LevAttention, onProgress: never) => unknown

const CALLS: readonly (readonly [string, Call])[] = [
  ['universalSet', (lev, onProgress) => lev.universalSet(keys, { onProgress })],
  ['universalSet p = 3', (lev, onProgress) => lev.universalSet(keys, { p: 3, onProgress })],
  ['scores', (lev, onProgress) => lev.scores(keys, { onProgress })],
  ['curve', (lev, onProgress) => lev.curve(keys, { onProgress })],
  ['sample', (lev, onProgress) => lev.sample(keys, { rows: 9, onProgress })],
  ['heavyAttentions', (lev, onProgress) => lev.heavyAttentions(set, queries, { keys, onProgress })],
  ['softmaxPairs', (lev, onProgress) => lev.softmaxPairs({ queries, keys }, { onProgress })],
  ['attend', (lev, onProgress) => lev.attend(heads, { selection: { keep: 8 }, onProgress })],
  ['coverage', (lev, onProgress) => lev.coverage(heads, { onProgress })],
  [
    'verify',
    (lev, onProgress) =>
      lev.verify({ keys, queries, heavy: join(folder, 'none.csv') }, { epsilon: 0.9, onProgress }),
  ],
  ['merge', (lev, onProgress) => lev.merge([set], { onProgress })],
  [
    'saveUniversalSet',
    (_lev, onProgress) => saveUniversalSet(set, join(folder, 'u.lev'), { force: true, onProgress }),
  ],
  ['session', (lev, onProgress) => lev.session(set, { actors: 1, onProgress })],
  ['liveSummary', (lev, onProgress) => lev.liveSummary({ dim: D, onProgress })],
  [
    'session.query',
    async (lev, onProgress) => {
      const session = await lev.session(set, { actors: 1 })
      try {
        return await session.query(numbers.data.subarray(0, 100 * D), { onProgress })
      } finally {
        await session.release()
      }
    },
  ],
  [
    'live.push',
    async (lev, onProgress) => {
      const live = await lev.liveSummary({ dim: D })
      try {
        return await live.push(numbers.data, { onProgress })
      } finally {
        await live.release()
      }
    },
  ],
]

async function rejection(given: () => unknown): Promise<unknown> {
  try {
    const begun = Object(given()) as Promise<unknown> | AsyncIterable<unknown>
    if (Symbol.asyncIterator in begun) for await (const _ of begun);
    else await begun
  } catch (error) {
    return error
  }
  return undefined
}

const thrown = new RangeError('no more')
/** The first two of all calls; the others take the same ways. */
const FAILING = {
  throws: () => () => {
    throw thrown
  },
  'rejects later': () => async () => {
    await later(30)
    throw thrown
  },
  rejects: () => async () => await Promise.reject(thrown),
  'rejects by a promise of its own kind': () => () =>
    // oxlint-disable-next-line unicorn/no-thenable -- that is the case
    ({ then: (_: unknown, reject: (error: unknown) => void) => reject(thrown) }),
} satisfies Readonly<Record<string, () => OnProgress>>
const KINDS = Object.keys(FAILING) as (keyof typeof FAILING)[]

describe.each(tiered([2], [0, 2]))('workers: %d', (workers) => {
  let lev: LevAttention
  beforeAll(async () => {
    lev = await levattention({ workers })
    set = await lev.universalSet(keys, { epsilon: 0.1 })
  })
  afterAll(() => lev.close())

  describe.each(KINDS)('an onProgress that %s', (kind) => {
    test.each(KINDS.indexOf(kind) < 2 ? CALLS : CALLS.slice(0, 3))(
      'ends %s, and is its cause',
      async (_name, call) => {
        const error = await rejection(() => call(lev, FAILING[kind]() as never))
        expect(error).toMatchObject({ tag: 'Option', name: 'LevError', place: { option: 'onProgress' } })
        expect(isLevError(error) && error.cause).toBe(thrown)
        expect((error as Error).message).toBe(
          'onProgress failed: no more; the call that told it was given up',
        )
      },
    )
  })

  test.each(CALLS)('%s is answered when all promises have settled', async (_name, call) => {
    let [open, told] = [0, 0]
    const onProgress = async () => {
      open++
      told++
      await later(5)
      open--
    }
    expect(await rejection(() => call(lev, onProgress as never))).toBeUndefined()
    expect([open, told > 0]).toEqual([0, true])
  })

  test('who waits for such a promise may give the call up', async () => {
    const controller = new AbortController()
    const onProgress = async () => await new Promise<void>(() => undefined)
    setTimeout(() => controller.abort('enough'), 100)
    const error = await rejection(() => lev.universalSet(keys, { onProgress, signal: controller.signal }))
    expect(error).toMatchObject({ tag: 'Aborted', name: 'AbortError', cause: 'enough' })
  })

  test('the time limit of a session counts on', async () => {
    const session = await lev.session(set, { actors: 1 })
    const onProgress = async () => await new Promise<void>(() => undefined)
    const answer = await session.query(numbers.data.subarray(0, D), { onProgress, timeoutMs: 500 })
    expect(answer.complete).toBe(true)
    await session.release()
  })
})

test.each([
  ['throws', 'onProgress failed: no more', thrown],
  ['rejects', 'update: onProgress returned a Promise', undefined],
] as const)('update of a summary has all rows when its onProgress %s', async (kind, message, cause) => {
  const summary = new KeySummary({ dim: D, epsilon: 0.1 })
  const error = await rejection(() => untyped(summary, 'update')(numbers.data, FAILING[kind]()))
  expect(isLevError(error, 'Option') && [error.message, error.cause]).toEqual([
    expect.stringContaining(message),
    cause,
  ])
  expect(summary.rowCount).toBe(N)
  const all = new KeySummary({ dim: D, epsilon: 0.1 }).update(numbers.data)
  expect(summary.universalSet().rowIds).toEqual(all.universalSet().rowIds)
})
