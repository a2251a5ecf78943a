import { type AttentionMask, counted, type UniversalSet } from '@levattention/core/internal'
import type { RunContext, RunStats } from '../pipeline/run-context.ts'
import { findSegmentPairs, type SegmentInputs } from '../pipeline/segments.ts'
import type { Job } from './job.ts'
import type { JobSummary } from './job-summary.ts'
import { maskFacts } from './mask.ts'
import type { Inputs } from './open-inputs.ts'
import type { RunOptions } from './run.ts'
import { collectPairs } from './search-pairs.ts'
import { attentionName, heavyMeta, openPairs } from './stage-pairs.ts'
import { withOutputs } from './staged-outputs.ts'
import { searchFacts, universalFacts, warnOfSearch } from './summarize.ts'

/** The heavy pairs of all segments, in one output. Throws as `run`. */
export async function runSegments(
  { keys, queries, mask }: SegmentInputs,
  inputs: Inputs,
  options: RunOptions & { readonly epsilon: number },
  context: RunContext,
  job: Job,
): Promise<Partial<JobSummary> & Pick<JobSummary, 'inputs'>> {
  const { sign = 'both', force = false, out, stdout, tmp, epsilon, p = 2, scores } = options
  const shape = { p, rowCount: keys.rows, dim: keys.cols }
  const m = queries.rows
  return await withOutputs(async (staged) => {
    const sink = openPairs({ out, stdout, tmp, force }, keys.rows, m)
    const meta = heavyMeta(shape, { epsilon, m, sign, scores, mask })
    staged.add({ seal: () => sink.seal(meta), discard: () => sink.abort() })
    const facts = new SegmentFacts()
    const found = findSegmentPairs({ keys, queries, mask }, options, context, (universal) =>
      facts.add(universal),
    )
    const withMass = p === 2 && !mask.causal
    const counts = await collectPairs(found, sink, sign, withMass, context)
    warnOfSearch(counts, job.stats, p, { out })
    facts.warnOfSize({ p, dim: keys.cols, epsilon, mask }, job.stats)
    inputs.requireUnchanged()
    await job.time('write', () => staged.finish())
    return {
      attention: attentionName(p),
      n: keys.rows,
      d: keys.cols,
      p,
      epsilon,
      ...maskFacts(mask),
      method: 'exact',
      ...facts.whole(keys.rows),
      guarantee: { kind: 'deterministic' },
      ...searchFacts(m, counts, job.stats),
      inputs: inputs.parts,
    }
  })
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
    } = universalFacts(universal)
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
  warnOfSize(
    { p, dim, epsilon, mask }: { p: number; dim: number; epsilon: number; mask: AttentionMask },
    stats: RunStats,
  ): void {
    if (this.#size <= this.#keyCount / 2) return
    const helping = Math.ceil((10 * dim ** Math.max(1, p / 2)) / epsilon)
    const advice = mask.causal
      ? 'a key competes only with those before it in its segment, and there are few of these'
      : `a tenth is promised of segments of ${helping} rows (10 ${p > 2 ? `d^${p / 2}` : 'd'}/epsilon) or more`
    const held = `${this.#size} of ${counted(this.#keyCount, 'key')} at epsilon ${epsilon}`
    stats.warn(
      'universal-set-large',
      `the universal sets of the segments hold ${held}, so little is gained: ${advice}`,
    )
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
