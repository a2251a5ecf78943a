// Catches: a command that draws otherwise for other workers, shards or after a break, a seed that is not told or does not repeat a run, a
// format that loses what an estimate says of a score, files that `verify` finds wrong, scores asked for where there is none. Cannot
// catch: lower ends that fail too often (test/core/search/estimate-rows.test.ts).
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobSummary } from '#coordinator/job/job-summary'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [4500, 4], gaussianRows(4500, 4, 1, 300))
  work.npy('Q.npy', [60, 4], gaussianRows(60, 4, 2))
})

const INPUTS = '--keys K.npy --queries Q.npy'
const ASKED = `${INPUTS} --p 3 --scores estimate --delta 0.001`

/** The summary of a command that ends well. */
async function summaryOf(commandLine: string): Promise<JobSummary> {
  const [name, ...args] = commandLine.split(' ')
  const { exitCode, stdout, stderr } = await runHere(work, name, ...args, '--json', '--quiet')
  expect({ exitCode, stderr, stdout: exitCode === 0 ? '' : stdout }).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: '',
  })
  return JSON.parse(stdout) as JobSummary
}

const bytesOf = (name: string) => readFileSync(work.path(name))

test('every heavy pair is told, with ends and standard errors, and verify finds the file right', async () => {
  const exact = await summaryOf(`run ${INPUTS} --p 3 --out exact.npz`)
  const found = await summaryOf(`run ${ASKED} --workers 0 --out h.npz`)
  expect(found).toMatchObject({
    scores: 'estimate',
    guarantee: { kind: 'probabilistic', delta: 0.001 },
    uncertifiedQueries: 0,
    queriesExactPass: 0,
  })
  expect(exact.pairs).toBeGreaterThan(100)
  expect(found.pairs).toBeGreaterThanOrEqual(exact.pairs ?? 0)
  expect(found.pairs).toBeLessThan(1.1 * (exact.pairs ?? 0))
  const verified = await summaryOf(`verify ${INPUTS} --heavy h.npz`)
  expect(verified).not.toHaveProperty('difference')
  expect(verified).toMatchObject({ pairs: found.pairs })
})

test('the seed is told, by which the same bytes come again: for any workers, shards and from the set alone', async () => {
  const first = await summaryOf(`run ${ASKED} --workers 0 --out a.npz --universal u.lev`)
  const other = await summaryOf(`run ${ASKED} --workers 0 --out b.npz`)
  expect(Number.isSafeInteger(first.seed)).toBe(true)
  expect(other.seed).not.toBe(first.seed)
  expect(bytesOf('b.npz')).not.toEqual(bytesOf('a.npz'))
  const repeated = `${ASKED} --seed ${first.seed} --force --out b.npz`
  await summaryOf(`run ${repeated} --workers 2`)
  expect(bytesOf('b.npz')).toEqual(bytesOf('a.npz'))
  await summaryOf(`query --universal u.lev ${repeated} --workers 0 --query-batches 7`)
  expect(bytesOf('b.npz')).toEqual(bytesOf('a.npz'))
  const { stderr } = await runHere(work, 'run', ...repeated.split(' '))
  expect(stderr.replace(/\s+/g, ' ')).toContain(`(this seed: ${first.seed})`)
})

test('an empty set leaves nothing to chance: nothing is drawn', async () => {
  const found = await summaryOf(
    'run --keys Q.npy --p 3 --epsilon 0.99 --scores estimate --workers 0 --out none.npz',
  )
  expect(found).toMatchObject({
    universalSize: 0,
    pairs: 0,
    guarantee: { kind: 'deterministic' },
    uncertifiedQueries: 0,
    queriesExactPass: 0,
  })
  expect(found.seconds).not.toHaveProperty('draw')
  expect(await summaryOf('verify --keys Q.npy --heavy none.npz')).not.toHaveProperty('difference')
})

