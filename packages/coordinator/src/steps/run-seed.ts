import { kindAt } from '@levattention/core/internal'
import { findPlan } from '../checkpoint/run-plan.ts'
import { withSeed } from '../problem/estimate-options.ts'
import type { RunOptions } from '../solve/run-options.ts'

/**
 * `options` with the seed of an estimate: that of the run that stands in `folder`, so that it goes on without being told, or one at
 * random. Throws Content where the folder holds a plan that is none.
 */
export function withRunSeed<Options extends RunOptions>(options: Options, folder: string): Options {
  if (options.scores !== 'estimate' || options.seed !== undefined) return options
  const standing = kindAt(folder) === 'folder' ? findPlan(folder)?.options.seed : undefined
  return withSeed(typeof standing === 'number' ? { ...options, seed: standing } : options)
}
