// Catches: a --json that is not of the committed schema, peers that are absent untold or end the whole, an expert that finds other
// pairs than we do, files left behind, wrong columns on the screen. Cannot catch: wrong times.
import { execFileSync } from 'node:child_process'
import type { BenchFacts } from '#coordinator/bench/bench'
import { benchText } from '#coordinator/cli/text/bench-text'
import { peerPath } from '#coordinator/engines/package-files'
import { afterAll, expect, test } from 'vitest'
import { Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { hasScipy, measuredHere } from './support.ts'

const work = new Workspace()
const planted = new Workspace()
afterAll(() => {
  work.remove()
  planted.remove()
})

test('without Python ours are measured alone, and it says what is not', async () => {
  const { cases, skipped, machine } = await measuredHere(
    work,
    '--only',
    'heavy',
    '--python',
    'no-such-python',
  )
  const names = cases[0].entries.map(({ name }) => name)
  expect(names).toContain('ours, wasm, 1 thread')
  expect(names.at(-1)).toBe('node -e 0')
  expect(cases[0].entries.every(({ role }) => role !== 'peer')).toBe(true)
  const why = expect.stringContaining('no-such-python is not here') as string
  expect(skipped).toContainEqual({ what: 'NumPy and SciPy', why })
  expect(machine.cores).toBeGreaterThan(0)
  expect(cases[0]).toMatchObject({ kind: 'heavy', n: 3000, d: 8, m: 60, epsilon: 0.05, runs: 1 })
})

test.skipIf(!hasScipy())(
  'the expert finds as many keys and pairs as we do, by norms and by scores',
  async () => {
    const expert = (epsilon: number) => {
      const inputs = [planted.path('p/K.npy'), planted.path('p/Q.npy')]
      const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' }
      const words = [peerPath('expert.py'), ...inputs, `${epsilon}`, '2']
      return JSON.parse(execFileSync('python3', words, { encoding: 'utf8', env })) as object
    }
    await runHere(planted, 'generate', ...'planted --out p --n 5000 --d 8 --m 200 --planted 30'.split(' '))
    // The lower one keeps more than an eighth of the keys by their norms.
    for (const epsilon of [0.02, 0.001]) {
      const args = ['--keys', 'p/K.npy', '--queries', 'p/Q.npy', '--epsilon', `${epsilon}`]
      const { universalSize, pairs } = await jsonHere(planted, 'run', ...args)
      expect(pairs).toBeGreaterThan(0)
      expect(expert(epsilon)).toMatchObject({ universal: universalSize, pairs })
    }
  },
)

test('for people: the machine, a line an entry, what is not there', () => {
  const spread = (median: number) => ({ median, least: median, most: median })
  const entry = { seconds: spread(0.25), wallSeconds: spread(0.5), counts: {} }
  const facts: BenchFacts = {
    machine: { cpu: 'A CPU', cores: 2, memoryBytes: 8e9, system: 'an OS', node: 'v22.0.0', load: 0.123 },
    peers: { python: 'python3', numpy: '2.0' },
    skipped: [{ what: 'R', why: 'Rscript is not here' }],
    cases: [
      {
        kind: 'heavy',
        n: 1e6,
        d: 64,
        m: 1e4,
        epsilon: 0.01,
        runs: 3,
        loadBefore: 0.1,
        othersCores: 0.05,
        agree: false,
        entries: [
          {
            ...entry,
            name: 'ours, wasm',
            role: 'ours',
            ratio: 1,
            workSeconds: 0.4,
            workRatio: 1,
            peakMemoryBytes: 1.2e8,
          },
          {
            ...entry,
            name: 'brute',
            role: 'peer',
            seconds: spread(12),
            ratio: 48,
            extrapolatedFrom: 512,
            cpuSeconds: 2,
          },
        ],
      },
    ],
  }
  const text = benchText(facts)
  for (const part of [
    /machine +A CPU, 2 cores, 8 GB; an OS/,
    /Node v22.0.0, kernels: WebAssembly alone, NumPy 2.0/,
    /heavy: 1,000,000 x 64 keys, 10,000 queries, epsilon 0.01; 3 rounds, 0.05 cores busy with other work/,
    /seconds +times +work s +times +CPU s +memory/,
    /ours, wasm +0.250 +1.00 +0.400 +1.00 +120 MB/,
    /brute \(from 512 queries\) +12.0 +48.00 +2.00/,
    /answers differ/,
    /not: R +Rscript is not here/,
  ])
    expect(text).toMatch(part)
})

test('for people: a busy machine is cautioned of, work that cannot be measured is a dash, shares are percent', () => {
  const spread = (median: number) => ({ median, least: median, most: median })
  const entry = { seconds: spread(0.25), wallSeconds: spread(0.5), counts: {}, role: 'ours' as const }
  const machine = { cpu: 'A CPU', cores: 2, memoryBytes: 8e9, system: 'an OS', node: 'v22.0.0' }
  const ours = { ...entry, name: 'ours', ratio: 1, workSeconds: 0.4, workRatio: 1 }
  const stage = { of: 'heavy', name: 'ours', stage: 'map', threads: 1, seconds: 1, f64: 1, f32: 1, bytes: 1 }
  const facts = (load: number, othersCores: number): BenchFacts => ({
    machine: { ...machine, load },
    peers: { python: 'python3' },
    skipped: [],
    cases: [
      {
        kind: 'heavy',
        n: 100,
        d: 4,
        m: 10,
        epsilon: 0.01,
        runs: 3,
        loadBefore: 0.1,
        othersCores,
        entries: [ours, { ...entry, name: 'tiny', ratio: 2 }, { ...entry, name: 'node', role: 'startup' }],
      },
    ],
    roofline: {
      ceilings: [],
      kernels: [],
      stages: [5.62e-5, 0.000229, 0.0763, 0.5].map((ofPeak) => ({ ...stage, ofPeak, ofBandwidth: 0.25 })),
    },
  })
  const text = benchText(facts(0.1, 0.1))
  expect(text).toMatch(/tiny +0\.250 +2\.00 +- +-/)
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(/-: below what can be measured/)
  expect(text).not.toMatch(/when it is quiet/)
  for (const [load, others] of [
    [0.6, 0.1],
    [0.1, 0.3],
  ])
    expect(benchText(facts(load, others)).replaceAll(/\s+/g, ' ')).toMatch(
      /before: with other work .*when it is quiet/,
    )
  for (const share of ['< 0.01 %', '0.023 %', '7.6 %', '50 %']) expect(text).toContain(`  ${share}  `)
})

test.each([
  [['--sizes', '1e6'], /a size is keys x columns/],
  [['--only', 'heavi'], /did you mean heavy\?/],
  [['--epsilon', '0.1,2'], /--epsilon is 2/],
  [['--runs', '0'], /--runs is 0/],
])('%s is refused', async (args, message) => {
  const { exitCode, stderr } = await runHere(work, 'bench', ...args)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})
