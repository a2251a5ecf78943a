import { type HeavyBatch, type KeyReach } from '@levattention/core/internal'
import type { JobSummary } from '../job/job-summary.ts'
import { warnOfBytes, warnOfSearch } from '../job/summarize.ts'
import { type PlanOptions, planSoftmax } from '../plan/plan.ts'
import { CERTAIN } from '../problem/guarantee.ts'
import { recordedBatches } from '../queries/recorded-batches.ts'
import { reachOf, softmaxBatches, type SoftmaxWork } from '../queries/softmax-pairs.ts'
import type { SearchedBatch } from '../tasks/answer-store.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { Answers } from './answers.ts'

/** The exact pairs of softmax, of all keys: there is no set of them that would do (docs/theory.md section 7). */
export function softmaxAnswers(
  problem: SoftmaxWork['problem'],
  options: PlanOptions,
  context: RunContext,
): Answers {
  const work = { problem, plan: planSoftmax(problem.keys, problem.queryCount, options) }
  const { keys, queries } = problem
  let found = new SoftmaxCounts()
  return {
    problem,
    batches: () => {
      found = new SoftmaxCounts()
      return counted(searched(work, context), found, context)
    },
    withMass: false,
    idEnd: keys.rows,
    header: problem.header(),
    facts: () => ({ ...problem.facts(), ...CERTAIN, ...found.facts() }),
    warn: (counts, out) => {
      warnOfSearch(counts, context.stats, { p: 2 }, { out })
      warnOfBytes(keys === queries ? [keys] : [keys, queries], context.stats)
    },
  }
}

async function* searched(work: SoftmaxWork, context: RunContext): AsyncGenerator<SearchedBatch, void, void> {
  const { answers } = context
  const { batches } = work.plan
  let reach: KeyReach | undefined
  async function* search(from: number, to: number): AsyncGenerator<SearchedBatch, void, void> {
    reach ??= await reachOf(work, context)
    yield* softmaxBatches(work, reach, context, from, to)
  }
  yield* answers ? recordedBatches({ batches }, answers, search) : search(0, batches.length)
}

async function* counted(
  batches: AsyncIterable<SearchedBatch>,
  found: SoftmaxCounts,
  { stats }: RunContext,
): AsyncGenerator<HeavyBatch, void, void> {
  for await (const { batch, queriesSettled, queriesExactPass } of batches) {
    stats.queriesSettled += queriesSettled
    stats.queriesExactPass += queriesExactPass
    found.add(batch, queriesExactPass)
    yield batch
  }
}

/** What is known of the rows once all batches went by. */
class SoftmaxCounts {
  #rows = 0
  #emptyRows = 0
  #pairs = 0
  #negative = 0
  #mass = 0
  #float64Rows = 0

  add({ lse, scores, dots }: HeavyBatch, float64Rows: number): void {
    this.#float64Rows += float64Rows
    for (const value of lse ?? []) {
      if (Number.isNaN(value)) continue
      this.#rows++
      if (value === -Infinity) this.#emptyRows++
    }
    this.#pairs += scores.length
    for (let i = 0; i < scores.length; i++) {
      this.#mass += scores[i]
      if (dots[i] < 0) this.#negative++
    }
  }

  facts(): Partial<JobSummary> {
    const full = this.#rows - this.#emptyRows
    return {
      emptyRows: this.#emptyRows,
      ...(full > 0 ? { heavyMassMean: this.#mass / full } : {}),
      ...(this.#pairs > 0 ? { negativeDotShare: this.#negative / this.#pairs } : {}),
      float64Rows: this.#float64Rows,
    }
  }
}
