// Catches: a part, a sum of parts, an answer to queries or a plan whose checksum holds and whose numbers cannot be true, and that a
// step believes. Cannot catch: another answer that could be true.
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blockOf, crafted } from '../../support/crafted-lev.ts'
import { craftPart, craftPlan, sealPart } from '../../support/crafted-part.ts'
import { tiered } from '../../support/tier.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'
import { allSteps, done, partsOf, resultBytes } from './support.ts'

const work = new Workspace()
afterAll(() => work.remove())
const CUT = ['--shard-rows', '4096', '--fan-in', '2']
const RUNS: Record<string, string[]> = {
  run: ['--keys', 'K.npy', '--queries', 'Q.npy', ...CUT, '--query-batches', '3'],
  power: ['--keys', 'K.npy', '--queries', 'Q.npy', ...CUT, '--p', '4', '--passes', '2'],
  keep: ['--job', 'build', '--keys', 'K.npy', ...CUT, '--keep', '5'],
  scores: ['--job', 'scores', '--keys', 'K.npy', ...CUT],
  sample: ['--job', 'sample', '--keys', 'K.npy', '--rows', '50', '--shard-rows', '4096'],
}

beforeAll(async () => {
  work.npy('K.npy', [9000, 5], gaussianRows(9000, 5, 1, 20))
  work.npy('Q.npy', [90, 5], gaussianRows(90, 5, 2))
  for (const [name, args] of Object.entries(RUNS))
    await allSteps(work, name, args, name === 'run' ? { merges: 1 } : {})
}, 120_000)
/** A copy of the run's folder, to be damaged. */
function fresh(run: string): void {
  rmSync(work.path(`r-${run}`), { recursive: true, force: true })
  cpSync(work.path(run), work.path(`r-${run}`), { recursive: true })
}

const partPath = (run: string, start: string) =>
  work.path(`r-${run}/parts/${partsOf(work, `r-${run}`).find((name) => name.startsWith(start))!}`)

/** Steps read sums in the place of parts, where they stand. */
function withoutSums(run: string): void {
  const sums = partsOf(work, `r-${run}`).filter((name) => name.startsWith('merge.'))
  for (const name of sums) rmSync(work.path(`r-${run}/parts/${name}`))
}

const FIRST = {
  run: 'universal.lev',
  power: 'universal.lev',
  keep: 'universal.lev',
  scores: 'tau.npy',
  sample: 's.npz',
}

/** `step` of the folder, whose result is to be made again. */
async function stepOf(run: string, step: 'finish' | 'collect') {
  rmSync(work.path(`r-${run}/result/${step === 'collect' ? 'heavy.npz' : FIRST[run as keyof typeof FIRST]}`))
  return await jsonHere(work, 'step', step, '--run', `r-${run}`)
}

const inSummary = (change: Parameters<typeof crafted>[1]) => (value: never) => {
  const sum = value as { summary: Uint8Array }
  sum.summary = crafted(sum.summary, change)
}
const put = (field: string, index: number, number: number) => (value: never) => {
  ;(value as Record<string, Float64Array>)[field][index] = number
}

