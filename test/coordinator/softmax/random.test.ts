// Catches: a softmax pair, score or lse that verify's brute force finds otherwise, whatever the shapes, spreads, options, shards and
// formats together. Cannot catch: what verify and the search would both have wrong; golden answers and the oracle do.
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { withJob } from '#coordinator/job/job'
import { run } from '#coordinator/jobs/run'
import { verify } from '#coordinator/verify/verify'
import { npyBytes } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'
import { tiered } from '../../support/tier.ts'
import { Workspace } from '../cli/bin.ts'

const work = new Workspace()
afterAll(() => work.remove())

/** What is hard about the keys [n, d], on top of their spread. */
const KINDS: Readonly<Record<string, (keys: Float64Array, n: number, d: number) => void>> = {
  plain: () => undefined,
  ties: (keys) => keys.forEach((x, i) => (keys[i] = Math.round(x))),
  copies: (keys, n, d) => {
    for (let j = 1; j < n; j += 2) keys.copyWithin(j * d, 0, d)
  },
  outliers: (keys, n, d) => {
    for (let a = 0; a < d; a++) keys[((7 * a) % n) * d + a] *= 50
  },
  rising: (keys, n, d) => keys.forEach((x, i) => (keys[i] = x * (1 + (20 * Math.floor(i / d)) / n))),
}

const problems = fc
  .record({
    seed: fc.nat(1e6),
    n: fc.constantFrom(1, 2, 63, 256, 257, 900, 4097, 5000),
    most: fc.constantFrom(1, 3, 40, 130),
    d: fc.constantFrom(1, 2, 8, 17, 64),
    element: fc.constantFrom('f32', 'f64'),
    kind: fc.constantFrom(...Object.keys(KINDS)),
    spread: fc.constantFrom(1e-3, 0.3, 1, 6, 30),
    place: fc.constantFrom('all', 'causal', 'segment', 'window'),
    width: fc.constantFrom(1, 9, 100, 6000),
    ranges: fc.boolean(),
    hidden: fc.constantFrom(undefined, 0.1, 0.95),
    scale: fc.constantFrom(undefined, 0.5, 7),
    precision: fc.constantFrom('f32' as const, 'f64' as const),
    epsilon: fc.constantFrom(undefined, 1, 0.5, 0.1, 0.01, 1e-6),
    top: fc.constantFrom(undefined, 1, 5, 40, 10_000),
    extension: fc.constantFrom('npz', 'csv', 'ndjson'),
    shardRows: fc.constantFrom(undefined, 4096),
  })
  .map((problem) => ({ ...problem, m: Math.min(problem.n, problem.most) }))
type Problem = typeof problems extends fc.Arbitrary<infer P> ? P : never

function writeInputs({ seed, n, m, d, element, kind, spread, hidden }: Problem): void {
  const random = new Random(seed)
  const keys = Float64Array.from({ length: n * d }, () => random.normal())
  const queries = Float64Array.from({ length: m * d }, () => random.normal() * spread)
  KINDS[kind](keys, n, d)
  for (const [name, rows, data] of [
    ['K.npy', n, keys],
    ['Q.npy', m, queries],
  ] as const)
    writeFileSync(work.path(name), npyBytes([rows, d], element === 'f32' ? Float32Array.from(data) : data))
  if (hidden === undefined) return
  const seen = Uint8Array.from({ length: n }, () => (random.uniform() < hidden ? 0 : 1))
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [n]), seen]))
}

function optionsOf({ n, m, place, width, ranges, hidden, scale, precision, epsilon, top }: Problem) {
  const half = (rows: number) => ({ rowStart: Math.floor(rows / 3), rowEnd: Math.max(1, rows - 1) })
  return {
    attention: 'softmax' as const,
    keys: [work.path('K.npy')],
    queries: [work.path('Q.npy')],
    causal: place === 'causal' || place === 'window',
    ...(place === 'all' ? {} : { queryStart: n - m }),
    ...(place === 'segment' ? { segment: width } : {}),
    ...(place === 'window' ? { slidingWindow: width } : {}),
    ...(ranges ? { keyRows: half(n), queryRows: half(m) } : {}),
    ...(hidden === undefined ? {} : { keyMaskFile: work.path('mask.npy') }),
    scale,
    precision,
    top,
    epsilon: epsilon ?? (top === undefined ? 0.02 : undefined),
  }
}

test('what is found is right by brute force', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      writeInputs(problem)
      const options = optionsOf(problem)
      const { shardRows, extension } = problem
      const heavy = work.path(`h.${extension}`)
      await withJob({ workers: 0 }, (job) => run({ ...options, shardRows, out: heavy, force: true }, job))
      const { keys, queries, keyMaskFile } = options
      const terms = extension === 'npz' ? { keys, queries, keyMaskFile } : options
      const found = await withJob({ workers: 0 }, (job) => verify({ ...terms, heavy }, job))
      expect(found.difference).toBeUndefined()
      expect(found).toMatchObject({ queriesVerified: problem.m, queriesBeyondRange: 0 })
    }),
    { numRuns: tiered(20, 200) },
  )
})
