// Catches: a fixed set, or clusters, that depend on threads, kernels or shards, or differ from those of one head in memory; what
// a masked key holds. Cannot catch: a rule that is wrong everywhere alike (test/core/fixed-set).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DenseRows,
  type NamedSet,
  fixedSet,
  matrix,
  openMatrix,
  restClusters,
  type Visibility,
} from '@levattention/core/internal'
import { findFixedSet, findRestClusters } from '#coordinator/keys/fixed-set'
import { afterAll, describe, expect, test } from 'vitest'
import { eachEngine } from '../../support/each-engine.ts'
import { gaussian } from '../../support/matrices.ts'
import { npyBytes } from '../../support/npy.mjs'
import { someOf, tiered } from '../../support/tier.ts'

// Of float64, so that one task has 8192 keys.
const [ROWS, DIM, QUERIES] = [18_000, tiered(16, 32), 20]
const keys: DenseRows = gaussian(ROWS, DIM, 1)
// Two alike, some of zeros, a column that others make up: ties, and a rank below DIM.
keys.data.copyWithin(9000 * DIM, 10 * DIM, 11 * DIM)
keys.data.fill(0, 12_000 * DIM, 12_003 * DIM)
for (let i = 0; i < keys.data.length; i += DIM) keys.data[i] = keys.data[i + 1] - keys.data[i + 2]
const queries: DenseRows[] = [gaussian(QUERIES, DIM, 2), gaussian(QUERIES, DIM, 3)]

const keyMask = Uint8Array.from({ length: ROWS }, (_, j) => (j % 7 === 3 ? 0 : 1))
const queryMask = Uint8Array.from({ length: QUERIES }, (_, i) => (i % 5 === 1 ? 0 : 1))
const VISIBILITIES: Readonly<Record<string, Visibility>> = {
  whole: { causal: false, queryStart: 0 },
  masked: { causal: true, queryStart: ROWS - QUERIES, keyMask, queryMask },
  shortSegments: { causal: true, queryStart: 5990, segment: 1500, keyMask },
  segments: { causal: false, queryStart: 5980, segment: 6000, keyRows: { rowStart: 100, rowEnd: 15_000 } },
  window: { causal: true, queryStart: 9000, slidingWindow: 3000 },
}
const SETS: readonly NamedSet[] = [
  { rule: 'leverage', keep: 40 },
  { rule: 'leverage', epsilon: tiered(0.0015, 0.003) },
  { rule: 'norm-max', keep: 40 },
  { rule: 'norm-min', keep: 5 },
  { rule: 'random', keep: 40, seed: 2 ** 40 },
  { rule: 'query-moments', keep: 40 },
  { rule: 'sampled-queries', keep: 40, seed: 3 },
  { rule: 'accumulated', keep: 40 },
  { rule: 'kmeans', keep: 4 },
  { full: true },
  { none: true },
  { ids: [-1, 5, 150, 17_999] },
  { scores: keys.data.slice(0, ROWS), keep: 7 },
]
const named = SETS.map((set) => ({ set, rule: 'rule' in set ? set.rule : Object.keys(set)[0] }))
/** Of long segments each of those that pass over shards in a way of their own. */
const SOME = ['leverage', 'norm-max', 'query-moments', 'accumulated', 'kmeans']
const some = named.filter(({ rule, set }) => SOME.includes(rule) && !('epsilon' in set))

const folder = mkdtempSync(join(tmpdir(), 'lev-fixed-set-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inMemory = ({ data, rows, cols }: DenseRows) => matrix(data, { rows, cols })

/** What is masked is NaN in the file. */
function fileOf({ data, rows, cols }: DenseRows, name: string, mask: Uint8Array): string {
  const spoilt = data.map((x, i) => (mask[Math.floor(i / cols)] === 0 ? NaN : x))
  const path = join(folder, name)
  writeFileSync(path, npyBytes([rows, cols], spoilt))
  return path
}
const keyFile = fileOf(keys, 'K.npy', keyMask)
const queryFiles = queries.map((one, h) => fileOf(one, `Q${h}.npy`, queryMask))

const here = new Map<string, readonly number[]>()
function chosenHere(name: string, set: NamedSet): readonly number[] {
  const key = `${name} ${SETS.indexOf(set)}`
  const known = here.get(key) ?? [...fixedSet({ keys, queries }, VISIBILITIES[name], undefined, set)]
  here.set(key, known)
  return known
}

eachEngine('fixed sets over shards are those in memory', (context) => {
  describe.each(tiered(['shortSegments'], Object.keys(VISIBILITIES)))('%s', (name) => {
    test.each(name === 'shortSegments' ? someOf(named, 8) : some)('$rule', async ({ set }) => {
      const head = { keys: inMemory(keys), queries: queries.map(inMemory), visibility: VISIBILITIES[name] }
      expect([...(await findFixedSet(head, set, context()))]).toEqual(chosenHere(name, set))
    })
  })

  test.each(someOf(some, 3))('NaN in masked rows of files: $rule', async ({ set }) => {
    const head = {
      keys: openMatrix(keyFile),
      queries: queryFiles.map((path) => openMatrix(path)),
      visibility: VISIBILITIES['masked'],
    }
    expect([...(await findFixedSet(head, set, context()))]).toEqual(chosenHere('masked', set))
  })

  test.each([6000, 500])('clusters of the rest in segments of %d', async (segment) => {
    const visibility = { ...VISIBILITIES['segments'], segment }
    const kept = Float64Array.of(150, 7000)
    const options = { sinkTokens: 200, seed: 9 }
    const head = { keys: inMemory(keys), visibility }
    expect(await findRestClusters(head, kept, 3, options, context())).toEqual(
      restClusters(keys, visibility, kept, 3, options),
    )
  })
})

test('fixed sets hold what is asked', () => {
  expect(chosenHere('whole', SETS[0])).toHaveLength(40)
  expect(chosenHere('segments', SETS[0])).toHaveLength(120)
  expect(chosenHere('whole', SETS[1]).length).toBeGreaterThan(0)
  expect(chosenHere('segments', { full: true })).toHaveLength(14_900)
})
