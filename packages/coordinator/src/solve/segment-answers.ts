import { counted, sizeExponent, sizeText, type UniversalSet } from '@levattention/core/internal'
import type { RunContext, RunStats } from '../tasks/run-context.ts'
import { findSegmentPairs } from '../queries/segments.ts'
import type { PlanOptions } from '../plan/plan.ts'
import { CERTAIN } from '../problem/guarantee.ts'
import type { Answers, KeyedProblem } from './answers.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { causalBoundsText, LARGE_SET, summaryOfUniversal, warnOfSearch } from '../job/summarize.ts'

/** The answers of each segment's own set. */
export function segmentAnswers(problem: KeyedProblem, plan: PlanOptions, context: RunContext): Answers {
  let ofSegments = new SegmentFacts()
  const { rowCount, attention, epsilon, scores } = problem
  const options = { ...plan, p: attention.p, epsilon, scores }
  return {
    problem,
    batches: () => {
      const facts = new SegmentFacts()
      ofSegments = facts // Of the last search: each finds all sets anew.
      return findSegmentPairs(problem, options, context, (universal) => facts.add(universal))
    },
    withMass: problem.knowsMass,
    idEnd: rowCount,
    header: problem.header(),
    facts: () => ({
      ...problem.facts(),
      method: CERTAIN.method,
      ...ofSegments.whole(rowCount),
      guarantee: CERTAIN.guarantee,
    }),
    warn: (counts, out) => {
      warnOfSearch(counts, context.stats, attention, { out })
      ofSegments.warnOfSize(problem, context.stats)
    },
  }
}

/** The facts of all segments: sizes summed, what differs between them the largest. */
class SegmentFacts {
  #size = 0
  #keyCount = 0
  #boundSum = 0
  #maxBound = 0
  #condition = 1
  #thresholdSlack: number | undefined
  #isRidge = false

  add(universal: UniversalSet): void {
    const {
      universalSize = 0,
      boundSum = 0,
      maxBound = 0,
      condition = 1,
      ...facts
    } = summaryOfUniversal(universal)
    this.#size += universalSize
    this.#keyCount += universal.rowCount
    this.#boundSum += boundSum
    this.#maxBound = Math.max(this.#maxBound, maxBound)
    this.#condition = Math.max(this.#condition, condition)
    if (facts.thresholdSlack !== undefined)
      this.#thresholdSlack = Math.max(this.#thresholdSlack ?? 0, facts.thresholdSlack)
    this.#isRidge ||= facts.certificate === 'ridge'
  }

  /** Warns where the segments' sets hold most keys. Causal: no length of a segment promises anything. */
  warnOfSize({ attention, dim, epsilon, mask }: KeyedProblem, stats: RunStats): void {
    if (this.#size <= this.#keyCount / 2) return
    const helping = Math.ceil((10 * dim ** sizeExponent(attention)) / epsilon)
    const advice = mask.causal
      ? `${causalBoundsText(dim)}, and a segment has few`
      : `a tenth is promised of segments of ${helping} rows (10 ${sizeText(attention)}/epsilon) or more`
    const held = `${this.#size} of ${counted(this.#keyCount, 'key')} at epsilon ${epsilon}`
    stats.warn(LARGE_SET, `the universal sets of the segments hold ${held}, so little is gained: ${advice}`)
  }

  whole(keyCount: number): Partial<JobSummary> {
    return {
      universalSize: this.#size,
      universalFraction: keyCount === 0 ? 0 : this.#size / keyCount,
      ...(this.#size > 0 ? { maxBound: this.#maxBound } : {}),
      boundSum: this.#boundSum,
      condition: this.#condition,
      ...(this.#thresholdSlack === undefined ? {} : { thresholdSlack: this.#thresholdSlack }),
      certificate: this.#isRidge ? 'ridge' : 'regular',
    }
  }
}
