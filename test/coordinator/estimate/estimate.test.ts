// Catches: figures that do not follow from the plan and the rates, a plan that is made in memory for 10^12 rows.
// Cannot catch: rates that another machine does not have.
import { type Estimate, estimateRun } from '#coordinator/estimate/estimate'
import { measureRates } from '#coordinator/estimate/rates'
import { estimateSoftmax } from '#coordinator/estimate/softmax-estimate'
import { withJob } from '#coordinator/job/job'
import { planSoftmax } from '#coordinator/plan/plan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const rates = {
  secondsPerGramRow: 1e-6,
  secondsPerSelectedRow: 1e-6,
  secondsPerScoredRow: 3e-6,
  secondsPerQuery: 1e-5,
  secondsPerProduct: 1e-10,
  secondsPerExactProduct: 2e-10,
}
const power = {
  secondsPerWeighedRow: 4e-6,
  secondsPerLiftedRow: 5e-6,
  secondsPerSelectedRow: 2e-6,
  secondsPerProduct: 1e-9,
}
const draws = { secondsPerRow: 3e-6, keepingSeconds: 0.4, threadSeconds: 0.1, secondsPerQuery: 2e-4 }
/** Threads start, and compile. */
const STARTING_SECONDS = 0.3
const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => work.npy('K.npy', [500, 4], gaussianRows(500, 4, 1)))

test('time, bytes and memory follow from the shapes', () => {
  const request = { n: 2 ** 20, d: 10, m: 2048, epsilon: 0.01, workers: 4, ownCores: 2, shards: 8, fanIn: 2 }
  const found = estimateRun(request, rates)
  expect(found).toMatchObject({ universalSize: 1000, shardCount: 8, shardRows: 2 ** 17, batchCount: 2 })
  // Shards of so many rows choose their keys by themselves.
  const [keys, queries] = [2 ** 20 * 1e-6, 2048 * (1e-5 + 1000 * 10 * 1e-10)]
  expect(found.coreHours * 3600).toBeCloseTo(keys + queries, 10)
  expect(found.oneMachineSeconds).toBeCloseTo((keys + queries) / 2, 10)
  // Eight shards on four cores, two batches at once.
  expect(found.wallSeconds).toBeCloseTo(keys / 4 + queries / 2, 10)
  expect(found.readings).toBe(1)
  expect(found.bytesRead).toBe((2 ** 20 + 2048) * 10 * 4)
  const part = 8 * 100 + 1000 * (4 * 10 + 16)
  expect(found.mergedBytes).toEqual([8 * part, 4 * part, 2 * part])
})

test('rates are measured in about a second, with slow kernels and many columns too', async () => {
  const start = process.cpuUsage()
  const measured = await withJob({ workers: 0, kernels: 'scalar' }, (job) =>
    measureRates(1024, { kind: 'run', p: 2, isEstimate: false }, job),
  )
  // Measured with all columns this takes most of a minute.
  expect(process.cpuUsage(start).user).toBeLessThan(12e6) // microseconds
  const { secondsPerScoredRow, ...others } = measured
  expect(secondsPerScoredRow).toBe(0)
  for (const rate of Object.values(others)) expect(rate).toBeGreaterThanOrEqual(0)
  for (const rate of [measured.secondsPerGramRow, measured.secondsPerSelectedRow])
    expect(rate / 1024 ** 2).toBeGreaterThan(1e-12)
}, 60_000)

test('on as many cores as this machine has, the cluster takes as long', () => {
  const found = estimateRun({ n: 200_000, d: 64, m: 1000, epsilon: 0.01, workers: 2, ownCores: 2 }, rates)
  expect(found.wallSeconds).toBe(found.oneMachineSeconds)
})

