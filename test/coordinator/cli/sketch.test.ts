// Catches: a command that takes --method sketch and forgets it, a summary or file that hides that a miss is possible, parts
// that do not merge, refusals that are silent. Cannot catch: a failure rate above delta (test/core/sketch, acceptance).
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { universalFrom, openLev } from '@levattention/core/internal'
import type { JobSummary } from '#coordinator/job/job-summary'
import { Random } from '../../support/random.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const ROWS = 9000
const COLS = 6
const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  const keys = gaussianRows(ROWS, COLS, 1, 40)
  work.npy('K.npy', [ROWS, COLS], keys)
  work.npy('part1.npy', [5000, COLS], keys.slice(0, 5000 * COLS))
  work.npy('part2.npy', [ROWS - 5000, COLS], keys.slice(5000 * COLS))
  work.npy('Q.npy', [300, COLS], gaussianRows(300, COLS, 2))
  work.npy('dependent.npy', [ROWS, COLS], dependent(keys))
})

/** The last column is the sum of two others, exactly. */
function dependent(keys: Float32Array): Float32Array {
  const random = new Random(3)
  const rows = keys.map(() => random.below(65) - 32)
  for (let j = 0; j < ROWS; j++) rows[j * COLS + 5] = rows[j * COLS] + rows[j * COLS + 1]
  for (let j = 0; j < ROWS; j += 500) for (let a = 0; a < COLS; a++) rows[j * COLS + a] *= 64
  return rows
}

async function runLine(commandLine: string) {
  const [name, ...args] = commandLine.split(' ')
  const workers = name === 'merge' ? [] : ['--workers', '0']
  return await runHere(work, name, ...args, '--json', '--quiet', ...workers)
}

async function summaryOf(commandLine: string): Promise<JobSummary & { queriesVerified?: number }> {
  const { exitCode, stdout, stderr } = await runLine(commandLine)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as JobSummary
}

test.each(['K.npy', 'dependent.npy'])(
  '%s: verify finds right what run --method sketch writes',
  async (keys) => {
    const found = await summaryOf(
      `run --keys ${keys} --queries Q.npy --method sketch --delta 1e-9 --out h.npz --universal u.lev --force`,
    )
    expect(found).toMatchObject({
      method: 'sketch',
      guarantee: { kind: 'probabilistic' },
      uncertifiedQueries: 0,
    })
    expect(found.guarantee?.delta).toBeLessThanOrEqual(1e-9)
    expect(found.pairs).toBeGreaterThan(10)
    const verified = await summaryOf(`verify --keys ${keys} --queries Q.npy --heavy h.npz`)
    expect(verified).toMatchObject({ queriesVerified: 300, pairs: found.pairs })
    expect(verified).not.toHaveProperty('difference')
    expect(readFileSync(work.path('h.npz')).toString('latin1')).toContain('"method":"sketch"')
    const queried = await summaryOf(
      `query --universal u.lev --queries Q.npy --keys ${keys} --out h2.npz --force`,
    )
    expect(queried).toMatchObject({ method: 'sketch', pairs: found.pairs, uncertifiedQueries: 0 })
  },
)

test('build --method sketch keeps every key that build keeps, at most four times as many, and curve agrees', async () => {
  const idsOf = (name: string) => {
    const file = openLev(work.path(name))
    try {
      return universalFrom(file).universal.rowIds
    } finally {
      file.close()
    }
  }
  await summaryOf('build K.npy --out exact.lev')
  const built = await summaryOf('build K.npy --method sketch --seed 7 --out sketch.lev --out sketch.npz')
  expect(Array.from(idsOf('sketch.lev'))).toEqual(expect.arrayContaining(Array.from(idsOf('exact.lev'))))
  expect(built.guarantee?.delta).toBeLessThanOrEqual(1e-6)
  const larger = await summaryOf('build K.npy --epsilon 0.0025 --out larger.lev')
  expect(built.universalSize).toBeLessThanOrEqual(larger.universalSize ?? 0)
  const curve = await summaryOf('curve K.npy --method sketch')
  expect(curve).toMatchObject({ method: 'sketch', guarantee: { kind: 'probabilistic' } })
  const inspected = await runHere(work, 'inspect', 'sketch.lev')
  expect(inspected.stdout).toMatch(/chance of a miss +1e-6 at most/)
})

test('parts merge, with the chance of a miss of all filters', async () => {
  const terms = '--method sketch --epsilon 0.02'
  await summaryOf(`build part1.npy ${terms} --out p1.lev`)
  await summaryOf(`build part2.npy ${terms} --row-offset 5000 --out p2.lev`)
  const merged = await summaryOf('merge p1.lev p2.lev --out both.lev')
  const whole = await summaryOf(`build K.npy ${terms} --out whole.lev`)
  expect(merged).toMatchObject({ method: 'sketch', n: ROWS, universalSize: whole.universalSize })
  expect(merged.guarantee?.delta).toBeCloseTo(3e-6, 12)
})

test('a part made by sketches and an exact one do not merge', async () => {
  await summaryOf('build part1.npy --epsilon 0.02 --out e1.lev')
  await summaryOf('build part2.npy --method sketch --epsilon 0.02 --row-offset 5000 --out s2.lev')
  const { exitCode, stdout } = await runLine('merge e1.lev s2.lev --out no.lev')
  expect(exitCode).toBe(65)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { tag: 'IncompatibleSummary', message: expect.stringContaining('--method sketch') as string },
  })
})

test.each([
  ['build K.npy --method sketch --p 3 --out no.lev', 'method', /p = 2/],
  ['build K.npy --method sketch --keep 10 --out no.lev', 'method', /--keep/],
  ['build K.npy --delta 0.1 --out no.lev', 'delta', /--method sketch/],
  ['build K.npy --seed 2 --out no.lev', 'seed', /--method sketch/],
  ['build K.npy --method sketch --delta 1 --out no.lev', 'delta', /above 0 and below 1/],
  ['build - --method sketch --dtype f32 --cols 4 --out no.lev', 'method', /stream/],
  ['build part2.npy --append p1.lev --out no.lev', 'append', /--row-offset/],
])('%s is refused', async (commandLine, option, message) => {
  const { exitCode, stdout } = await runLine(commandLine)
  expect(exitCode).toBe(2)
  const { error } = JSON.parse(stdout) as { error: { option: string; message: string } }
  expect(error.option).toBe(option)
  expect(error.message).toMatch(message)
})
