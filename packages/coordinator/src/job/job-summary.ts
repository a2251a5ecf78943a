import type { Warning } from '../tasks/run-context.ts'
import type { ProblemFacts } from '../problem/attention-problem.ts'
import type { SoftmaxFacts } from '../problem/softmax-problem.ts'
import type { Guarantee } from '../problem/guarantee.ts'
import type { HeadPair } from './head-pairs.ts'
import type { SkippedHead } from './skipped-heads.ts'
import type { HeadAxes } from './head-axes.ts'

export const SCHEMA_VERSION = 1

/** What a command says of itself, as text or `--json` (docs/cli.md); what does not apply is absent. */
export interface JobSummary extends Partial<
  ProblemFacts & Omit<SoftmaxFacts, keyof ProblemFacts> & Guarantee & SearchCounts & SoftmaxCounts
> {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly command: string
  readonly m?: number
  /** Rows with a missing value that take no part. */
  readonly keysDropped?: number
  readonly queriesDropped?: number
  readonly universalSize?: number
  readonly universalFraction?: number
  readonly maxBound?: number
  readonly boundSum?: number
  readonly rank?: number
  readonly condition?: number
  readonly thresholdSlack?: number
  /** ridge: U and its bounds are about the queries that a test covers; the others are decided from the keys, or listed. */
  readonly certificate?: 'regular' | 'ridge'
  readonly queriesSettled?: number
  readonly queriesExactPass?: number
  readonly workers?: number
  /** That shared calls of native kernels, the command's own among them, where it had no others; absent: 1. */
  readonly kernelThreads?: number | undefined
  readonly kernels?: string
  /** Of `run --heads`: each head's own. */
  readonly heads?: readonly HeadFacts[]
  /** Heads that were left out, where there are any. */
  readonly skippedHeads?: readonly SkippedHead[]
  readonly seconds: Readonly<Record<string, number>>
  readonly bytesRead?: number
  readonly peakMemoryBytes: number
  readonly inputs: readonly { readonly path: string; readonly firstRow: number; readonly rows: number }[]
  readonly outputs: readonly string[]
  readonly warnings: readonly Warning[]
}

/** What a job found, and its inputs. */
export type JobFacts = Partial<JobSummary> & Pick<JobSummary, 'inputs'>

/** What a search found, counted. */
export interface SearchCounts {
  readonly pairs: number
  readonly undefinedRows: number
  readonly uncertifiedQueries: number
  /** Largest relative error bound of a reported score. */
  readonly scoreSlack: number
  /** Where scores are estimates: how many queries took how many draws, 0 where U alone told all of their pairs; draws ascending. */
  readonly queriesByDraws?: readonly QueriesOfDraws[]
}

export interface QueriesOfDraws {
  readonly draws: number
  readonly queries: number
}

/** What a search of softmax pairs found, beside. */
export interface SoftmaxCounts {
  /** Rows that see no key. */
  readonly emptyRows: number
  /** Mean over the others of the sum of a row's reported scores. */
  readonly heavyMassMean: number
  /** Share of the pairs with q.k < 0. */
  readonly negativeDotShare: number
  /** Rows that were summed in float64. */
  readonly float64Rows: number
}

/** Of the pairs that a search found. */
export interface DotSigns {
  /** With q.k < 0. */
  readonly negativeDots: number
}

/** What is known of one head: a line of heads.csv, in this order. */
export interface HeadFacts extends HeadPair, HeadAxes, SearchCounts {
  /** In the output's folder, where there is one. */
  readonly file?: string
  readonly epsilon: number
  readonly universalSize: number
  readonly universalFraction: number
  /** Keys that take part, where some do not. */
  readonly keysSeen?: number
  /** 0 where U is empty. */
  readonly maxBound: number
  readonly thresholdSlack: number
  readonly rank: number
  readonly condition: number
  /** Of the reported pairs those with q.k < 0; 0 where there are none. */
  readonly negativeDotShare: number
}

/** A head of the keys, of a command that takes each by itself; what is known of it stands beside. */
export interface KeyHead extends HeadAxes {
  readonly head: number
  /** In the output's folder. */
  readonly file?: string
}

/** The summary of such a command. */
export interface KeyHeadsSummary<Facts = object> extends Omit<JobSummary, 'heads'> {
  readonly heads: readonly (KeyHead & Facts)[]
}