test('p other than 2: exact scores are sums over all keys for every query', () => {
  const request = { n: 2 ** 20, d: 10, m: 2048, epsilon: 0.01, workers: 1, ownCores: 1, shards: 8 }
  const found = estimateRun({ ...request, p: 3 }, { ...rates, power })
  expect(found.exactCoreHours! * 3600).toBeCloseTo(2048 * 2 ** 20 * 10 * 2e-10, 10)
  expect(found.exactReadings).toBe(8)
  // The sum, three weighings, the choice.
  expect(found.bytesRead).toBe(((5 + 8) * 2 ** 20 + 2048) * 10 * 4)
  const keys = 2 ** 20 * (1e-6 + 3 * 4e-6 + 2e-6)
  const exact = found.exactCoreHours! * 3600
  const seconds = STARTING_SECONDS + keys + 2048 * 1e-5 + exact
  expect(found.oneMachineSeconds).toBeCloseTo(seconds, 8)
  expect(found.coreHours * 3600).toBeCloseTo(seconds - STARTING_SECONDS, 8)
  expect(found.weighingCoreHours! * 3600).toBeCloseTo(2 ** 20 * 4e-6, 10)
  // U is mostly far smaller than it can be: what its dots would add is told beside.
  const more = 2048 * found.universalSize! * 10 * 1e-9
  expect(found.largest!.coreHours * 3600).toBeCloseTo(more, 10)
  expect(found.largest!.oneMachineSeconds).toBeCloseTo(seconds + more, 8)
})

describe('scores estimate: draws are one more pass, and some thousand draws a query', () => {
  const request = {
    n: 2 ** 20,
    d: 64,
    m: 2048,
    epsilon: 0.01,
    workers: 4,
    ownCores: 2,
    shards: 8,
    p: 3,
    scores: 'estimate' as const,
  }
  const found = estimateRun(request, { ...rates, power: { ...power, draws } })

  test('time', () => {
    const keys = 2 ** 20 * (1e-6 + 3 * 4e-6 + 2e-6)
    const drawing = 2 ** 20 * 3e-6 + 0.4
    const searching = 2048 * 2e-4
    expect(found.readings).toBe(6)
    // Each of two batches is searched in a thread that gets the draws ready.
    expect(found.drawnCoreHours! * 3600).toBeCloseTo(drawing + searching + 2 * 0.1, 10)
    expect(found.coreHours * 3600).toBeCloseTo(keys + drawing + searching + 2 * 0.1, 10)
    expect(found.oneMachineSeconds).toBeCloseTo(STARTING_SECONDS + (keys + drawing + searching) / 2 + 0.1, 10)
    expect(found).not.toHaveProperty('exactCoreHours')
  })

  test('memory grows with columns, not with keys, and is told of a step and of a run', () => {
    const of = (n: number, d: number) =>
      estimateRun({ ...request, n, d }, { ...rates, power: { ...power, draws } }).peakBytes
    const [narrow, wide] = [of(3e5, 64), of(3e5, 128)]
    expect(of(3e6, 64).run).toBe(narrow.run)
    // As measured on planted keys: 291 to 399 and 430 to 514 MB of a run, 221 of a step.
    for (const [bytes, megabytes] of [
      [narrow.run!, 330],
      [wide.run!, 480],
      [of(3e5, 16).run!, 150],
      [estimateRun({ ...request, m: 1000 }, { ...rates, power: { ...power, draws } }).peakBytes.query!, 221],
    ]) {
      expect(bytes / 1e6 / megabytes).toBeGreaterThan(1 / 1.3)
      expect(bytes / 1e6 / megabytes).toBeLessThan(1.3)
    }
  })

  test('rates are measured at the p that is asked for', async () => {
    const kinds = { kind: 'run', p: 3, isEstimate: true } as const
    const { power: measured } = await withJob({ workers: 0 }, (job) => measureRates(8, kinds, job))
    expect(measured!.draws!.secondsPerRow).toBeGreaterThan(0)
    expect(measured!.draws!.keepingSeconds).toBeGreaterThan(0)
    expect(measured!.draws!.secondsPerQuery).toBeGreaterThan(0)
    expect(measured!.secondsPerWeighedRow).toBeGreaterThan(0)
    expect(measured!.secondsPerLiftedRow).toBe(0)
  })
})

