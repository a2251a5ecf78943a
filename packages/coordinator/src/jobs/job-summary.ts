import type { Warning } from '../pipeline/run-context.ts'
import type { HeadPair } from './head-pairs.ts'

export const SCHEMA_VERSION = 1

/** What a command says of itself, as text or `--json` (docs/cli.md); what does not apply is absent. */
export interface JobSummary {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly command: string
  /** "|q.k|^2": never softmax. */
  readonly attention?: string
  readonly n?: number
  readonly d?: number
  readonly m?: number
  readonly p?: number
  readonly epsilon?: number
  readonly causal?: boolean
  /** With a mask: the key at which the first query stands, where that is not 0. */
  readonly queryStart?: number
  /** Rows of a segment, where segments are a K and a Q of their own. */
  readonly segment?: number
  readonly method?: 'exact' | 'sketch'
  readonly universalSize?: number
  readonly universalFraction?: number
  readonly maxBound?: number
  readonly boundSum?: number
  readonly rank?: number
  readonly condition?: number
  readonly thresholdSlack?: number
  /** ridge: U and its bounds are about the queries that a test covers; the others are decided from the keys, or listed. */
  readonly certificate?: 'regular' | 'ridge'
  readonly scoreSlack?: number
  readonly uncertifiedQueries?: number
  readonly guarantee?: { readonly kind: 'deterministic' | 'probabilistic'; readonly delta?: number }
  readonly pairs?: number
  readonly undefinedRows?: number
  readonly queriesSettled?: number
  readonly queriesExactPass?: number
  readonly workers?: number
  readonly kernels?: string
  /** Of `run --heads`: each head's own. */
  readonly heads?: readonly HeadFacts[]
  readonly seconds: Readonly<Record<string, number>>
  readonly bytesRead?: number
  readonly peakMemoryBytes: number
  readonly inputs: readonly { readonly path: string; readonly firstRow: number; readonly rows: number }[]
  readonly outputs: readonly string[]
  readonly warnings: readonly Warning[]
}

/** What is known of one head: a line of heads.csv, in this order. */
export interface HeadFacts extends HeadPair {
  /** In the output's folder. */
  readonly file: string
  readonly epsilon: number
  readonly universalSize: number
  readonly universalFraction: number
  /** 0 where U is empty. */
  readonly maxBound: number
  readonly pairs: number
  readonly undefinedRows: number
  readonly uncertifiedQueries: number
  readonly scoreSlack: number
  readonly thresholdSlack: number
  readonly rank: number
  readonly condition: number
}
