// Catches: a command that takes --p and forgets it, files that `verify` finds wrong for p other than 2, intervals that a
// format loses, refusals that are silent. Cannot catch: an error that run and verify share (test/laws/every-power.test.ts
// holds the pipeline against an oracle of its own).
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Difference } from '#coordinator/verify/verify-judge'
import type { JobSummary } from '#coordinator/job/job-summary'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'
import { tiered } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [3000, 6], gaussianRows(3000, 6, 1, 30))
  work.npy('Q.npy', [200, 6], gaussianRows(200, 6, 2))
})

type AnySummary = JobSummary & {
  readonly queriesVerified?: number
  readonly uncertifiedMissed?: number
  readonly difference?: Difference
}

/** The summary of a command that ends well. */
async function summaryOf(commandLine: string): Promise<AnySummary> {
  const { exitCode, summary } = await ended(commandLine)
  expect(exitCode).toBe(0)
  return summary
}

/** Exit code and summary of a command that is not refused. */
async function ended(commandLine: string): Promise<{ exitCode: number | null; summary: AnySummary }> {
  const [name, ...args] = commandLine.split(' ')
  const { exitCode, stdout, stderr } = await runHere(
    work,
    name,
    ...args,
    '--json',
    '--quiet',
    '--workers',
    '0',
  )
  expect(stderr).toBe('')
  return { exitCode, summary: JSON.parse(stdout) as AnySummary }
}

describe.each(
  tiered(
    [
      [0.5, 0.001],
      [3, 0.02],
    ],
    [
      [0.5, 0.001],
      [1, 0.005],
      [3, 0.02],
      [4, 0.02],
    ],
  ),
)('p = %s', (p, epsilon) => {
  test('run, build and query write what verify finds right, and say p', async () => {
    const found = await summaryOf(
      `run --keys K.npy --queries Q.npy --p ${p} --epsilon ${epsilon} --out h.npz --universal u.lev --force`,
    )
    expect(found).toMatchObject({ p, attention: `|q.k|^${p}`, uncertifiedQueries: 0 })
    expect(found.pairs).toBeGreaterThan(0)
    expect((found.queriesSettled ?? 0) + (found.queriesExactPass ?? 0)).toBe(200)
    const verified = await summaryOf('verify --keys K.npy --queries Q.npy --heavy h.npz')
    expect(verified).toMatchObject({ p, queriesVerified: 200, pairs: found.pairs })
    expect(verified).not.toHaveProperty('difference')
    const queried = await summaryOf(
      'query --universal u.lev --queries Q.npy --keys K.npy --out h2.npz --force',
    )
    expect(queried).toMatchObject({ p, pairs: found.pairs })
    expect(readFileSync(work.path('h2.npz'))).toEqual(readFileSync(work.path('h.npz')))
  })

  test.each(['npz', 'csv', 'ndjson'])(
    'intervals in .%s hold the scores, with the keys and without',
    async (format) => {
      const terms = format === 'npz' ? '' : ` --epsilon ${epsilon} --p ${p}`
      await summaryOf(`build K.npy --p ${p} --epsilon ${epsilon} --out u.lev --force`)
      for (const keys of [' --keys K.npy --scores interval', '']) {
        const found = await summaryOf(
          `query --universal u.lev --queries Q.npy${keys} --out i.${format} --force`,
        )
        if (keys !== '') expect(found.uncertifiedQueries).toBe(0)
        if (keys === '' && format !== 'npz') continue // They do not tell which queries are undecided.
        const { exitCode, summary } = await ended(
          `verify --keys K.npy --queries Q.npy --heavy i.${format}${terms}`,
        )
        // Without the keys undecided queries may lack pairs, and nothing else differs.
        const { uncertifiedMissed = 0, difference } = summary
        if (keys !== '') expect(uncertifiedMissed).toBe(0)
        expect(exitCode).toBe(uncertifiedMissed > 0 ? 1 : 0)
        expect(difference?.message.includes('though it lists the query') ?? false).toBe(uncertifiedMissed > 0)
      }
    },
  )

  test('scores are the bounds that choose U, and curve counts them', async () => {
    const built = await summaryOf(`build K.npy --p ${p} --epsilon 0.01 --out u.lev --force`)
    const scored = await summaryOf(`scores K.npy --p ${p} --out t.npy --force`)
    const curved = await summaryOf(`curve K.npy --p ${p}`)
    expect(scored).toMatchObject({ p, maxBound: built.maxBound })
    const { curve } = curved as unknown as { curve: { epsilon: number; universalSize: number }[] }
    const point = curve.find((one) => one.epsilon === 0.01)
    if (point) expect(point.universalSize).toBe(built.universalSize)
    const file = readFileSync(work.path('t.npy'))
    const bounds = new Float64Array(new Uint8Array(file.subarray(-3000 * 8)).buffer)
    expect(bounds.filter((bound) => bound >= 0.01 * (1 - 1e-9)).length).toBe(built.universalSize)
  })
})

