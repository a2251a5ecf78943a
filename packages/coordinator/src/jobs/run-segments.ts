import type { UniversalSet } from '@levattention/core/internal'
import type { RunContext } from '../pipeline/run-context.ts'
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
    this.#boundSum += boundSum
    this.#maxBound = Math.max(this.#maxBound, maxBound)
    this.#condition = Math.max(this.#condition, condition)
    if (facts.thresholdSlack !== undefined)
      this.#thresholdSlack = Math.max(this.#thresholdSlack ?? 0, facts.thresholdSlack)
    this.#isRidge ||= facts.certificate === 'ridge'
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
