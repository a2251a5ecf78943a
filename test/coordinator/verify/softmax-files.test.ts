/**
 * Catches: terms of softmax pairs taken from the wrong place, options that contradict the file and are believed, a mask that is
 * missing or another, a format or a number of workers that is judged otherwise, a sample that misses its queries. Cannot catch: faults
 * of the rules; softmax-pairs.test.ts does.
 */
import { copyFileSync, writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { changedNpz, changedText } from './softmax-changes.ts'
import { someOf, tiered } from '../../support/tier.ts'

const work = new Workspace()
const [N, D] = [300, 8]
const INPUTS = ['--keys', 'K.npy', '--queries', 'Q.npy']
const SOFTMAX = ['--attention', 'softmax']

function writeMask(name: string, hides: (row: number) => boolean): void {
  const seen = Uint8Array.from({ length: N }, (_, row) => (hides(row) ? 0 : 1))
  writeFileSync(work.path(name), Buffer.concat([npyHeader('|b1', [N]), seen]))
}

beforeAll(() => {
  const [keys, queries] = [gaussianRows(N, D, 1), gaussianRows(N, D, 2).map((x) => 2 * x)]
  work.npy('K.npy', [N, D], keys)
  work.npy('Q.npy', [N, D], queries)
  work.npy('late.npy', [20, D], queries.subarray(0, 20 * D))
  writeMask('keys.npy', (row) => row % 5 === 0 || row > 290)
  writeMask('queries.npy', (row) => row < 9)
  writeMask('other.npy', (row) => row % 5 === 1)
  // What nobody sees may be anything.
  const nan = keys.slice()
  nan.fill(NaN, 0, D)
  work.npy('nan.npy', [N, D], nan)
})
afterAll(() => work.remove())

async function made(file: string, ...options: string[]): Promise<void> {
  const ran = await runHere(
    work,
    'run',
    ...SOFTMAX,
    ...INPUTS,
    ...options,
    '--out',
    file,
    '--force',
    '--quiet',
  )
  expect(ran).toMatchObject({ exitCode: 0 })
}

async function verified(file: string, ...options: string[]): Promise<Record<string, unknown>> {
  return await jsonHere(work, 'verify', ...INPUTS, '--heavy', file, ...options)
}

const MASKS = ['--key-mask', 'keys.npy', '--query-mask', 'queries.npy']

const CASES: { name: string; options: string[]; given?: string[]; facts?: object }[] = [
  {
    name: 'every pair',
    options: [],
    given: ['--epsilon', '0.01'],
    facts: { epsilon: 0.01, m: N, n: N, d: D },
  },
  { name: 'causal', options: ['--causal', '--epsilon', '0.02'], facts: { causal: true, epsilon: 0.02 } },
  {
    name: 'a window',
    options: ['--causal', '--sliding-window', '9', '--epsilon', '0.1'],
    facts: { slidingWindow: 9 },
  },
  { name: 'segments', options: ['--segment', '50', '--epsilon', '0.1'], facts: { segment: 50 } },
  {
    name: 'ranges',
    options: ['--key-rows', '10:200', '--query-rows', '3:40', '--epsilon', '0.02'],
    facts: { keyRows: [10, 200], queryRows: [3, 40] },
  },
  {
    name: 'masks',
    options: [...MASKS, '--epsilon', '0.02'],
    facts: { keysHidden: 68, queriesHidden: 9, emptyRows: 9 },
  },
  { name: 'the largest', options: ['--top', '4'], facts: { top: 4, pairs: 4 * N } },
  { name: 'both', options: ['--top', '4', '--epsilon', '0.05'], facts: { top: 4, epsilon: 0.05 } },
  {
    name: 'float64',
    options: ['--precision', 'f64', '--scale', '1', '--epsilon', '0.1'],
    facts: { scale: 1 },
  },
]
describe.each(someOf(CASES, 5))('$name', ({ options, given = options, facts = {} }) => {
  test('a .npz says its terms itself, but for its masks', async () => {
    await made('right.npz', ...options)
    const masks = options.includes('--key-mask') ? MASKS : []
    const found = await verified('right.npz', ...masks)
    expect(found).toMatchObject({
      command: 'verify',
      attention: 'softmax',
      queriesVerified: N,
      queriesBeyondRange: 0,
      ...facts,
    })
    expect(found).not.toHaveProperty('difference')
    // Said once more, they agree.
    expect(await verified('right.npz', ...SOFTMAX, ...given)).not.toHaveProperty('difference')
    for (const workers of tiered(['2'], ['0', '2'])) {
      changedNpz(work.path('right.npz'), work.path('lacks.npz'), 7, 'drop')
      const { exitCode, stdout } = await runHere(
        work,
        'verify',
        ...INPUTS,
        '--heavy',
        'lacks.npz',
        ...masks,
        '--workers',
        workers,
      )
      expect([exitCode, stdout.replaceAll(/\s+/g, ' ')]).toEqual([
        1,
        expect.stringContaining('a pair is missed'),
      ])
    }
  })

  test.each(['ndjson', 'csv'])('a .%s takes them from the options', async (format) => {
    const file = `right.${format}`
    await made(file, ...options)
    expect(await verified(file, ...SOFTMAX, ...given)).not.toHaveProperty('difference')
    changedText(work.path(file), work.path(`lacks.${format}`), 9)
    const { difference } = await verified(`lacks.${format}`, ...SOFTMAX, ...given)
    expect(difference).toMatchObject({ kind: 'missed' })
  })
})

test('every fault of a .npz ends with 1 and says what it is', async () => {
  await made('whole.npz', '--causal', '--epsilon', '0.02')
  for (const [change, text] of [
    ['drop', 'a pair is missed: query'],
    ['score', 'a pair is wrong: query'],
    ['dot', 'a pair is wrong: query'],
    ['lse', 'a row is wrong: query'],
    ['slack', 'a row is wrong: query'],
    ['hidden', 'a pair is extra: query'],
  ] as const) {
    changedNpz(work.path('whole.npz'), work.path('faulty.npz'), 20, change)
    const { exitCode, stdout } = await runHere(work, 'verify', ...INPUTS, '--heavy', 'faulty.npz')
    expect([change, exitCode, stdout.replaceAll(/\s+/g, ' ')]).toEqual([
      change,
      1,
      expect.stringContaining(text),
    ])
  }
})

test('a sample tries its queries alone, whatever the rest holds', async () => {
  await made('all.npz')
  expect(await verified('all.npz', '--sample', '20', '--seed', '3')).toMatchObject({ queriesVerified: 20 })
  changedNpz(work.path('all.npz'), work.path('lacks.npz'), 0, 'drop')
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const { difference } = await verified('lacks.npz', '--sample', '150', '--seed', String(seed))
    kinds.add(difference === undefined ? 'right' : (difference as { kind: string }).kind)
  }
  expect(kinds).toEqual(new Set(['right', 'missed']))
})

