// Catches: a call of the library that goes on after its caller has given it up, loses the reason, leaves a listener on the signal, or
// tells no progress; an opening whose threads stay. Cannot catch: how long it takes (scripts/measure-aborts.mjs).
import { getEventListeners } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CallOptions,
  levattention,
  type LevAttention,
  type Progress,
  saveUniversalSet,
} from '@levattention/coordinator'
import { isLevError, KeySummary, matrix, type UniversalSet } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussian, sourceOf } from '../jobs/support.ts'
import { tiered } from '../../support/tier.ts'

const [N, D] = [9000, 64]
const keys = sourceOf(gaussian(N, D, 1))
const queries = sourceOf(gaussian(60, D, 2))
const heads = { queries, keys, values: keys }
const folder = mkdtempSync(join(tmpdir(), 'lev-aborts-'))
const heavy = join(folder, 'none.csv')
writeFileSync(heavy, 'query,key,score,dot\n')
afterAll(() => rmSync(folder, { recursive: true }))

type Call = (lev: LevAttention, options: CallOptions) => unknown
let sets: readonly UniversalSet[] = []
const setFile = join(folder, 'u.lev')
const bytes = new KeySummary({ dim: D, epsilon: 0.1 }).update(gaussian(500, D, 4).data).toBytes()

const POWERS = tiered([2, 3], [1, 2, 3, 4])
const CALLS: readonly (readonly [string, Call])[] = [
  ...POWERS.flatMap((p): [string, Call][] => [
    [`universalSet p = ${p}`, (lev, options) => lev.universalSet(keys, { p, ...options })],
    [`scores p = ${p}`, (lev, options) => lev.scores(keys, { p, ...options })],
    [`curve p = ${p}`, (lev, options) => lev.curve(keys, { p, ...options })],
    [
      `verify p = ${p}`,
      (lev, options) => lev.verify({ keys, queries, heavy }, { p, epsilon: 0.9, ...options }),
    ],
  ]),
  ['universalSet causal', (lev, options) => lev.universalSet(keys, { causal: true, ...options })],
  ['universalSet sketch', (lev, options) => lev.universalSet(keys, { method: 'sketch', ...options })],
  ['heavyAttentions', (lev, options) => lev.heavyAttentions(sets[0], queries, { keys, ...options })],
  ['merge', (lev, options) => lev.merge(sets, options)],
  ['merge of files', (lev, options) => lev.merge([setFile, sets[1]], options)],
  ['sample', (lev, options) => lev.sample(keys, { rows: 100, ...options })],
  ['softmaxPairs', (lev, options) => lev.softmaxPairs({ queries, keys }, options)],
  ['attend', (lev, options) => lev.attend(heads, { selection: { keep: 32 }, ...options })],
  [
    'attend power',
    (lev, options) => lev.attend(heads, { attention: 'power', p: 3, selection: { keep: 32 }, ...options }),
  ],
  ['coverage', (lev, options) => lev.coverage(heads, { sample: 20, ...options })],
  [
    'saveUniversalSet',
    (_lev, options) => saveUniversalSet(sets[0], join(folder, 'u.npz'), { force: true, ...options }),
  ],
  ['session', (lev, options) => lev.session(sets[0], { actors: 1, ...options })],
  ['liveSummary', (lev, options) => lev.liveSummary({ dim: D, ...options })],
  ['liveSummary from bytes', (lev, options) => lev.liveSummary({ bytes, ...options })],
]

async function whole(given: unknown): Promise<void> {
  const batches = Object(given) as Partial<AsyncIterable<unknown>>
  if (typeof batches[Symbol.asyncIterator] !== 'function') await given
  else for await (const _ of batches as AsyncIterable<unknown>);
}

async function rejection(given: () => unknown): Promise<unknown> {
  try {
    await whole(given())
  } catch (error) {
    return error
  }
  return undefined
}

describe.each(tiered([1], [0, 1]))('workers: %d', (workers) => {
  let lev: LevAttention
  beforeAll(async () => {
    lev = await levattention({ workers })
    const later = matrix(gaussian(500, D, 3).data, { rows: 500, cols: D })
    const options = { epsilon: 0.1 }
    sets = [
      await lev.universalSet(keys, options),
      await lev.universalSet(later, { ...options, rowOffset: N }),
    ]
    await saveUniversalSet(sets[0], setFile, { force: true })
  })
  afterAll(() => lev.close())

  test.each(CALLS)('%s is given up before it begins', async (_name, call) => {
    const reason = new Error('left')
    const error = await rejection(() => call(lev, { signal: AbortSignal.abort(reason) }))
    expect(isLevError(error, 'Aborted') && [error.name, error.cause]).toEqual(['AbortError', reason])
  })

  test.each(CALLS)('%s is given up at the first that it tells of itself', async (name, call) => {
    const controller = new AbortController()
    const told: Progress[] = []
    const onProgress = (progress: Progress) => {
      told.push(progress)
      controller.abort('enough')
    }
    const error = await rejection(() => call(lev, { signal: controller.signal, onProgress }))
    expect(told.length).toBeGreaterThan(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    // What is open by then is open, and what was asked last may be answered.
    if (error === undefined && /session|liveSummary|heavyAttentions|merge/.test(name)) return
    expect(isLevError(error, 'Aborted') && [error.name, error.cause]).toEqual(['AbortError', 'enough'])
  })

  /** Of 600 columns: its numbers are tried by d³ operations, a second of them. */
  const LARGE = 600
  const large = new KeySummary({ dim: LARGE, epsilon: 0.5 }).update(gaussian(700, LARGE, 5).data).toBytes()
  const SLOW: readonly (readonly [string, Call])[] = [
    ['merge of bytes', (own, options) => own.merge([large], options)],
    ['liveSummary from bytes', (own, options) => own.liveSummary({ bytes: large, ...options })],
  ]

  // Without threads nobody could hear of it meanwhile.
  test.runIf(workers > 0).each(SLOW)('%s is given up while a thread reads them', async (_name, call) => {
    await whole(lev.curve(queries))
    const controller = new AbortController()
    const given = rejection(() => call(lev, { signal: controller.signal }))
    await sleep(20)
    controller.abort('enough')
    const start = process.cpuUsage()
    const error = await given
    expect(isLevError(error, 'Aborted') && error.cause).toBe('enough')
    // Time of this process, its threads too: that others take the machine's is no matter.
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(1000)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test.each(CALLS)('%s tells how far it is, up to its end', async (_name, call) => {
    const told = new Map<string, Progress>()
    await whole(call(lev, { onProgress: (progress) => told.set(progress.stage, progress) }))
    expect(told.size).toBeGreaterThan(0)
    for (const { done, total, stage } of told.values()) if (stage !== 'reduce') expect(done).toBe(total)
  })
})

test('a set that is given up while it is written leaves no temporary file behind', async () => {
  const lev = await levattention({ workers: 0 })
  const own = mkdtempSync(join(tmpdir(), 'lev-abort-save-'))
  try {
    const universal = await lev.universalSet(keys)
    for (const afterMs of [0, 1, 3, 6]) {
      const controller = new AbortController()
      const saved = saveUniversalSet(universal, join(own, 'u.npz'), {
        force: true,
        signal: controller.signal,
      })
      setTimeout(() => controller.abort(), afterMs)
      await saved.catch(() => undefined)
      // The call waits for the removal for a moment, on a loaded machine not to its end.
      const left = () => readdirSync(own).filter((name) => name !== 'u.npz')
      await expect.poll(left).toEqual([])
    }
  } finally {
    await lev.close()
    rmSync(own, { recursive: true })
  }
})
