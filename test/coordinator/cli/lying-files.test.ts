// Catches: a `verify` that believes what a file says of itself (slack, undecided queries, intervals, mass, meta), in any
// mode, and one that finds fault with an honest file of a mode, also where its slack is large. Cannot catch: a lie inside
// the slack that the mode itself may have (docs/guarantees.md, "A verification").
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { type HeavyArrays, heavyArrays, writeHeavy } from '../../core/pairs/crafted-heavy.ts'
import { Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'
import {
  D,
  EPSILON,
  keys,
  M,
  N,
  queries,
  queryOf,
  without,
  withExtras,
  halved,
  moved,
} from './lying-support.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('K.npy', [N, D], keys.data)
  work.npy('Q.npy', [M, D], queries.data)
  work.npy('heads.npy', [2, N / 2, D], keys.data)
})

const INPUTS = ['--keys', 'K.npy', '--queries', 'Q.npy']

async function verified(file: string, ...inputs: string[]) {
  const given = inputs.length === 0 ? INPUTS : inputs
  return await jsonHere(work, 'verify', ...given, '--heavy', file, '--workers', '0')
}

/** The honest file of a run, changed. */
function changed(honest: HeavyArrays, change: (arrays: HeavyArrays) => Partial<HeavyArrays>): string {
  return writeHeavy(work.path('lie.npz'), { ...honest, ...change(honest) })
}

interface Mode {
  readonly options: string
  readonly p: number
  readonly mask: { readonly causal: boolean; readonly queryStart?: number; readonly segment?: number }
}

const MODES: [string, Mode][] = [
  ['whole', { options: '', p: 2, mask: { causal: false } }],
  ['causal', { options: '--causal --query-start 100', p: 2, mask: { causal: true, queryStart: 100 } }],
  [
    'in segments',
    { options: '--segment 90 --query-start 0', p: 2, mask: { causal: false, queryStart: 0, segment: 90 } },
  ],
  ['p = 3', { options: '--p 3', p: 3, mask: { causal: false } }],
  ['p = 3, intervals', { options: '--p 3 --scores interval', p: 3, mask: { causal: false } }],
  [
    'p = 1, causal',
    { options: '--p 1 --causal --query-start 340', p: 1, mask: { causal: true, queryStart: 340 } },
  ],
  ['sketch', { options: '--method sketch', p: 2, mask: { causal: false } }],
]

describe.each(someOf(MODES, 2))('%s', (name, { options, p, mask }) => {
  const file = `${name.replaceAll(/\W/g, '')}.npz`
  let honest: HeavyArrays
  beforeAll(async () => {
    const terms = [...options.split(' ').filter(Boolean), '--epsilon', String(EPSILON), '--out', file]
    expect((await runHere(work, 'run', ...INPUTS, ...terms, '--quiet')).stderr).toBe('')
    honest = heavyArrays(work.path(file))
  })

  test('the honest file is right, as it is and made of its arrays', async () => {
    expect(await verified(file)).toMatchObject({ queriesVerified: M, uncertifiedQueries: 0 })
    expect(await verified(changed(honest, () => ({})))).not.toHaveProperty('difference')
  })

  test.each([1e-3, 1, 1e300])('40 pairs below epsilon are extra where the slack is %s', async (slack) => {
    const lie = changed(honest, (arrays) => ({
      ...withExtras(arrays, p, mask, 40),
      // Below that of its intervals it would be wrong itself.
      slack: arrays.slack!.map((own) => Math.max(own, slack)),
    }))
    expect((await verified(lie)).difference).toMatchObject({ kind: 'extra' })
  })

  test('a pair is missed though its query is listed as undecided, and what else differs comes first', async () => {
    const at = honest.data.length - 1
    const lie = changed(honest, (arrays) => ({
      ...without(arrays, at),
      uncertified: Array.from({ length: M }, (_, i) => i),
    }))
    const query = queryOf(honest, at)
    expect(await verified(lie)).toMatchObject({
      difference: { kind: 'missed', query, key: honest.indices[at] },
      uncertifiedQueries: M,
      uncertifiedLacking: 1,
      uncertifiedMissed: 1,
      queriesVerified: M,
    })
    const text = await runHere(work, 'verify', ...INPUTS, '--heavy', lie)
    expect(text).toMatchObject({ exitCode: 1 })
    expect(text.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `${M} queries the file lists as undecided, tried as the others are: 1 of them lacks 1 heavy pair`,
    )
    const both = changed(honest, (arrays) => ({
      ...without(without(arrays, at), 0),
      uncertified: [query],
    }))
    expect((await verified(both)).difference).toMatchObject({ kind: 'missed', query: queryOf(honest, 0) })
  })

  test.each<[string, (arrays: HeavyArrays) => Partial<HeavyArrays>]>([
    [
      'a score and its ends',
      (arrays) => ({
        data: halved(arrays.data),
        scoreLow: arrays.scoreLow && halved(arrays.scoreLow),
        scoreHigh: arrays.scoreHigh && halved(arrays.scoreHigh),
      }),
    ],
    [
      'a dot of the other sign',
      ({ dots }) => ({ dots: Float64Array.from(dots, (value, i) => (i === 0 ? -value : value)) }),
    ],
    [
      'a dot that is a little off',
      ({ dots }) => ({ dots: Float64Array.from(dots, (value, i) => (i === 0 ? value * (1 + 1e-7) : value)) }),
    ],
    [
      'an infinite dot',
      ({ dots }) => ({ dots: Float64Array.from(dots, (value, i) => (i === 0 ? Infinity : value)) }),
    ],
    ['a key beside the right one', ({ indices }) => ({ indices: moved(indices) })],
  ])('%s differs', async (_, change) => {
    const lie = changed(honest, (arrays) => ({ ...change(arrays), slack: new Float64Array(M).fill(1) }))
    expect((await verified(lie)).difference).toBeDefined()
  })

  test.each<[object]>([
    [{ attention: 'softmax' }],
    [{ attention: '|q.k|^7' }],
    [{ d: D + 1 }],
    [{ n: N + 1 }],
    [{ m: M + 1 }],
    [{ epsilon: 2 }],
  ])('a meta of %j is refused', async (said) => {
    const lie = changed(honest, ({ meta }) => ({ meta: { ...(meta as object), ...said } }))
    expect(await verified(lie)).toMatchObject({ exitCode: 65 })
  })
})

