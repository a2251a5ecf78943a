import {
  errorCode,
  type ErrorPlace,
  type ErrorTag,
  isClosedPipe,
  LevError,
} from '@levattention/core/internal'
import { SCHEMA_VERSION } from '../job/job-summary.ts'
import { remedyText } from './text/remedy-text.ts'
import { printable, printableLine, wrapped } from './text/text-layout.ts'
import { typedOption, withTypedOptions } from './options/typed-options.ts'

/** Exit codes (docs/cli.md); those of signals and of a closed pipe are not by tag. */
const EXIT_CODES: Readonly<Record<ErrorTag, number>> = {
  Option: 2,
  ShapeMismatch: 2,
  Content: 65,
  IncompatibleSummary: 65,
  NotFound: 66,
  Internal: 70,
  WorkerLost: 70,
  CannotWrite: 73,
  InputChanged: 75,
  NotReady: 75,
  Overloaded: 75,
  SystemLimit: 75,
  Aborted: 130,
}
const SIGNAL_CODES: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGTERM: 143,
}
const CLOSED_PIPE = 141

/** How a command failed: what `main` returns, prints, or prints as JSON. */
export interface Failure {
  readonly exitCode: number
  /** Nothing to say: whoever read our output has left. */
  readonly quiet: boolean
  readonly tag: ErrorTag
  readonly message: string
  readonly place: ErrorPlace
  /** Of what nobody expected. */
  readonly stack: string | undefined
}

/**
 * What `error` means for the one who typed the command; `signal`: the one that stopped the run, if any; `ofHeads`: the commands that take
 * several heads, where it is about these.
 */
export function failureOf(error: unknown, signal?: NodeJS.Signals, ofHeads: readonly string[] = []): Failure {
  if (isClosedPipe(error))
    return {
      exitCode: CLOSED_PIPE,
      quiet: true,
      tag: 'CannotWrite',
      message: '',
      place: {},
      stack: undefined,
    }
  // Once stopped, a run may fail in any way: by its closed files as well.
  if (signal !== undefined) return stoppedBy(signal)
  if (error instanceof LevError) {
    const { tag, place, stack } = error
    const message = withTypedOptions(error.message)
    const { remedy } = place
    return {
      exitCode: EXIT_CODES[tag],
      quiet: false,
      tag,
      message:
        remedy === undefined || remedy.kind === 'missing'
          ? message
          : `${message}; ${remedyText(remedy, ofHeads)}`,
      place: place.option === undefined ? place : { ...place, option: typedOption(place.option) },
      stack: tag === 'Internal' ? stack : undefined,
    }
  }
  return refusedBySystem(error) ?? unexpected(error)
}

function stoppedBy(signal: NodeJS.Signals): Failure {
  const exitCode = SIGNAL_CODES[signal] ?? 130
  const message = `stopped by ${signal}; no output file is left`
  return { exitCode, quiet: false, tag: 'Aborted', message, place: {}, stack: undefined }
}

/** What the system refuses to a process that has reached a limit: no defect, wherever it happens. */
const LIMITS: Readonly<Record<string, string>> = {
  EMFILE: 'the system lets this process open no more files (EMFILE); raise the limit (ulimit -n)',
  ENFILE: 'the system opens no more files (ENFILE); try again later',
  ERR_WORKER_INIT_FAILED:
    'the system starts no more threads; raise the limit (ulimit -u), or give fewer --workers',
  ENOMEM: 'the system has no memory left (ENOMEM); raise the limit (ulimit -v), or give fewer --workers',
}

function refusedBySystem(error: unknown): Failure | undefined {
  const isRefusedArray = error instanceof RangeError && error.message === 'Array buffer allocation failed'
  const message = LIMITS[isRefusedArray ? 'ENOMEM' : (errorCode(error) ?? '')] as string | undefined
  if (message === undefined) return undefined
  const { stack } = error as Error
  return { exitCode: EXIT_CODES.SystemLimit, quiet: false, tag: 'SystemLimit', message, place: {}, stack }
}

function unexpected(error: unknown): Failure {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return {
    exitCode: EXIT_CODES.Internal,
    quiet: false,
    tag: 'Internal',
    message: `${reason}. This is a defect of levattention; --verbose shows where`,
    place: {},
    stack: error instanceof Error ? error.stack : undefined,
  }
}

/** One line for standard error, on a terminal broken at its width; with the stack where asked for. */
export function failureText(command: string, failure: Failure, verbose: boolean, isTerminal = false): string {
  const who = command === '' ? 'levattention' : `levattention ${command}`
  const stack = verbose && failure.stack !== undefined ? `\n${failure.stack}` : ''
  const line = `${who}: ${printableLine(failure.message)}`
  return `${isTerminal ? wrapped(line, 0, 2) : line}${printable(stack)}\n`
}

/** One line for standard output under --json. */
export function failureJson(command: string, failure: Failure): string {
  const { exitCode, tag, message, place } = failure
  // The message has it in words.
  const error = { tag, message, ...place, remedy: undefined }
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, command, exitCode, error })}\n`
}
