import type { Readable, Writable } from 'node:stream'
import type { EarlyEngine } from '../../engines/early-engine.ts'
import type { Outline } from '../../problem/outline.ts'
import type { Progress } from '../../tasks/progress.ts'
import type { AnyOption, OptionValues } from './option.ts'

export type Options = Readonly<Record<string, AnyOption>>

/** What a command may touch of the world outside: everything else it gets by its options. */
export interface CommandIo {
  /** What was typed behind the command's name, for a command that tells how to do the same again. */
  readonly args: readonly string[]
  /** For sinks that take a stream. Other output goes by `print`. */
  readonly stdout: Writable
  /** Standard input; touched only by a command that reads it. */
  readonly stdin: () => Readable
  /** Writes on standard output and waits until it has room again. Throws CannotWrite (closed pipe: quiet end). */
  print(text: string): Promise<void>
  /** For a job's `onProgress`: shows a bar, plain lines or nothing. */
  readonly progress: (progress: Progress) => void
  /** For a job's `onOutline`. */
  readonly outline: (outline: Outline) => void
  /** For a job's `onPart`. */
  readonly part: (from: number, to: number, doing: string) => void
  /** For a job's `onWarning`: a line on standard error, or nothing. */
  readonly warn: (message: string) => void
  readonly env: NodeJS.ProcessEnv
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** Threads that may have been started already. */
  readonly early: EarlyEngine | undefined
  /** `performance.now()` when the arguments had been parsed: the summary's `seconds.total` counts from here. */
  readonly startedMs: number
}

/** How a command ended, for `main` to print. */
export interface Outcome {
  /** 0 by default; 1 where `verify` found a difference. */
  readonly exitCode?: 0 | 1
  /** Printed as one JSON object on standard output under --json: a JobSummary, or it with more fields. */
  readonly summary: object
  /** The same for people; not printed under --json. Ends without a line feed. */
  readonly text: string
  /** What --quiet leaves of a text on standard output; '': nothing. Default: all of it. */
  readonly quietText?: string
  /** `stdout` where the text is the command's answer (curve, inspect); `stderr` (default) where files or pairs are. */
  readonly textTo?: 'stdout' | 'stderr'
}

/** Arguments of a command without a dash in front, as in `build K.npy`. */
interface Positionals {
  /** As help shows it: 'KEYS', 'A.lev B.lev …'. */
  readonly placeholder: string
  readonly description: string
  readonly most: number
}

/** What all commands have besides their own options. */
export interface CommonValues {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export type Values<O extends Options> = OptionValues<O> &
  CommonValues & { readonly positionals: readonly string[] }

/** One command: what it takes, how help shows it, and what it does. */
export interface Command<O extends Options = Options> {
  readonly name: string
  /** What it does, in a sentence or two; the one-line version for the list of commands is in the registry. */
  readonly description: string
  readonly positionals?: Positionals
  /** What follows the name in the help's first line: '--keys K [--queries Q]'. Default: the positionals. */
  readonly usage?: string
  /** Own options by their names without dashes ('shard-rows'); the common ones are added by `main`. */
  readonly options: O
  /** [command line without 'levattention', what it does]. */
  readonly examples: readonly (readonly [commandLine: string, description: string])[]
  /** Of one that takes --drop-missing: options by their names, with which it drops no row, and what was given of them. */
  undropped?(values: Values<O>): Readonly<Record<string, unknown>>
  /** Throws LevError, whose tag decides the exit code; removes what it wrote before it throws. */
  run(values: Values<O>, io: CommandIo): Promise<Outcome>
}

/** Keeps the types of a command's options. In the module: `export const command = defineCommand({...})`. */
export function defineCommand<const O extends Options>(command: Command<O>): Command<O> {
  return command
}