test('heads: each against its own keys', async () => {
  const options = [
    '--keys',
    'heads.npy',
    '--heads',
    'all',
    '--epsilon',
    String(EPSILON),
    '--out',
    'heads',
    '--quiet',
  ]
  expect((await runHere(work, 'run', ...options)).exitCode).toBe(0)
  const honest = heavyArrays(work.path('heads/head-0001.npz'))
  expect(await verified('heads/head-0001.npz', '--keys', 'heads.npy#[1]')).not.toHaveProperty('difference')
  expect((await verified('heads/head-0001.npz', '--keys', 'heads.npy#[0]')).difference).toBeDefined()
  const lie = changed(honest, (arrays) => ({ ...without(arrays, 3), uncertified: [queryOf(arrays, 3)] }))
  expect((await verified(lie, '--keys', 'heads.npy#[1]')).difference).toMatchObject({ kind: 'missed' })
})

describe('p = 2', () => {
  let honest: HeavyArrays
  beforeAll(async () => {
    await runHere(work, 'run', ...INPUTS, '--epsilon', String(EPSILON), '--out', 'two.npz', '--quiet')
    honest = heavyArrays(work.path('two.npz'))
  })

  test.each<[string, (mass: number[]) => void]>([
    ['less than the heavy keys take', (mass) => (mass[7] = 1e-3)],
    ['none at all', (mass) => (mass[7] = NaN)],
  ])('a mass of %s is wrong', async (_, change) => {
    const mass = Array.from(honest.mass ?? [])
    change(mass)
    const { difference } = await verified(changed(honest, () => ({ mass })))
    expect(difference).toMatchObject({ kind: 'wrong', query: 7 })
    expect((difference as { message: string }).message).toContain('mass inside U')
  })

  test('a slack that its own scores do not keep is a wrong file', async () => {
    const off = (relative: number) =>
      Float64Array.from(honest.data, (score, i) => (i === 5 ? score * (1 + relative) : score))
    const zero = new Float64Array(M)
    expect(
      (await verified(changed(honest, () => ({ data: off(5e-10), slack: zero })))).difference,
    ).toMatchObject({ kind: 'wrong' })
    expect(
      await verified(changed(honest, () => ({ data: off(5e-10), slack: zero.fill(1e-9) }))),
    ).not.toHaveProperty('difference')
  })

  test('ends of the scores are refused: it has none', async () => {
    const ends = {
      scoreLow: new Float64Array(honest.data.length),
      scoreHigh: new Float64Array(honest.data.length).fill(1),
    }
    expect(await verified(changed(honest, () => ends))).toMatchObject({ exitCode: 65 })
  })

  test('a file of a part of the keys is not taken for one of all', async () => {
    const meta = { ...(honest.meta as object), n: 1, rows: [[N - 1, N]] }
    expect(await verified(changed(honest, () => ({ meta })))).toMatchObject({ exitCode: 65 })
  })
})

