// Catches: a process that outlives an abort, memory of children that is not counted, a failure without its reason. Cannot catch:
// memory that is held between two looks.
import { runProcess } from '#coordinator/bench/run-process'
import { ceilingsOf, stageShares } from '#coordinator/bench/stages'
import type { CaseResult } from '#coordinator/bench/measure-case'
import { expect, test } from 'vitest'

const node = (program: string) => ({ program: process.execPath, args: ['-e', program] })
const MIB = 2 ** 20

test('what it prints, takes, and holds with what it starts', async () => {
  const held = 150 * MIB
  const child = `const b = Buffer.alloc(${held}, 1); setTimeout(() => console.log(b.length), 300)`
  const parent = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`
  const asynchronous = parent.replace('execFileSync', 'spawn')
  const { stdout, wallSeconds, cpuSeconds, peakMemoryBytes } = await runProcess(node(asynchronous))
  expect(Number(stdout)).toBe(held)
  expect(wallSeconds).toBeGreaterThan(0.3)
  if (process.platform !== 'linux') return
  expect(cpuSeconds).toBeGreaterThan(0.01)
  expect(peakMemoryBytes).toBeGreaterThan(held + 30 * MIB)
})

test('a program that is not there, or fails, is a limit of this system', async () => {
  await expect(runProcess({ program: 'no-such-program', args: [] })).rejects.toMatchObject({
    tag: 'SystemLimit',
  })
  await expect(runProcess(node('process.kill(process.pid)'))).rejects.toThrow('SIGTERM')
})

test('an abort ends the process', async () => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 100)
  const start = performance.now()
  const running = runProcess(node('setTimeout(() => {}, 200000)'), controller.signal)
  await expect(running).rejects.toMatchObject({ tag: 'Aborted' })
  expect(performance.now() - start).toBeLessThan(60_000)
})

test('variables are set and taken away', async () => {
  process.env.LEV_BENCH_TRY = 'set'
  try {
    const line = node('console.log(process.env.LEV_BENCH_TRY, process.env.LEV_BENCH_OTHER)')
    const env = { LEV_BENCH_TRY: undefined, LEV_BENCH_OTHER: '1' }
    expect((await runProcess({ ...line, env })).stdout).toBe('undefined 1\n')
  } finally {
    delete process.env.LEV_BENCH_TRY
  }
})

test('a stage’s shares: the time at the peak and at the bandwidth by the time that it took', () => {
  const ceilings = [
    { by: 'numpy', threads: 2, f64Flops: 1, f32Flops: 1, streamBytes: 1 },
    { by: 'cc', threads: 2, f64Flops: 1e10, f32Flops: 2e10, streamBytes: 1e10, readBytes: 5e9 },
  ] as const
  expect(ceilingsOf(ceilings, 2)?.by).toBe('cc')
  expect(ceilingsOf(ceilings, 1)).toBeUndefined()
  const one = { median: 1, least: 1, most: 1 }
  const entry = {
    name: 'ours',
    role: 'ours',
    seconds: one,
    wallSeconds: one,
    workers: 2,
    stages: { map: 2, pool: 1 },
    counts: {},
  } as const
  const result: CaseResult = {
    kind: 'heavy',
    n: 1e6,
    d: 99,
    m: 10,
    epsilon: 0.1,
    runs: 1,
    loadBefore: 0,
    entries: [entry],
  }
  const [share, ...none] = stageShares([result], ceilings)
  // n d (d + 1) = 9.9e9 operations, 0.99 s; 3.96e8 bytes, 0.0792 s.
  expect(share.ofPeak).toBeCloseTo(0.495, 12)
  expect(share.ofBandwidth).toBeCloseTo(0.0396, 12)
  expect(none).toEqual([])
})