test('what is counted is told: pairs just below epsilon are among them', async () => {
  const { stderr, stdout } = await runHere(
    work,
    'run',
    ...`${ASKED} --workers 0 --force --out a.npz`.split(' '),
  )
  expect(`${stdout}${stderr}`.replace(/\s+/g, ' ')).toMatch(
    /run: [\d,]+ pairs whose scoreHigh reaches epsilon in 60 queries/,
  )
})

test.each(['csv', 'ndjson'])('a .%s tells the standard error of each score', async (format) => {
  const { pairs } = await summaryOf(`run ${ASKED} --workers 0 --out t.${format}`)
  const verified = await summaryOf(`verify ${INPUTS} --heavy t.${format} --epsilon 0.01 --p 3`)
  expect(verified).toMatchObject({ pairs })
  expect(verified).not.toHaveProperty('difference')
  const [line] = bytesOf(`t.${format}`).toString().split('\n')
  expect(line).toContain('scoreSE')
})

/** The map levels of a run folder that are known by now. */
async function levelsOf(folder: string): Promise<readonly { readonly kind: string }[]> {
  const { run } = await jsonHere(work, 'status', '--run', folder)
  return (run as { readonly levels: readonly { readonly kind: string }[] }).levels
}

describe('in a run folder', () => {
  test('a broken run goes on with its own seed', async () => {
    const whole = await summaryOf(`run ${ASKED} --workers 0 --checkpoint DIR --out whole.npz`)
    copyFileSync(work.path('whole.npz'), work.path('first.npz'))
    rmSync(work.path('DIR/result/heavy.npz'))
    for (const name of readdirSync(work.path('DIR/parts')))
      if (name.startsWith('query')) rmSync(work.path(`DIR/parts/${name}`))
    const again = await summaryOf(`run ${ASKED} --workers 0 --checkpoint DIR --out whole.npz --force`)
    expect(again.seed).toBe(whole.seed)
    expect(bytesOf('whole.npz')).toEqual(bytesOf('first.npz'))
  })

  test('draws are a level of their own, and steps come to the same bytes', async () => {
    const { mapLevels } = (await jsonHere(
      work,
      ...(`plan --run STEPS ${ASKED} --seed 5 --shards 2`.split(' ') as [string, ...string[]]),
    )) as { mapLevels: number }
    for (let level = 0; level < mapLevels; level++) {
      if ((await levelsOf('STEPS')).length <= level) break
      for (const index of [0, 1]) await summaryOf(`step map --run STEPS --level ${level} --index ${index}`)
    }
    expect((await levelsOf('STEPS')).at(-1)?.kind).toBe('estimateDraws')
    await summaryOf('step finish --run STEPS')
    await summaryOf('step query --run STEPS --index 0')
    await summaryOf('step collect --run STEPS')
    await summaryOf(`run ${ASKED} --seed 5 --shards 2 --workers 0 --out cut.npz`)
    expect(bytesOf('STEPS/result/heavy.npz')).toEqual(bytesOf('cut.npz'))
  })
})

test.each([
  ['p = 2', `run ${INPUTS} --scores estimate`, 'p other than 2'],
  ['causal queries', 'run --keys K.npy --p 3 --causal --scores estimate', 'those up to its own alone'],
  ['segments', 'run --keys K.npy --p 3 --segment 100 --scores estimate', '--segment'],
  ['a set alone', 'query --universal u.lev --queries Q.npy --scores estimate', '--keys'],
  ['a delta of 1', `run ${INPUTS} --p 3 --scores estimate --delta 1`, '--delta'],
  ['a delta of nothing', `query --universal u.lev ${INPUTS} --delta 0.1`, '--scores estimate'],
])('no estimate of %s', async (_, commandLine, why) => {
  const [name, ...args] = commandLine.split(' ')
  const { exitCode, stderr } = await runHere(work, name, ...args)
  expect(exitCode).toBe(2)
  expect(stderr.replace(/\s+/g, ' ')).toContain(why)
})
