// Catches: estimates advised against exact scores, and exact scores against estimates, where both take about as long. Cannot catch: what a
// machine takes.
import { warnOfScores } from '#coordinator/job/summarize'
import { RunStats } from '#coordinator/tasks/run-context'
import { expect, test } from 'vitest'

type Asked = Parameters<typeof warnOfScores>[0]

test.each([
  [50_000, 'exact', []],
  [50_000, 'estimate', ['estimate-small']],
  [120_000, 'exact', []],
  [120_000, 'estimate', []],
  [400_000, 'exact', ['estimate-pays']],
  [400_000, 'estimate', []],
] as const)('%i keys, scores %s: %j', (rowCount, scores, codes) => {
  const stats = new RunStats()
  stats.queriesExactPass = 1000
  const problem = { rowCount, scores, mask: { causal: false }, attention: { p: 3 } } as unknown as Asked
  warnOfScores(problem, stats)
  expect(stats.warnings.map(({ code }) => code)).toEqual(codes)
})
