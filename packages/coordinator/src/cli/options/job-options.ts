import { LevError, type RowRange } from '@levattention/core/internal'
import type { JobOptions } from '../../job/job.ts'
import type { PlanOptions } from '../../plan/plan.ts'
import type { SeenKeyFiles } from '../../problem/seen-rows.ts'
import type { VisibilityFiles } from '../../problem/visibility-options.ts'
import type { RuntimeOptions } from '../../engines/runtime.ts'
import type { SketchOptions, WithScores } from '../../plan/sketch-options.ts'
import type { CommandIo } from './command.ts'

/** How a job is run, from a command's `runtimeOptions`. */
export function jobOptionsOf(
  values: {
    workers?: number | undefined
    kernels?: RuntimeOptions['kernels']
    'hang-limit'?: number | undefined
  },
  { signal, progress, outline, part, warn, early, startedMs }: CommandIo,
): JobOptions {
  const { workers, kernels, 'hang-limit': hangLimitSeconds } = values
  const hangLimitMs = hangLimitSeconds === undefined ? undefined : hangLimitSeconds * 1000
  return {
    workers,
    kernels,
    hangLimitMs,
    early,
    signal,
    onProgress: progress,
    onOutline: outline,
    onPart: part,
    onWarning: warn,
    startedMs,
  }
}

/** The plan's options, from a command's `planOptions`. */
export function planOf(values: {
  shards?: number | undefined
  'shard-rows'?: number | undefined
  'fan-in'?: number | undefined
  'query-batches'?: number | undefined
  p?: number | undefined
  passes?: number | undefined
}): PlanOptions {
  return {
    shards: values.shards,
    shardRows: values['shard-rows'],
    fanIn: values['fan-in'],
    queryBatches: values['query-batches'],
    p: values.p,
    passes: values.passes,
  }
}

/** What queries see, from a command's `maskOptions` and `visibilityOptions`. */
export function visibilityOf(values: {
  causal: boolean
  segment?: number | undefined
  'query-start'?: number | undefined
  'sliding-window'?: number | undefined
  'key-rows'?: RowRange | undefined
  'query-rows'?: RowRange | undefined
  'key-mask'?: string | undefined
  'query-mask'?: string | undefined
}): VisibilityFiles {
  return {
    causal: values.causal,
    segment: values.segment,
    queryStart: values['query-start'],
    slidingWindow: values['sliding-window'],
    keyRows: values['key-rows'],
    queryRows: values['query-rows'],
    keyMaskFile: values['key-mask'],
    queryMaskFile: values['query-mask'],
  }
}

/** Which keys take part, from a command's `keyRowsOptions`. */
export function keyRowsOf(values: {
  'key-rows'?: RowRange | undefined
  'key-mask'?: string | undefined
}): SeenKeyFiles {
  return { keyRows: values['key-rows'], keyMaskFile: values['key-mask'] }
}

/** How keys are chosen, from a command's `methodOptions`. Throws Option where a seed is given that nothing draws from. */
export function sketchOf({ method, delta, seed, scores }: SketchOptions & WithScores): SketchOptions {
  if (seed === undefined || method === 'sketch' || scores === 'estimate') return { method, delta, seed }
  const message =
    '--seed says which sketches, or which keys for an estimate, are drawn; leave it out, or give --method sketch or --scores estimate'
  throw new LevError('Option', message, { option: 'seed' })
}

/** The keys of a command with one matrix: by --keys, or as its argument. Throws Option where both are given. */
export function oneMatrix(keys: readonly string[], positionals: readonly string[]): readonly string[] {
  if (keys.length === 0 || positionals.length === 0) return [...keys, ...positionals]
  const message = `the keys are given twice: --keys ${keys[0]} and ${positionals[0]}; leave one out`
  throw new LevError('Option', message, { option: 'keys' })
}

/**
 * Where a command with pairs sends them: --out, or standard output; under --json without --out nowhere, since standard
 * output is the summary's. Throws Option for --out - under --json.
 */
export function pairsOut({ out, json }: { out?: string | undefined; json: boolean }): string | undefined {
  if (!json) return out ?? '-'
  if (out !== '-') return out
  const message = '--out - and --json both want standard output; leave one out, or name a file'
  throw new LevError('Option', message, { option: 'out' })
}
