import { LevError } from '@levattention/core/internal'
import { withOutputs } from '../files/output-transaction.ts'
import { warnOfLargeSets } from '../job/head-facts.ts'
import type { Job } from '../job/job.ts'
import type { KeyHeadsSummary } from '../job/job-summary.ts'
import { summaryOfUniversal } from '../job/summarize.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import { keysSeenOf } from '../problem/seen-rows.ts'
import { problemOf, requireOneOf } from '../problem/problem-of.ts'
import { findSet } from '../solve/answers.ts'
import { intoHeads, type KeyHeadsOptions } from '../solve/over-heads.ts'
import { stageUniversal } from '../solve/stage-universal.ts'
import type { BuildOptions } from './build.ts'

type BuildHeadsOptions = Omit<BuildOptions, 'out'> & KeyHeadsOptions & { readonly out: string }

/** As `build`, of each head of the keys by itself, into the folder `out`. Throws as `build`. */
export async function buildHeads(options: BuildHeadsOptions, job: Job): Promise<KeyHeadsSummary> {
  requireOneOf(options)
  requireWholeHeads(options)
  const summary = await intoHeads('build', options, '.lev', job, async (keys, { path, shownAs }, context) => {
    const found = await findSet(problemOf(options, keys, undefined), { ...options, mergeable: true }, context)
    await withOutputs(async (staged) => {
      await context.stats.time('write', async () => {
        staged.add(stageUniversal(path, found, { shownAs }))
        await staged.finish()
      })
    })
    return { ...summaryOfUniversal(found.universal), ...keysSeenOf(keys) }
  })
  warnOfLargeSets(summary.heads, job.stats)
  return { ...summary, warnings: job.stats.warnings }
}

/** Throws Option for what is about rows that come in parts. */
function requireWholeHeads({ method, append, rowOffset }: BuildHeadsOptions): void {
  requireNoSketch(method, '--heads')
  const option = append !== undefined ? 'append' : rowOffset !== undefined ? 'row-offset' : undefined
  if (option === undefined) return
  const message = `--${option} is about parts of one matrix, and --heads takes several whole; name one head by its index`
  throw new LevError('Option', message, { option })
}