describe('a part of the keys', () => {
  type Case = [run: string, part: string, change: (value: never) => unknown, message: RegExp]
  const CASES: Case[] = [
    [
      'run',
      'gram.0-',
      inSummary((c) => (blockOf(c, 'gram').data[0] = NaN)),
      /'gram' .*NaN in row 0, column 0/,
    ],
    ['run', 'gram.0-', inSummary((c) => (blockOf(c, 'gram').data[0] = -5)), /'gram'/],
    ['run', 'gram.0-', inSummary((c) => (c.header.ranges = [[4096, 8192]])), /'(ranges|openRanges)'/],
    ['run', 'gram.0-', inSummary((c) => (c.header.rowCount = 10 ** 9)), /'rowCount'/],
    ['run', 'gram.0-', inSummary((c) => (blockOf(c, 'exponents').data[0] = 1e6)), /'exponents'/],
    ['run', 'gram.0-', () => 7, /'sum' should be a record/],
    ['run', 'gram.0-', (value) => ({ ...(value as object), summary: 7 }), /'summary' should be bytes/],
    ['run', 'gram.0-', (value) => ({ ...(value as object), shardSquaredNorms: [-1] }), /'shardSquaredNorms'/],
    ['run', 'select.', inSummary((c) => (blockOf(c, 'bounds').data[0] = NaN)), /'bounds'/],
    ['run', 'select.', inSummary((c) => (blockOf(c, 'rowIds').data[0] = 10 ** 6)), /'rowIds'/],
    ['run', 'select.', inSummary((c) => (blockOf(c, 'keys').data[0] = Infinity)), /'keys'/],
    ['run', 'select.', inSummary((c) => (c.header.epsilon = 0.5)), /'epsilon'/],
    ['power', 'weigh.', put('gram', 0, NaN), /'gram'/],
    ['power', 'weigh.', put('columnSquares', 2, -1), /'columnSquares'/],
    ['power', 'weigh.', (value) => ({ ...(value as object), weightSum: NaN }), /'weightSum'/],
    ['power', 'weigh.', (value) => ({ ...(value as object), rowCount: 10 ** 9 }), /'rowCount'/],
    ['power', 'products.', put('exponents', 0, 9999), /'exponents'/],
    ['power', 'products.', (value) => ({ ...(value as object), lost: 1 }), /'lost'/],
    ['keep', 'survey.', put('topRowIds', 1, 0.5), /'topRowIds'/],
    ['keep', 'survey.', put('topBounds', 0, 2), /'topBounds'/],
    ['scores', 'scores.', (value) => (value as Float64Array).fill(NaN, 3, 4), /'scores' .*NaN at index 3/],
    ['scores', 'scores.', (value) => (value as Float64Array).slice(1), /'scores' should be \d+ numbers/],
    ['sample', 'importances.', put('largest', 0, -1), /'largest'/],
    ['sample', 'importances.', (value) => ({ ...(value as object), nonzeroRows: 10 ** 9 }), /'nonzeroRows'/],
    ['sample', 'draw.', put('rowIds', 0, 123_456), /'rowIds'/],
    ['sample', 'draw.', put('probabilities', 0, 1e-12), /'probabilities'/],
    ['sample', 'draw.', put('rows', 0, NaN), /'rows'/],
    ['sample', 'draw.', (value) => ({ ...(value as object), certainRows: 40 }), /'certainRows'/],
  ]
  test.each(
    tiered(
      CASES.filter((_, i) => i % 3 === 0),
      CASES,
    ),
  )(
    '%s %s… that cannot be true is refused by file and field, and made again',
    async (run, part, change, message) => {
      fresh(run)
      withoutSums(run)
      craftPart(partPath(run, part), change)
      expect(await stepOf(run, 'finish')).toMatchObject({
        exitCode: 65,
        error: {
          tag: 'Content',
          message: expect.stringMatching(message) as string,
          file: expect.stringContaining(part) as string,
        },
      })
      const level = (await done(work, 'status', '--run', `r-${run}`)).run as {
        levels: { broken: { file: string }[] }[]
      }
      expect(level.levels.flatMap(({ broken }) => broken)).toMatchObject([
        { file: expect.stringContaining(part) as string },
      ])
    },
  )

  test('bytes that are no value, and lists longer than their bytes', async () => {
    fresh('run')
    withoutSums('run')
    const path = partPath('run', 'gram.0-')
    rmSync(work.path('r-run/result/universal.lev'))
    const bodies = [[0xc1], [0xdd, 1, 0xff, 0xff, 0xff], Array.from({ length: 100 }, () => 0x91), [5]]
    for (const body of bodies) {
      sealPart(path, Uint8Array.from(body))
      const found = await jsonHere(work, 'step', 'finish', '--run', 'r-run')
      expect(found).toMatchObject({ exitCode: 65, error: { tag: 'Content' } })
    }
  })

  test('a checkpointed run makes such parts again, and leaves its bytes', async () => {
    fresh('run')
    craftPart(
      partPath('run', 'gram.0-'),
      inSummary((c) => (blockOf(c, 'gram').data[0] *= -1)),
    )
    craftPart(partPath('run', 'merge.'), (value) => ({ ...(value as object), shardSquaredNorms: [NaN] }))
    craftPart(partPath('run', 'query.30-60'), (value) => {
      ;(value as { batch: { scores: Float64Array } }).batch.scores.fill(NaN)
    })
    for (const name of ['universal.lev', 'heavy.npz']) rmSync(work.path(`r-run/result/${name}`))
    await done(work, 'run', ...RUNS.run, '--checkpoint', 'r-run')
    expect(resultBytes(work, 'r-run')).toEqual(resultBytes(work, 'run'))
  })
})

