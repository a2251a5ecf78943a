// What the library warns of. Catches: scores of columns that depend on one another, or of a matrix the wrong way round, without a word;
// a warning where nothing is wrong.
import { matrix } from '@levattention/core'
import { levattention, type LevAttention, type Warning } from '@levattention/coordinator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const [N, D] = [500, 4]
const random = new Random(8)
const normal = (count: number) => Float64Array.from({ length: count }, () => random.normal())
let lev: LevAttention
beforeAll(async () => {
  lev = await levattention({ workers: 0 })
})
afterAll(() => lev.close())

/** The warnings' codes of scores, a curve and a sample. */
async function codes(data: Float64Array, rows: number, cols: number): Promise<string[][]> {
  const keys = matrix(data, { rows, cols })
  let ofScores: readonly Warning[] = []
  for await (const batch of lev.scores(keys)) ofScores = batch.keys.warnings
  const { warnings: ofCurve } = await lev.curve(keys)
  const { warnings: ofSample } = await lev.sample(keys, { rows: 10 })
  for (const { message } of [ofScores, ofCurve, ofSample].flat()) expect(message).not.toMatch(/`run`|--\w/)
  return [ofScores, ofCurve, ofSample].map((warnings) => warnings.map(({ code }) => code))
}

test('of columns that nothing is wrong with: none', async () => {
  expect(await codes(normal(N * D), N, D)).toEqual([[], [], []])
})

test('of a column that follows from another but for 1e-9: told to all three', async () => {
  const data = normal(N * D)
  for (let i = 0; i < N; i++) data[i * D] = data[i * D + 1] * (1 + 1e-9 * random.normal())
  expect(await codes(data, N, D)).toEqual([['nearly-dependent'], ['nearly-dependent'], ['nearly-dependent']])
})

test('of fewer rows than columns: that it may be the wrong way round', async () => {
  const [ofScores, ofCurve] = await codes(normal(3 * 40), 3, 40)
  expect([ofScores, ofCurve]).toEqual([['few-rows'], ['few-rows']])
})