describe('softmax: every query meets every key, and there is no universal set', () => {
  test('time, bytes and memory follow from the shapes', () => {
    const request = { n: 2 ** 20, d: 10, m: 40_960, workers: 4, ownCores: 2, shards: 8, fanIn: 2 }
    const found = estimateSoftmax(request, 1e-9)
    expect(found).toMatchObject({ shardCount: 8, shardRows: 2 ** 17, batchCount: 40, readings: 41 })
    const seconds = 2 ** 20 * 40_960 * 1e-9
    expect(found.coreHours * 3600).toBeCloseTo(seconds, 10)
    expect([found.oneMachineSeconds, found.wallSeconds]).toEqual([seconds / 2, seconds / 4])
    expect(found.bytesRead).toBe((41 * 2 ** 20 + 40_960) * 10 * 4)
    expect(found).not.toHaveProperty('universalSize')
  })

  test('the cut is that of the plan, and no table is made of it', () => {
    for (const [rows, m] of [
      [500, 3],
      [20_000, 100],
      [300_000, 5000],
    ]) {
      const { shards, batches } = planSoftmax({ rows, cols: 4 }, m)
      const found = estimateSoftmax({ n: rows, d: 4, m, workers: 1, ownCores: 1 }, 1e-9)
      expect([found.shardCount, found.batchCount]).toEqual([shards.length, batches.length])
    }
    expect(estimateSoftmax({ n: 1e12, d: 100, m: 1e12, workers: 9, ownCores: 2 }, 1e-9).batchCount).toBe(
      976_562_500,
    )
  })

  test('the command measures it, and says what is not counted', async () => {
    const args = ['--estimate', '--attention', 'softmax', '--keys', 'K.npy', '--queries', 'K.npy', '--causal']
    const { stdout } = await runHere(work, 'plan', ...args)
    expect(stdout).toContain('a softmax run of keys [500, 4], queries [500, 4]\n')
    expect(stdout).toContain('levattention run --attention softmax does the same')
    expect(stdout).not.toContain('universal')
    expect(stdout).toMatch(/not counted +--causal/)
    const large = ['--estimate', '--attention', 'softmax', '--n', '1e6', '--d', '4', '--m', '1e5', '--json']
    const { estimate } = JSON.parse((await runHere(work, 'plan', ...large)).stdout) as { estimate: Estimate }
    // From far below to far above what any processor takes for a product of 4 columns and an exponential.
    expect(estimate.coreHours * 3600).toBeGreaterThan(1e11 * 1e-11)
    expect(estimate.coreHours * 3600).toBeLessThan(1e11 * 1e-6)
  })
})

describe('each job is estimated by its own passes', () => {
  const request = { n: 2 ** 20, d: 10, m: 2048, epsilon: 0.01, workers: 1, ownCores: 1, shards: 8 }
  test.each([
    ['run', 1, 1e-6, 2048],
    ['build', 1, 1e-6, 0],
    ['scores', 2, 4e-6, 0],
    ['sample', 3, 7e-6, 0],
  ] as const)('%s: %i readings', (job, readings, secondsPerRow, m) => {
    const found = estimateRun({ ...request, job }, rates)
    const keys = 2 ** 20 * secondsPerRow
    expect(found.oneMachineSeconds).toBeCloseTo(keys + m * (1e-5 + 1000 * 10 * 1e-10), 8)
    expect(found).toMatchObject({ readings, batchCount: m / 1024 })
    expect(found.bytesRead).toBe((readings * 2 ** 20 + m) * 10 * 4)
    expect('query' in found.peakBytes).toBe(job === 'run')
    expect('universalSize' in found).toBe(job === 'run' || job === 'build')
    // A part is a Gram, and the keys of those that choose any.
    expect(found.mergedBytes[0] > 8 * 8 * 100).toBe(job === 'run' || job === 'build')
  })

  test.each(['build', 'scores', 'sample'] as const)('%s of p = 3 sums over no queries', (job) => {
    const found = estimateRun({ ...request, job, p: 3 }, { ...rates, power })
    expect(found).not.toHaveProperty('exactCoreHours')
    expect(found.bytesRead).toBe(found.readings * 2 ** 20 * 10 * 4)
  })

  test('the command says which job, and takes no minutes for one that has no queries', async () => {
    const shape = ['--estimate', '--n', '1e6', '--d', '8']
    const { stdout } = await runHere(work, 'plan', '--job', 'scores', ...shape)
    expect(stdout).toContain('a scores of keys [1,000,000, 8]\n')
    expect(stdout).toContain('levattention scores does the same')
    expect(stdout).not.toMatch(/quer/)
    // Of keys alone a run is of all of them against each other, a build is not.
    const args = ['--estimate', '--keys', 'K.npy', '--json']
    const own = await runHere(work, 'plan', ...args)
    expect(JSON.parse(own.stdout)).toMatchObject({ job: 'run', m: 500, estimate: { batchCount: 1 } })
    const build = JSON.parse((await runHere(work, 'plan', '--job', 'build', ...args)).stdout) as object
    expect(build).toMatchObject({ job: 'build', estimate: { batchCount: 0 } })
    expect(build).not.toHaveProperty('m')
  })

  test('what the estimate leaves out of account is said', async () => {
    const { stdout } = await runHere(work, 'plan', '--estimate', '--keys', 'K.npy', '--causal')
    expect(stdout).toMatch(/not counted +--causal/)
  })
})

