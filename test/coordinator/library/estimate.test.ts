// Catches: a call of the library that loses what an estimate says, a seed that is not told or does not repeat, a session that answers
// otherwise than the call over all queries or goes on beyond what its delta covers, estimates where there are none. Cannot catch: lower ends that
// fail too often (test/core/search/estimate-rows.test.ts).
import { levattention, type Progress } from '@levattention/coordinator'
import { type HeavyBatch, matrix } from '@levattention/core'
import { afterAll, expect, test } from 'vitest'
import { gaussian, stack } from '../../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix } from '../../support/oracle.ts'
import { sourceOf } from '../../support/run-inline.ts'

const [ROWS, DIM, QUERIES, EPSILON] = [4200, 4, 40, 0.02]
const long = gaussian(ROWS, DIM, 3)
const dense: DenseMatrix = stack(
  Array.from({ length: ROWS }, (_, j) =>
    long.data.subarray(j * DIM, (j + 1) * DIM).map((x) => Math.fround(j % 301 === 7 ? 20 * x : x)),
  ),
  DIM,
)
const asked = gaussian(QUERIES, DIM, 4)
const [keys, queries] = [sourceOf(dense, 'f32'), sourceOf(asked)]
const lev = await levattention({ workers: 0 })
afterAll(() => lev.close())
const universal = await lev.universalSet(keys, { p: 3, epsilon: EPSILON })

async function all(batches: AsyncIterable<HeavyBatch>): Promise<HeavyBatch> {
  const found: HeavyBatch[] = []
  for await (const batch of batches) found.push(batch)
  expect(found).toHaveLength(1)
  return found[0]
}

test('every heavy pair, with ends, standard errors and the seed', async () => {
  const found = await all(lev.heavyAttentions(universal, queries, { scores: 'estimate', keys }))
  const places = new Map<string, number>()
  for (let q = 0; q < QUERIES; q++)
    for (let i = found.offsets[q]; i < found.offsets[q + 1]; i++) places.set(`${q}:${found.keyIds[i]}`, i)
  const { pairs } = bruteForceHeavy(asked, dense, EPSILON, 3)
  expect(pairs.length).toBeGreaterThan(20)
  let deviations = 0
  for (const { query, key, score } of pairs) {
    const at = places.get(`${query}:${key}`)
    expect(at, `${query}:${key}`).toBeDefined()
    const [low, high, error] = [found.scoreLow, found.scoreHigh, found.scoreSE].map(
      (column) => column?.[at ?? 0] ?? NaN,
    )
    expect(low).toBeLessThanOrEqual(score * (1 + 1e-12))
    expect(high).toBeGreaterThanOrEqual(score * (1 - 1e-12))
    expect(error).toBeGreaterThan(0)
    if (Math.abs(found.scores[at ?? 0] - score) > 4 * error) deviations++
  }
  expect(deviations).toBeLessThan(pairs.length / 10)
  expect(Number.isSafeInteger(found.seed)).toBe(true)
})

test('rows of the size of their rounding error count in the estimate, and its standard error says what rounding may do', async () => {
  // |q.k|^.3 of so many tiny rows is two thirds of the row sum.
  const [rows, tiny, p] = [100_000, 1e-16, 0.3]
  const data = new Float64Array(rows).fill(tiny)
  data[0] = 1
  const many = matrix(data, { rows, cols: 1 })
  const one = matrix(Float64Array.of(1), { rows: 1, cols: 1 })
  const set = await lev.universalSet(many, { p, epsilon: 0.05 })
  const found = await all(lev.heavyAttentions(set, one, { scores: 'estimate', keys: many, seed: 1 }))
  const truth = 1 / (1 + (rows - 1) * tiny ** p)
  const at = found.keyIds.indexOf(0)
  const [score, error] = [found.scores[at], found.scoreSE?.[at] ?? 0]
  expect(error).toBeGreaterThan(0)
  expect(Math.abs(score - truth)).toBeLessThan(3 * error)
  expect(score).toBeCloseTo(truth, 6)
  expect(found.scoreLow?.[at]).toBeLessThanOrEqual(truth)
  expect(found.scoreHigh?.[at]).toBeGreaterThanOrEqual(truth)
})

test('with U empty no key can be heavy: nothing is drawn, and every query is answered', async () => {
  const plain = sourceOf(gaussian(ROWS, DIM, 5))
  const set = await lev.universalSet(plain, { p: 3, epsilon: 0.5 })
  expect(set.rowIds).toHaveLength(0)
  const stages = new Set<string>()
  const onProgress = ({ stage }: Progress) => stages.add(stage)
  const found = await all(lev.heavyAttentions(set, queries, { scores: 'estimate', keys: plain, onProgress }))
  expect([...stages]).toEqual(['query'])
  expect([found.keyIds.length, found.uncertified.length]).toEqual([0, 0])
})

test('the same seed gives the same bits, in a session for as many queries too', async () => {
  const options = { scores: 'estimate', keys, delta: 1e-3 } as const
  const first = await all(lev.heavyAttentions(universal, queries, options))
  const { seed } = first
  expect(await all(lev.heavyAttentions(universal, queries, { ...options, seed: seed ?? 0 }))).toEqual(first)
  await using session = await lev.session(universal, { ...options, seed, queryCount: QUERIES, actors: 1 })
  expect(session.seed).toBe(seed)
  const rows = new Float64Array(asked.data)
  const answer = await session.query(rows)
  const scores = (numbers: Float64Array | undefined) => [...(numbers ?? new Float64Array(0)).slice().sort()]
  for (const name of ['scores', 'scoreLow', 'scoreHigh', 'scoreSE'] as const)
    expect(scores(answer[name])).toEqual(scores(first[name]))
  expect(answer.complete).toBe(true)
  await expect(session.query(rows.subarray(0, DIM))).rejects.toThrow('open another session')
})

test('estimates are refused where there are none', async () => {
  const quadratic = await lev.universalSet(keys, { epsilon: EPSILON })
  const first = async (options: object, set = universal) =>
    await all(lev.heavyAttentions(set, queries, options))
  await expect(first({ scores: 'estimate', keys }, quadratic)).rejects.toThrow('p other than 2')
  await expect(first({ scores: 'estimate' })).rejects.toThrow('give keys as well')
  await expect(first({ scores: 'estimate', keys, delta: 1 })).rejects.toThrow('promises nothing')
  await expect(first({ keys, seed: 3 })).rejects.toThrow('seed')
  await expect(lev.session(universal, { scores: 'estimate' })).rejects.toThrow('give keys as well')
  await expect(lev.session(universal, { keys })).rejects.toThrow("scores: 'estimate'")
})