test('NaN in keys that nobody sees is nobody’s; in others it is named', async () => {
  const inputs = ['--keys', 'nan.npy', '--queries', 'Q.npy']
  const masked = [...inputs, ...MASKS]
  expect(await runHere(work, 'run', ...SOFTMAX, ...masked, '--out', 'nan.npz', '--quiet')).toMatchObject({
    exitCode: 0,
  })
  expect(await jsonHere(work, 'verify', ...masked, '--heavy', 'nan.npz')).not.toHaveProperty('difference')
  await made('seen.npz')
  const found = await jsonHere(work, 'verify', ...inputs, '--heavy', 'seen.npz')
  expect(found).toMatchObject({ exitCode: 65, error: { row: 0, column: 0 } })
})

describe('refused', () => {
  const refusal = async (file: string, ...options: string[]) => {
    const { exitCode, error } = await verified(file, ...options)
    return { exitCode, ...(error as { message: string; option?: string }) }
  }
  beforeAll(async () => {
    await made('plain.npz', '--epsilon', '0.02')
    await made('plain.csv', '--epsilon', '0.02')
    await made('masked.npz', ...MASKS)
    const power = ['--epsilon', '0.02', '--out', 'power.npz', '--quiet']
    await runHere(work, 'run', ...INPUTS, ...power)
    copyFileSync(work.path('power.npz'), work.path('again.npz'))
  })

  test.each<[string[], string]>([
    [['--epsilon', '0.01'], '--epsilon is 0.01, but plain.npz says 0.02; leave --epsilon out'],
    [['--top', '3'], '--top is 3, but plain.npz says none'],
    [['--scale', '1'], '--scale is 1, but plain.npz says 0.35'],
    [['--precision', 'f64'], '--precision is f64, but plain.npz says f32'],
    [['--causal'], '--causal is true, but plain.npz says false'],
    [['--query-start', '0'], '--query-start is 0, but plain.npz says none'],
    [['--segment', '5'], '--segment is 5, but plain.npz says none'],
    [['--sliding-window', '5'], '--sliding-window is 5, but plain.npz says none'],
    [['--key-rows', '0:5'], '--key-rows is 0:5, but plain.npz says none'],
    [['--query-rows', '0:5'], '--query-rows is 0:5, but plain.npz says none'],
    [['--attention', 'power'], '--attention is power, but plain.npz is about softmax'],
    [['--key-mask', 'keys.npy'], '--key-mask is given, but plain.npz says none'],
    [['--p', '2'], '--p is of |q.k|^P attention, and plain.npz is about softmax'],
    [['--sign', 'positive'], '--sign is of |q.k|^P attention'],
  ])('%s against the meta', async (options, message) => {
    const found = await refusal('plain.npz', ...options)
    expect(found).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) as string })
    expect(found.option).toBe(options[0].slice(2))
  })

  test.each<[string[], string, string]>([
    [['--key-mask', 'keys.npy'], 'query-mask', 'was made with a mask of the queries'],
    [['--query-mask', 'queries.npy'], 'key-mask', 'was made with a mask of the keys'],
    [
      ['--key-mask', 'other.npy', '--query-mask', 'queries.npy'],
      'key-mask',
      'hides other rows than the mask',
    ],
  ])('masks %s', async (options, option, message) => {
    const found = await refusal('masked.npz', ...options)
    expect(found).toMatchObject({ exitCode: 2, option, message: expect.stringContaining(message) as string })
  })

  test.each<[string, string[], string]>([
    ['plain.csv', SOFTMAX, 'does not say at which epsilon or top'],
    ['plain.csv', [...SOFTMAX, '--epsilon', '0.02', '--sliding-window', '3'], '--causal'],
    ['plain.csv', ['--epsilon', '0.02', '--top', '3'], '--top is of softmax attention'],
    ['plain.csv', ['--epsilon', '0.02', '--scale', '1'], '--scale is of softmax attention'],
    ['power.npz', ['--key-mask', 'keys.npy'], '--key-mask is given, but power.npz says none'],
    ['power.npz', SOFTMAX, '--attention is softmax, but power.npz is about |q.k|^2'],
  ])('%s %s', async (file, options, message) => {
    expect(await refusal(file, ...options)).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message) as string,
    })
  })

  test('softmax without queries, and queries of other inputs', async () => {
    const alone = await jsonHere(work, 'verify', '--keys', 'K.npy', '--heavy', 'plain.npz')
    expect(alone).toMatchObject({ exitCode: 2, error: { option: 'queries' } })
    const late = await jsonHere(
      work,
      'verify',
      '--keys',
      'K.npy',
      '--queries',
      'late.npy',
      '--heavy',
      'plain.npz',
    )
    expect(late).toMatchObject({ exitCode: 65 })
  })

  test('a meta that cannot be so', async () => {
    changedNpz(work.path('plain.npz'), work.path('lies.npz'), 0, 'meta')
    expect(await refusal('lies.npz')).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('lies.npz: what its meta says cannot be') as string,
    })
  })
})
