// Catches: keys of the same shape that a universal set was not built from, taken by a search of the library. Cannot catch:
// keys that differ in rows outside U alone; the command's --keys, which it tries in full (cli/universal.test.ts).
import {
  matrix,
  type MatrixSource,
  openMatrix,
  openUniversalSet,
  type UniversalSet,
} from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'
import { refusalOf } from './library-support.ts'

const shape = { rows: 400, cols: 8 }
const A = gaussianRows(400, 8, 1)
const rolled = Float64Array.from(A, (_, i) => A[(i + 8) % A.length])
const B = gaussianRows(400, 8, 2)
const queries = matrix(gaussianRows(400, 8, 3), shape)
const work = new Workspace()
let lev: Awaited<ReturnType<typeof levattention>>
const sets: Record<string, UniversalSet> = {}

beforeAll(async () => {
  lev = await levattention({ workers: 0 })
  work.npy('A.npy', [400, 8], A)
  work.npy('B.npy', [400, 8], B)
  const ran = await runHere(work, 'build', '--keys', 'A.npy', '--epsilon', '0.02', '--out', 'u.lev')
  expect(ran.exitCode, ran.stderr).toBe(0)
  const keys = matrix(A, shape)
  sets['p = 2'] = await lev.universalSet(keys, { epsilon: 0.02 })
  sets['p = 4'] = await lev.universalSet(keys, { epsilon: 0.02, p: 4 })
  sets.causal = await lev.universalSet(keys, { epsilon: 0.02, causal: true })
  sets.file = openUniversalSet(work.path('u.lev'))
})
afterAll(async () => {
  await lev.close()
  work.remove()
})

test.each(['p = 2', 'p = 4', 'causal', 'file'])('%s: other keys are refused by row', async (name) => {
  const others: readonly MatrixSource[] = [
    matrix(B, shape),
    matrix(rolled, shape),
    openMatrix(work.path('B.npy')),
  ]
  for (const keys of others) {
    const error = await refusalOf(() => lev.heavyAttentions(sets[name], queries, { keys }))
    expect([error.tag, error.message]).toEqual([
      'Content',
      expect.stringMatching(/not the keys that this universal set was built from: row \d+ differs/),
    ])
  }
  const keys = matrix(A.slice(8), { rows: 399, cols: 8 })
  const error = await refusalOf(() => lev.heavyAttentions(sets[name], queries, { keys }))
  expect(error.message).toContain('[399, 8]')
})

test.each(['p = 2', 'p = 4', 'causal', 'file'])('%s: its own keys are taken', async (name) => {
  for (const keys of [matrix(A, shape), openMatrix(work.path('A.npy'))]) {
    let count = 0
    for await (const batch of lev.heavyAttentions(sets[name], queries, { keys })) count += batch.queryCount
    expect(count).toBe(400)
  }
})
