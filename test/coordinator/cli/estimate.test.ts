// Catches: a command that draws otherwise for other workers, shards or after a break, a seed that is not told or does not repeat a run, a
// format that loses what an estimate says of a score, files that `verify` finds wrong, scores asked for where there is none. Cannot
// catch: lower ends that fail too often (test/core/search/estimate-rows.test.ts).
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readHeavyPairs } from '@levattention/core/internal'
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

function metaOf(name: string) {
  const reader = readHeavyPairs(work.path(name))
  reader.close()
  return reader.meta
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

test('a set of all keys leaves nothing to chance: it tells the row sums', async () => {
  const asked = '--keys Q.npy --p 3 --epsilon 1e-6'
  const found = await summaryOf(`run ${asked} --scores estimate --workers 0 --out all.npz`)
  const exact = await summaryOf(`run ${asked} --workers 0 --out exact.npz --force`)
  expect(found).toMatchObject({ universalSize: 60, guarantee: { kind: 'deterministic' }, pairs: exact.pairs })
  expect(found.queriesByDraws).toEqual([{ draws: 0, queries: 60 }])
  expect(found.seconds).not.toHaveProperty('draw')
  expect(metaOf('all.npz')).toMatchObject({ scores: 'estimate', seed: found.seed })
  expect(metaOf('all.npz')).not.toHaveProperty('delta')
  await summaryOf(`run ${asked} --scores estimate --workers 0 --out all.ndjson`)
  const lines = bytesOf('all.ndjson').toString().trim().split('\n')
  expect(lines.every((line) => line.includes('"scoreSE":0,') || line.endsWith('"scoreSE":0}'))).toBe(true)
  const { stdout } = await runHere(work, 'inspect', 'all.npz')
  expect(stdout).toMatch(/scores +of estimates, for which nothing had to be drawn: none is missed/)
  const report = await runHere(work, 'report', 'all.npz', '--out', 'all.html', '--keep', '8')
  expect(report.stderr).toContain('None, by a bound that holds for every query')
})

test('how many draws queries took is told', async () => {
  const { queriesByDraws = [], m } = await summaryOf(`run ${ASKED} --workers 0 --force --out a.npz`)
  expect(queriesByDraws.reduce((sum, { queries }) => sum + queries, 0)).toBe(m)
  expect(queriesByDraws.map(({ draws }) => draws)).toEqual(
    queriesByDraws.map(({ draws }) => draws).toSorted((a, b) => a - b),
  )
  expect(queriesByDraws.some(({ draws }) => draws >= 1024)).toBe(true)
  const { stderr } = await runHere(work, 'run', ...`${ASKED} --workers 0 --force --out a.npz`.split(' '))
  expect(stderr).toMatch(/draws +(none|[\d,]+) for \d+ quer/)
})

test('files of estimates are called so', async () => {
  await summaryOf(`run ${ASKED} --seed 7 --workers 0 --force --out a.npz`)
  const said = 'none is missed but with a probability of 0.001 at most over the seed of the draws (7)'
  const { stdout } = await runHere(work, 'inspect', 'a.npz')
  expect(stdout).toMatch(/^a\.npz: pairs whose scoreHigh reaches epsilon\n/)
  expect(stdout.replace(/\s+/g, ' ')).toContain(said)
  await runHere(work, 'report', 'a.npz', '--out', 'a.html', '--keep', '8')
  const page = readFileSync(work.path('a.html'), 'utf8')
  expect(page).toMatch(/[\d,]+ pairs whose scoreHigh reaches epsilon on/)
  expect(page).toContain('Probabilistic, p = 3')
  expect(page).not.toContain('Deterministic')
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

  test('the plan prints the seed that it draws', async () => {
    const { stderr } = await runHere(work, 'plan', '--run', 'SEEDED', ...ASKED.split(' '))
    const { options } = JSON.parse(readFileSync(work.path('SEEDED/plan.json'), 'utf8')) as {
      options: { seed: number }
    }
    expect(stderr.replace(/\s+/g, ' ')).toContain(`scores by the draws of --seed ${options.seed}.`)
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
    const collected = await runHere(work, 'step', 'collect', '--run', 'STEPS')
    const status = await runHere(work, 'status', '--run', 'STEPS')
    for (const text of [collected.stderr, status.stdout].map((one) => one.replace(/\s+/g, ' '))) {
      expect(text).toMatch(/[\d,]+ pairs whose scoreHigh reaches epsilon/)
      expect(text).toContain('with a probability of 0.001 at most over the seeds of its draws (this seed: 5)')
    }
    await summaryOf(`run ${ASKED} --seed 5 --shards 2 --workers 0 --out cut.npz`)
    expect(bytesOf('STEPS/result/heavy.npz')).toEqual(bytesOf('cut.npz'))
  })
})

test.each([
  ['p = 2', `run ${INPUTS} --scores estimate`, 'p other than 2'],
  ['causal queries', 'run --keys K.npy --p 3 --causal --scores estimate', 'those up to its own alone'],
  ['segments', 'run --keys K.npy --p 3 --segment 100 --scores estimate', '--segment'],
  ['a set alone', 'query --universal u.lev --queries Q.npy --scores estimate', '--keys'],
  ['a delta of 1', `run ${INPUTS} --p 3 --scores estimate --delta 1`, 'above 0 and below 1'],
  ['a delta of 2', `run ${INPUTS} --p 3 --scores estimate --delta 2`, 'above 0 and below 1'],
  ['a delta of nothing', `query --universal u.lev ${INPUTS} --delta 0.1`, '--scores estimate'],
])('no estimate of %s', async (_, commandLine, why) => {
  const [name, ...args] = commandLine.split(' ')
  const { exitCode, stderr } = await runHere(work, name, ...args)
  expect(exitCode).toBe(2)
  expect(stderr.replace(/\s+/g, ' ')).toContain(why)
})