test('10^12 rows are estimated without a table of their shards', () => {
  const found = estimateRun({ n: 1e12, d: 100, m: 1e6, epsilon: 0.01, workers: 1000, ownCores: 2 }, rates)
  expect(found.shardCount).toBe(Math.ceil(1e12 / found.shardRows))
  expect(found.bytesRead).toBeGreaterThan(4e14)
})

test('what one machine does soon needs no cluster, and the command says so', async () => {
  const { exitCode, stdout } = await runHere(work, 'plan', '--estimate', '--keys', 'K.npy')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('levattention plan --estimate: one machine does it')
  expect(work.names()).toEqual(['K.npy'])
})

test('without queries the keys are the queries, of files and of shapes', async () => {
  const { stdout } = await runHere(work, 'plan', '--estimate', '--n', '500', '--d', '4')
  expect(stdout).toContain('a run of keys [500, 4], queries [500, 4]\n')
})

test('what exact scores take is said', async () => {
  const args = ['--estimate', '--n', '1e6', '--d', '8', '--m', '1000', '--p', '3', '--json']
  const { stdout } = await runHere(work, 'plan', ...args)
  const { estimate } = JSON.parse(stdout) as { estimate: { exactCoreHours: number; exactReadings: number } }
  expect(estimate.exactCoreHours).toBeGreaterThan(0)
  expect(estimate.exactReadings).toBe(4)
  const text = await runHere(work, 'plan', ...args.slice(0, -1))
  expect(text.stdout).toMatch(/exact scores +[\d.]+ m?i?n?.*s of core time, [\d.]+ of it: sums/)
})

test('p = 4: exact scores from fourth moments are one more pass, whatever the queries', async () => {
  const estimateOf = async (m: string) => {
    const args = ['--estimate', '--n', '1e6', '--d', '8', '--m', m, '--p', '4', '--json']
    const { stdout } = await runHere(work, 'plan', ...args)
    return (JSON.parse(stdout) as { estimate: Record<string, number> }).estimate
  }
  const [few, many] = [await estimateOf('50'), await estimateOf('5000')]
  expect(few.exactReadings).toBe(1)
  expect(many).not.toHaveProperty('exactReadings')
  expect(many.readings).toBe(few.readings + 1)
  expect(many.momentCoreHours).toBeGreaterThan(0)
  const args = ['--estimate', '--n', '1e6', '--d', '8', '--m', '5000', '--p', '4']
  expect((await runHere(work, 'plan', ...args)).stdout).toMatch(/exact scores [^]*fourth\s+moments/)
})

test.each([
  [['--estimate'], 'give --n N --d D'],
  [['--run', 'r', '--keys', 'K.npy', '--n', '5'], '--n is for --estimate'],
  [['--estimate', '--job', 'build', '--n', '50', '--d', '5', '--m', '5'], '--m counts queries'],
  [['--estimate', '--job', 'build', '--keys', 'K.npy', '--queries', 'K.npy'], '--queries is not for'],
  [['--estimate', '--job', 'sample', '--n', '50', '--d', '5', '--p', '3'], '--p is not for --job sample'],
  [['--estimate', '--attention', 'softmax', '--n', '50', '--d', '5'], '`--m 1000`'],
  [['--estimate', '--attention', 'softmax', '--keys', 'K.npy'], 'no queries'],
  [['--estimate', '--attention', 'softmax', '--n', '50', '--d', '5', '--m', '5', '--p', '3'], '--p with'],
  [['--estimate', '--n', '50', '--d', '5', '--top', '3'], '--top is of softmax'],
  [['--estimate', '--n', '1e6', '--d', '64', '--scores', 'estimate'], 'is for p other than 2'],
  [['--estimate', '--keys', 'K.npy', '--dtype', 'f32', '--cols', '4'], 'is for raw inputs'],
])('%j is refused', async (args, says) => {
  const { exitCode, stderr } = await runHere(work, 'plan', ...args)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(says)
})
