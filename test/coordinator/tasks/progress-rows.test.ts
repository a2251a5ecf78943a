// Catches: a stage that counts tasks alone, rows that are not those of the input, that fall, or never come to their end.
// Cannot catch: a stage that is not told.
import { matrix } from '@levattention/core/internal'
import { levattention } from '@levattention/coordinator'
import type { Progress } from '#coordinator/tasks/progress'
import { expect, test } from 'vitest'
import { gaussianRows } from '../cli/bin.ts'

const [n, d, m] = [20_000, 4, 2500]

/** What was told of each stage, in its order. */
function byStage(told: readonly Progress[]): Map<string, Progress[]> {
  const stages = new Map<string, Progress[]>()
  for (const one of told) stages.set(one.stage, [...(stages.get(one.stage) ?? []), one])
  return stages
}

test('a run tells rows of its keys, and its queries', async () => {
  const keys = matrix(gaussianRows(n, d, 1), { rows: n, cols: d })
  const queries = matrix(gaussianRows(m, d, 2), { rows: m, cols: d })
  const told: Progress[] = []
  const onProgress = (progress: Progress) => void told.push(progress)
  const lev = await levattention({ workers: 0 })
  try {
    const universal = await lev.universalSet(keys, { onProgress })
    for await (const _ of lev.heavyAttentions(universal, queries, { keys, onProgress })) continue
    for await (const _ of lev.softmaxPairs({ keys, queries }, { top: 1, onProgress })) continue
  } finally {
    await lev.close()
  }
  const stages = byStage(told)
  for (const [stage, total] of [
    ['map', n],
    ['select', n],
    ['query', m],
  ] as const) {
    const rows = (stages.get(stage) ?? []).map(({ rowsDone = NaN, rowsTotal }) => ({ rowsDone, rowsTotal }))
    expect(rows.length, stage).toBeGreaterThan(1)
    expect(new Set(rows.map(({ rowsTotal }) => rowsTotal))).toEqual(new Set([total]))
    expect(rows.at(-1)).toEqual({ rowsDone: total, rowsTotal: total })
    // Two searches: each from its first query on.
    const falls = rows.filter(({ rowsDone }, at) => at > 0 && rowsDone < rows[at - 1].rowsDone)
    expect(falls.length, stage).toBeLessThanOrEqual(1)
  }
})

test('softmax of a part of the rows counts that part alone', async () => {
  const keys = matrix(gaussianRows(n, d, 1), { rows: n, cols: d })
  const queries = matrix(gaussianRows(m, d, 2), { rows: m, cols: d })
  const told: Progress[] = []
  const options = {
    top: 1,
    keyRows: { rowStart: 0, rowEnd: 2000 },
    queryRows: { rowStart: 0, rowEnd: 600 },
    onProgress: (progress: Progress) => void told.push(progress),
  }
  const lev = await levattention({ workers: 0 })
  try {
    for await (const _ of lev.softmaxPairs({ keys, queries }, options)) continue
  } finally {
    await lev.close()
  }
  const stages = byStage(told)
  for (const [stage, total] of [
    ['map', 2000],
    ['query', 600],
  ] as const)
    expect(new Set(stages.get(stage)!.map(({ rowsTotal }) => rowsTotal))).toEqual(new Set([total]))
})
