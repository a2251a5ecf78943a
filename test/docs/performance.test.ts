// Catches: a page that does not say what was measured, a picture that is missing or of other numbers, a target that is called reached
// and is not; a script that answers --help with a stack. Cannot catch: what was measured on a busy machine, which the page says.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchFacts } from '#coordinator/bench/bench'
import { expect, test } from 'vitest'
import { ROOT } from '../support/command.mjs'

interface Page {
  readonly text: string
  readonly figures: readonly (readonly [name: string, svg: string])[]
}

// Scripts are no part of the tests' types.
const script = async (name: string): Promise<unknown> =>
  await import(new URL(`../../scripts/performance/${name}`, import.meta.url).href)
const { performancePage } = (await script('page.mjs')) as { performancePage: (facts: BenchFacts) => Page }
const { withFigures } = (await script('readme.mjs')) as {
  withFigures: (readme: string, facts: BenchFacts) => string
}
const { targetRows } = (await script('targets.mjs')) as {
  targetRows: (facts: BenchFacts) => string[][]
}

const read = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8')
const facts = JSON.parse(read('performance/bench.json')) as BenchFacts

test('docs/performance.md and its pictures are made of docs/performance/bench.json', () => {
  const { text, figures } = performancePage(facts)
  expect(read('performance.md'), 'node scripts/performance.mjs --from docs/performance/bench.json').toBe(text)
  for (const [name, svg] of figures) expect(read(`performance/${name}`)).toBe(svg)
  for (const [, picture] of text.matchAll(/\]\((performance\/[\w.]+\.svg)\)/g))
    expect(read(picture)).toContain('<svg')
})

test('so are the figures of the README', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  expect(readme, 'node scripts/performance.mjs --from docs/performance/bench.json').toBe(
    withFigures(readme, facts),
  )
  expect(readme).toContain(`made of that page’s numbers`)
})

test('targets: the first of ours against a peer, at least or at most', () => {
  const spread = (median: number) => ({ median, least: median, most: median })
  const entry = { wallSeconds: spread(0.2), counts: {} }
  const made: BenchFacts = {
    machine: { cpu: '', cores: 2, memoryBytes: 1, system: '', node: '', native: 'avx2', load: 0 },
    peers: { python: 'python3' },
    skipped: [],
    cases: [
      {
        kind: 'heavy',
        n: 1e6,
        d: 64,
        m: 1e4,
        epsilon: 0.01,
        runs: 7,
        loadBefore: 0,
        entries: [
          {
            ...entry,
            name: 'ours, native',
            role: 'ours',
            seconds: spread(0.2),
            ratio: 1,
            peakMemoryBytes: 2e8,
          },
          {
            ...entry,
            name: 'an expert’s NumPy',
            role: 'peer',
            seconds: spread(0.3),
            ratio: 1.25,
            workRatio: 1.05,
          },
        ],
      },
      {
        kind: 'heavy',
        n: 1e7,
        d: 64,
        m: 1e4,
        epsilon: 0.01,
        runs: 7,
        loadBefore: 0,
        entries: [{ ...entry, name: 'ours, native', role: 'ours', seconds: spread(2.4), ratio: 1 }],
      },
    ],
  }
  const found = new Map(
    targetRows(made).map(([what, wanted, value, verdict]) => [what, [wanted, value, verdict]]),
  )
  expect(found.get('an expert’s NumPy, 10^6 x 64')).toEqual(['at least 1.2 times', '1.25 times', 'yes'])
  const whole = [...found].find(([what]) => what.startsWith('the same at 10^6'))?.[1]
  expect(whole).toEqual(['at least 1.1 times', '1.05 times', '**no**'])
  expect(found.get('time a row at 10^7, of that at 10^6')).toEqual([
    'at most 1.1 times',
    '1.2 times',
    '**no**',
  ])
  expect(found.get('brute force, 10^6 x 64')).toEqual(['at least 60 times', '', 'not measured'])
  // Of kernels that are not built nothing is said.
  const { native: _, ...plain } = made.machine
  expect(targetRows({ ...made, machine: plain })[0][3]).toBe('not measured')
})

test.each(['performance.mjs', 'measure-event-loop.mjs', 'bench-scores.mjs'])(
  'scripts/%s says what it takes, also in place of a stack',
  (name) => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(ROOT, 'scripts', name), ...args], { encoding: 'utf8' })
    const help = run('--help')
    expect(help).toMatchObject({ status: 0, stderr: '' })
    expect(help.stdout).toMatch(new RegExp(`^node scripts/${name} \\[--[^]+\\n$`))
    const wrong = run('--nothing')
    expect(wrong).toMatchObject({ status: 2, stdout: '' })
    expect(wrong.stderr).toMatch(/^Unknown option '--nothing'/)
    expect(wrong.stderr.endsWith(help.stdout)).toBe(true)
  },
)
