import { heavyFormat, LevError } from '@levattention/core/internal'
import type { PlanOptions } from '../plan/plan.ts'
import type { ProblemOptions } from '../problem/attention-problem.ts'
import { requireProblem } from '../problem/problem-of.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import type { NamedOutput } from '../files/check-outputs.ts'
import type { InputOptions } from '../inputs/open-inputs.ts'
import type { PairsOptions } from '../outputs/pairs-output.ts'
import { requirePowerOptions, requireSoftmaxOptions, type SoftmaxRunOptions } from './softmax-options.ts'
import { requireUniversalName } from './stage-universal.ts'

export interface RunOptions
  extends PlanOptions, InputOptions, ProblemOptions, PairsOptions, SoftmaxRunOptions {
  /**
   * Files, globs or lists of K [n, d] and Q [m, d]; without queries the keys are the queries. Keys '-' alone: `stdin`, in
   * one pass; queries that U's certificate does not cover are then listed as uncertified.
   */
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  /** p >= 1 other than 2: see UniversalOptions. */
  readonly tighten?: boolean | undefined
  /** Where U goes as well. */
  readonly universal?: string | undefined
}

/** What the options name, checked by its kind. Throws Option. */
export function outputsOf({ out, universal }: RunOptions): NamedOutput[] {
  const outputs: NamedOutput[] = []
  if (out !== undefined && out !== '-') {
    heavyFormat(out)
    outputs.push({ path: out, option: 'out' })
  }
  if (universal !== undefined) {
    requireUniversalName(universal, 'universal', ['.lev'])
    outputs.push({ path: universal, option: 'universal' })
  }
  return outputs
}

/** Throws Option where options contradict one another. */
export function requireRunOptions(options: Omit<RunOptions, 'out'>): void {
  if (options.attention === 'softmax') {
    requireSoftmaxOptions(options)
    return
  }
  requirePowerOptions(options)
  requireProblem(options)
  if (options.segment === undefined) return
  // Each segment would be a new chance to miss.
  requireNoSketch(options.method, '--segment')
  const option =
    options.universal !== undefined ? 'universal' : options.keep !== undefined ? 'keep' : undefined
  if (option === undefined) return
  const message = `--${option} is about one universal set, and with --segment each segment has its own; leave one out`
  throw new LevError('Option', message, { option })
}