test('honest files of ill-conditioned keys, whose slack is large, are right', async () => {
  const random = new Random(7)
  const [rows, cols] = [600, 6]
  const data = Float64Array.from({ length: rows * cols }, () => random.normal())
  // Columns that copy one another to a few parts in 10^7, and a constant beside its parts.
  for (let r = 0; r < rows; r++) {
    data[r * cols + 1] = data[r * cols] * (1 + 3e-7 * random.normal())
    data[r * cols + 5] = data[r * cols + 2] + data[r * cols + 3] + data[r * cols + 4]
  }
  work.npy('ill.npy', [rows, cols], data)
  work.npy(
    'illQ.npy',
    [3, cols],
    Float64Array.of(1, -1, 0, 0, 0, 0, 0, 0, 1, 1, 1, -1, 1, -1, 1, 1, 1, -1.001),
  )
  for (const asked of ['illQ.npy', 'ill.npy']) {
    const inputs = ['--keys', 'ill.npy', '--queries', asked]
    const out = ['--epsilon', '0.01', '--out', 'ill.npz', '--quiet', '--force']
    expect((await runHere(work, 'run', ...inputs, ...out)).exitCode).toBe(0)
    expect(await verified('ill.npz', ...inputs)).not.toHaveProperty('difference')
  }
})

test('dots far below the rest decide nothing less: an honest file is right, one that lacks them is not', async () => {
  const far = Float64Array.of(1e150, 1e150, 1e-50, 0, 0, 2e-50)
  work.npy('far.npy', [3, 2], far)
  work.npy('farQ.npy', [1, 2], Float64Array.of(1, -1))
  const inputs = ['--keys', 'far.npy', '--queries', 'farQ.npy']
  await runHere(work, 'run', ...inputs, '--epsilon', '0.05', '--out', 'far.npz', '--quiet')
  const honest = heavyArrays(work.path('far.npz'))
  expect(honest).toMatchObject({ indices: [1, 2], uncertified: new Float64Array(0) })
  expect(await verified('far.npz', ...inputs)).not.toHaveProperty('difference')
  const lie = changed(honest, (arrays) => without(arrays, 0))
  expect((await verified(lie, ...inputs)).difference).toMatchObject({ kind: 'missed', key: 1 })
})

test('what float64 does not hold is said to be undecided, and no honest file blamed for it', async () => {
  work.npy('lost.npy', [3, 2], Float64Array.of(1e300, 1e300, 1.23456e-20, 0, 0, 1.7e-20))
  work.npy('lostQ.npy', [2, 2], Float64Array.of(1, -1, 1, 1))
  const inputs = ['--keys', 'lost.npy', '--queries', 'lostQ.npy']
  await runHere(work, 'run', ...inputs, '--epsilon', '0.05', '--out', 'lost.npz', '--quiet')
  expect(heavyArrays(work.path('lost.npz')).uncertified).toEqual(Float64Array.of(0))
  const summary = await verified('lost.npz', ...inputs)
  expect(summary).toMatchObject({ queriesBeyondRange: 1, queriesVerified: 1, uncertifiedQueries: 1 })
  expect(summary).not.toHaveProperty('difference')
  const text = await runHere(work, 'verify', ...inputs, '--heavy', 'lost.npz')
  expect(text.stdout).toContain('1 query could not be decided')
})

test('a query that lists every key does not fill the memory: one of them is extra', async () => {
  const count = 200_000
  work.npy('long.npy', [count, 1], new Float64Array(count).fill(1))
  work.npy('one.npy', [1, 1], Float64Array.of(1))
  const indices = Float64Array.from({ length: count }, (_, i) => i)
  const lie = writeHeavy(work.path('long.npz'), {
    shape: [1, count],
    data: new Float64Array(count).fill(1 / count),
    indices,
    indptr: [0, count],
    dots: new Float64Array(count).fill(1),
    slack: [1],
    meta: { p: 2, epsilon: 0.5 },
  })
  const { difference } = await verified(lie, '--keys', 'long.npy', '--queries', 'one.npy')
  expect(difference).toMatchObject({ kind: 'extra', query: 0, key: 0 })
})
