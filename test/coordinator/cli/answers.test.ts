// Catches: a summary whose first lines are not what the pairs and the file of the set say: keys, bounds, how many queries a key is
// heavy for, what the pairs hold. Cannot catch: pairs that are wrong themselves, which run.test.ts tries.
import { readFileSync } from 'node:fs'
import { PairsWatch } from '#coordinator/job/findings'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
const [n, d, m] = [900, 6, 50]
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [n, d], gaussianRows(n, d, 1, 5))
  work.npy('Q.npy', [m, d], gaussianRows(m, d, 2))
})

interface Shown {
  readonly key: number
  readonly bound: number | undefined
  readonly queries: number
}

/** The table of keys that a summary shows. */
function shownKeys(text: string): Shown[] {
  return [...text.matchAll(/^ +(\d+)(?: +([\d.]+))? +(\d+) quer(?:y|ies)$/gm)].map(
    ([, key, bound, queries]) => ({
      key: Number(key),
      bound: bound === undefined ? undefined : Number(bound),
      queries: Number(queries),
    }),
  )
}

/** Counted from the pairs alone. */
function countsOf(csv: string): { queriesOf: Map<number, number>; scoreSum: number } {
  const queriesOf = new Map<number, number>()
  let scoreSum = 0
  for (const line of csv.trimEnd().split('\n').slice(1)) {
    const [, key, score] = line.split(',').map(Number)
    queriesOf.set(key, (queriesOf.get(key) ?? 0) + 1)
    scoreSum += score
  }
  return { queriesOf, scoreSum }
}

const BOTH = '--keys K.npy --queries Q.npy --epsilon 0.02'

describe('the answer of a run', () => {
  test.each([
    ['its own set', `run ${BOTH}`],
    ['positive pairs', `run ${BOTH} --sign positive`],
    ['p = 3', `run ${BOTH} --p 3`],
    ['causal', `run ${BOTH} --causal --query-start 100`],
    ['segments', `run ${BOTH} --segment 300 --query-start 100`],
    ['softmax', `run --attention softmax ${BOTH} --scale 2`],
    ['softmax, the largest', `run --attention softmax --keys K.npy --queries Q.npy --top 3`],
  ])('%s', async (_, line) => {
    const [name, ...args] = line.split(' ')
    const { stderr, exitCode } = await runHere(work, name, ...args, '-o', 'h.csv', '--force')
    expect(exitCode, stderr).toBe(0)
    const { queriesOf, scoreSum } = countsOf(readFileSync(work.path('h.csv'), 'utf8'))
    const pairs = [...queriesOf.values()].reduce((sum, count) => sum + count, 0)
    const text = stderr.replaceAll(/\s+/g, ' ')
    expect(text).toContain(`levattention run: ${pairs.toLocaleString('en')} `)
    const held = Number(/holds? ([\d.e-]+) of a query's attention/.exec(text)?.[1])
    expect(held / (scoreSum / m)).toBeCloseTo(1, 2)
    const shown = shownKeys(stderr)
    expect(shown).toHaveLength(5)
    for (const { key, queries } of shown) expect(queries).toBe(queriesOf.get(key) ?? 0)
    if (shown[0].bound !== undefined) return
    const most = [...queriesOf.values()].sort((a, b) => b - a).slice(0, 5)
    expect(shown.map(({ queries }) => queries)).toEqual(most)
  })

  test('keys and bounds are those of the set, the largest first; a higher epsilon leaves a part of them', async () => {
    await runHere(work, 'build', 'K.npy', '--epsilon', '0.02', '-o', 'u.lev', '-q')
    const listed = (await runHere(work, 'inspect', 'u.lev', '--list')).stdout.trimEnd().split('\n')
    const wanted = listed.slice(0, 5).map((line) => line.split('\t').map(Number))
    const built = (await runHere(work, 'build', 'K.npy', '--epsilon', '0.02', '-o', 'u2.lev')).stderr
    const rows = [...built.matchAll(/^ +(\d+) +(0\.\d+|1)$/gm)]
    expect(rows.map(([, key]) => Number(key))).toEqual(wanted.map(([key]) => key))
    rows.forEach(([, , bound], at) => expect(Number(bound) / wanted[at][1]).toBeCloseTo(1, 2))
    const between = String((wanted[1][1] + wanted[2][1]) / 2)
    const asked = ['--universal', 'u.lev', '--queries', 'Q.npy', '--epsilon', between, '-o', 'q.csv']
    const queried = (await runHere(work, 'query', ...asked)).stderr
    expect(shownKeys(queried).map(({ key }) => key)).toEqual([wanted[0][0], wanted[1][0]])
  })
})

test('of more keys than are counted one by one those of the largest bounds are', () => {
  const universal = { rowIds: Float64Array.of(7, 2_000_000), bounds: Float64Array.of(0.5, 0.25) }
  const none = new Float64Array(0)
  const batch = {
    queryStart: 0,
    queryCount: 4,
    offsets: Uint32Array.of(0, 2, 3, 3, 3),
    keyIds: Float64Array.of(7, 2_000_000, 7),
    scores: Float64Array.of(0.5, 0.25, 0.75),
    dots: none,
    mass: none,
    slack: none,
    uncertified: Float64Array.of(2),
    undefinedRows: Float64Array.of(3),
  }
  const watch = new PairsWatch(universal, 2_000_001)
  watch.add(batch)
  expect(watch.findings()).toEqual({
    topKeys: [
      { rowId: 7, bound: 0.5, queries: 2 },
      { rowId: 2_000_000, bound: 0.25, queries: 1 },
    ],
    pairsHold: 0.75,
  })
  const unbounded = new PairsWatch(undefined, 2_000_001)
  unbounded.add(batch)
  expect(unbounded.findings()).toEqual({ topKeys: [], pairsHold: 0.75 })
})
