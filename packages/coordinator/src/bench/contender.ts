import type { ProcessLine } from './run-process.ts'

/** What a run of a contender prints as one line of JSON: seconds, and counts by which its answer is known. */
export interface Told {
  readonly seconds: number
  readonly universal?: number
  readonly pairs?: number
  readonly scoreSum?: number
  /** Its own account of its memory. */
  readonly peakMemoryBytes?: number
  /** `seconds` are of all queries, by those of so many. */
  readonly extrapolatedFrom?: number
  /** Queries at a time, the best of several, to be given to later runs. */
  readonly block?: number
  /** Ours: what each stage took, of how many threads, and what was read. */
  readonly stages?: Readonly<Record<string, number>>
  readonly workers?: number
  readonly kernels?: string
}

/** Something that is timed beside others: of ours, of others, or what a program takes to begin. */
export interface Contender {
  readonly name: string
  readonly role: 'ours' | 'peer' | 'startup'
  /** Which program begins, so that its start-up can be told from its work. */
  readonly host: 'node' | 'python' | 'r'
  /** Knows what the untimed first run told. */
  line(first: Told | undefined): ProcessLine
  /** Throws SyntaxError for what is no line of JSON. */
  read(stdout: string): Told
}