describe('an answer to queries', () => {
  const batch = (change: (batch: Record<string, Float64Array>) => void) => (value: never) => {
    change((value as { batch: Record<string, Float64Array> }).batch)
  }

  test.each<[string, (value: never) => unknown, RegExp]>([
    ['scores', batch(({ scores }) => scores.fill(NaN)), /'scores'/],
    ['scores', batch(({ scores }) => scores.fill(3)), /'scores'/],
    ['keys', batch(({ keyIds }) => keyIds.fill(1e9)), /'keyIds'/],
    ['offsets', batch((found) => found.offsets.fill(2 ** 31)), /'offsets'/],
    ['dots', batch(({ dots }) => dots.fill(0)), /'dots'/],
    ['slack', batch(({ slack }) => slack.fill(-1)), /'slack'/],
    ['mass', batch(({ mass }) => mass.fill(7)), /'mass'/],
    ['uncertified', batch((found) => (found.uncertified = Float64Array.of(1e6))), /'uncertified'/],
    ['settled', (value) => ({ ...(value as object), queriesSettled: -1 }), /'queriesSettled'/],
  ])('with %s that cannot be true is refused', async (_, change, message) => {
    fresh('run')
    craftPart(partPath('run', 'query.30-60'), change)
    expect(await stepOf('run', 'collect')).toMatchObject({
      exitCode: 65,
      error: { tag: 'Content', message: expect.stringMatching(message) as string },
    })
  })
})

describe('a plan', () => {
  test.each<[string, (plan: Record<string, never>) => void, RegExp]>([
    ['rowCount', (plan) => Object.assign(plan, { rowCount: 10 ** 9 }), /'shards'/],
    ['dim', (plan) => Object.assign(plan, { dim: 0 }), /'dim'/],
    ['fanIn', (plan) => Object.assign(plan, { fanIn: 1 }), /'fanIn'/],
    ['another fanIn', (plan) => Object.assign(plan, { fanIn: 7 }), /'fanIn'/],
    ['mapLevels', (plan) => Object.assign(plan, { mapLevels: 1e9 }), /'mapLevels'/],
    ['job', (plan) => Object.assign(plan, { job: 'curve' }), /'job'/],
    [
      'shards with a gap',
      (plan) => Object.assign(plan.shards[1], { rowStart: 4100 }),
      /'shards\[1\].rowStart'/,
    ],
    [
      'shards that overlap',
      (plan) => Object.assign(plan.shards[1], { rowStart: 4000 }),
      /'shards\[1\].rowStart'/,
    ],
    ['another cut', (plan) => Object.assign(plan, { shards: [{ rowStart: 0, rowEnd: 9000 }] }), /'shards'/],
    ['batches', (plan) => Object.assign(plan.queryBatches[0], { rowEnd: 0.5 }), /'queryBatches\[0\].rowEnd'/],
    ['epsilon', (plan) => Object.assign(plan.options, { epsilon: 7 }), /'options.epsilon'/],
    ['epsilon as null', (plan) => Object.assign(plan.options, { epsilon: null }), /'options.epsilon'/],
    ['an option of none', (plan) => Object.assign(plan.options, { rowOffset: 5 }), /'options.rowOffset'/],
    ['an input', (plan) => Object.assign(plan.inputs[0], { firstRow: -1 }), /'inputs\[0\].firstRow'/],
    ['keys', (plan) => Object.assign(plan.options, { keys: 'K.npy' }), /'options.keys'/],
  ])('whose %s cannot be true is refused by its field', async (_, change, message) => {
    fresh('run')
    craftPlan(work.path('r-run/plan.json'), change)
    rmSync(work.path('r-run/result/universal.lev'))
    for (const [name, ...args] of [['status'], ['step', 'finish']]) {
      const found = await jsonHere(work, name, ...args, '--run', 'r-run')
      expect(found).toMatchObject({
        exitCode: 65,
        error: { tag: 'Content', message: expect.stringMatching(message) as string },
      })
    }
  })

  test.each<[string, (plan: Record<string, never>) => void]>([
    ['columns', (plan) => Object.assign(plan, { dim: 6 })],
    [
      'batches',
      (plan) =>
        Object.assign(plan, {
          queryBatches: [0, 20, 70].map((rowStart, i) => ({ rowStart, rowEnd: [20, 70, 90][i] })),
        }),
    ],
    [
      'digests',
      (plan) => Object.assign(plan, { content: { ...(plan.content as object), keys: 'A'.repeat(66) } }),
    ],
  ])('whose %s could be true, and are not those of its inputs, is refused', async (_, change) => {
    fresh('run')
    craftPlan(work.path('r-run/plan.json'), change)
    rmSync(work.path('r-run/result/universal.lev'))
    const found = await jsonHere(work, 'step', 'finish', '--run', 'r-run')
    expect(found).toMatchObject({ exitCode: 75, error: { tag: 'InputChanged' } })
  })

  test('of which a number of batches is told that has no digests', async () => {
    fresh('run')
    craftPlan(work.path('r-run/plan.json'), (plan) =>
      Object.assign(plan, { queryBatches: [{ rowStart: 0, rowEnd: 90 }] }),
    )
    const found = await jsonHere(work, 'step', 'query', '--run', 'r-run', '--index', '0')
    expect(found).toMatchObject({
      exitCode: 65,
      error: { tag: 'Content', message: expect.stringMatching(/'content.queries'/) as string },
    })
  })
})