test('fewer passes only enlarge U', async () => {
  const one = await summaryOf('build K.npy --p 1 --epsilon 0.01 --passes 1 --out u.lev --force')
  const all = await summaryOf('build K.npy --p 1 --epsilon 0.01 --out u.lev --force')
  expect(one.universalSize).toBeGreaterThanOrEqual(all.universalSize ?? Infinity)
  expect(one.bytesRead).toBeLessThanOrEqual(all.bytesRead ?? 0)
})

describe('is refused', () => {
  test.each([
    ['another p than the file’s', 'query --universal u3.lev --queries Q.npy --p 4', 2, ['--p is 4', 'p = 3']],
    ['exact scores without keys', 'query --universal u3.lev --queries Q.npy --scores exact', 2, ['--keys']],
    ['rows of another p added', 'build K.npy --p 4 --append u3.lev --out m.lev', 2, ['--p is 4', 'p = 3']],
    [
      'exact scores from a stream',
      'run --keys - --queries Q.npy --p 3 --scores exact',
      2,
      ['--scores', 'only once'],
    ],
    ['passes over a stream', 'build - --p 3 --passes 4 --out m.lev', 2, ['--passes', 'only once']],
    ['verify with another p', 'verify --keys K.npy --queries Q.npy --heavy h3.npz --p 2', 2, ['--p is 2']],
  ])('%s', async (_, commandLine, code, words) => {
    await summaryOf('run --keys K.npy --queries Q.npy --p 3 --out h3.npz --universal u3.lev --force')
    const [name, ...args] = commandLine.split(' ')
    const { exitCode, stderr } = await runHere(work, name, ...args, '--quiet')
    expect({ exitCode, stderr }).toMatchObject({ exitCode: code })
    for (const word of words) expect(stderr).toContain(word)
  })
})

test('--tighten lowers the bounds that build writes, and verify finds no pair missed', async () => {
  const terms = '--p 3 --epsilon 0.05'
  const plain = await summaryOf(`build K.npy ${terms} --out plain.lev --force`)
  const tight = await summaryOf(
    `run --keys K.npy --queries Q.npy ${terms} --tighten --universal tight.lev --out h.npz --force`,
  )
  expect(tight.boundSum).toBeLessThan(0.95 * (plain.boundSum ?? 0))
  expect(tight.warnings).toEqual([])
  const verified = await summaryOf('verify --keys K.npy --queries Q.npy --heavy h.npz')
  expect(verified).toMatchObject({ queriesVerified: 200, pairs: tight.pairs })
  expect(verified).not.toHaveProperty('difference')
})

test.each([
  ['build K.npy --tighten --out no.lev', /exact already/],
  ['build - --tighten --dtype f32 --cols 6 --p 3 --out no.lev', /come only once/],
])('%s is refused', async (commandLine, message) => {
  const [name, ...args] = commandLine.split(' ')
  const { exitCode, stderr } = await runHere(work, name, ...args, '--quiet')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

test('queries that rounding of a huge p leaves undecided are listed, never passed over in silence', async () => {
  work.npy('K3.npy', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1))
  work.npy('q3.npy', [1, 2], Float32Array.of(1, 0))
  // The dots are 1, 0, 1: two keys have a score of one half at every p.
  expect(await summaryOf('run --keys K3.npy --queries q3.npy --p 1e8 --epsilon 0.05')).toMatchObject({
    pairs: 2,
    uncertifiedQueries: 0,
  })
  for (const p of ['3e8', '1e12', '1e300']) {
    const found = await summaryOf(`run --keys K3.npy --queries q3.npy --p ${p} --epsilon 0.05`)
    expect({ p, pairs: found.pairs, uncertified: found.uncertifiedQueries }).toEqual({
      p,
      pairs: 0,
      uncertified: 1,
    })
    expect(found.thresholdSlack ?? 0).not.toBeNull()
  }
})

test('verify with a segment that a file was not made with is refused', async () => {
  await summaryOf('run --keys K.npy --queries Q.npy --out whole.npz --force')
  const { exitCode, stderr } = await runHere(
    work,
    'verify',
    ...'--keys K.npy --queries Q.npy --heavy whole.npz --segment 10'.split(' '),
  )
  expect(exitCode).toBe(2)
  expect(stderr).toContain('whole.npz says none')
})
