// Catches: local keys by positions that nobody said, without a word. Cannot catch: positions that are said and wrong.
import { warnOfPositions } from '#coordinator/attend/warn-positions'
import { RunStats } from '#coordinator/tasks/run-context'
import { expect, test } from 'vitest'

test.each<[string, Parameters<typeof warnOfPositions>[0], number, string | undefined]>([
  ['few queries', { local: 3 }, 4, '--query-start 96'],
  ['more queries than keys', { local: 3 }, 400, '400 queries and 100 keys'],
  ['as many', { local: 3 }, 100, undefined],
  ['a start', { local: 3, queryStart: 0 }, 4, undefined],
  ['a mask, which asks for a start itself', { local: 3, causal: true }, 4, undefined],
  ['no local keys', {}, 4, undefined],
])('%s', (_, options, queryCount, words) => {
  const stats = new RunStats()
  warnOfPositions(options, queryCount, 100, stats)
  if (words === undefined) expect(stats.warnings).toEqual([])
  else expect(stats.warnings[0].message).toContain(words)
})
