// Catches: answers that can be asked for once only, or whose facts grow with each time they are asked; a search before anybody
// asks; another set than the mask's. Cannot catch: wrong answers, which are wrong each time (test/golden, test/laws).
import { InlineEngine } from '#coordinator/engines/inline-engine'
import type { ProblemOptions } from '#coordinator/problem/attention-problem'
import { problemOf } from '#coordinator/problem/problem-of'
import { answersFor } from '#coordinator/solve/solve'
import type { RunContext } from '#coordinator/tasks/run-context'
import { type HeavyBatch, scalarKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { contextOf, sourceOf } from '../../support/run-inline.ts'

const cases: readonly (ProblemOptions & { readonly sets: 'one' | 'many' })[] = [
  { sets: 'one' },
  { sets: 'one', p: 3, causal: true },
  { sets: 'many', segment: 64 },
  { sets: 'many', segment: 64, p: 3, causal: true },
]

test.each(cases)('%o: asked twice, the same batches and facts', async ({ sets, ...options }) => {
  const [keys, queries] = [sourceOf(gaussian(300, 4, 5)), sourceOf(gaussian(300, 4, 6))]
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  const problem = problemOf({ epsilon: 0.05, ...options }, keys, queries)
  const answers = await answersFor(problem, {}, context)
  expect(answers.found === undefined).toBe(sets === 'many')
  expect(searched(context)).toBe(0)
  const first = await all(answers.batches())
  const facts = answers.facts()
  expect(facts.universalSize).toBeGreaterThan(0)
  expect(searched(context)).toBe(300)
  expect(await all(answers.batches())).toEqual(first)
  expect(answers.facts()).toEqual(facts)
})

function searched({ stats }: RunContext): number {
  return stats.queriesSettled + stats.queriesExactPass
}

async function all(batches: AsyncIterable<HeavyBatch>): Promise<HeavyBatch[]> {
  const found: HeavyBatch[] = []
  for await (const batch of batches) found.push(batch)
  return found
}
