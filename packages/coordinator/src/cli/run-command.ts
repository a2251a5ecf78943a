import { isClosedPipe, LevError, nearest, removeOpenTemporaries } from '@levattention/core/internal'
import type { EarlyEngine } from '../engines/early-engine.ts'
import { print, printNow } from '../files/print.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { Command, CommandIo, CommonValues, Outcome } from './options/command.ts'
import { type Failure, failureJson, failureOf, failureText } from './failure.ts'
import { commandHelp } from './help.ts'
import { laterCommand } from './options/other-names.ts'
import { parseArguments } from './options/parse-arguments.ts'
import { withMissingAdvice } from './text/missing-advice.ts'
import { noProgress, progressOn, type ProgressView } from './text/progress.ts'
import { commandEntries, optionTakers } from './commands/registry.ts'
import { SignalWatch } from './signals.ts'
import { warningLine } from './text/summary-text.ts'
import { printable } from './text/text-layout.ts'

/** Runs command `name` with what follows it on the command line; prints its outcome; returns the exit code. */
export async function runCommand(
  name: string,
  args: readonly string[],
  early?: EarlyEngine,
): Promise<number> {
  const watch = new SignalWatch()
  const crash = (error: unknown): void => endAtOnce(name, args, error)
  process.on('uncaughtException', crash)
  try {
    return await attempt(name, args, watch, early)
  } catch (error) {
    const takers = isOfHeads(error) ? await optionTakers() : undefined
    return await report(name, args, failureOf(error, watch.received, takers?.get('heads')))
  } finally {
    await early?.close()
    watch.stop()
    process.off('uncaughtException', crash)
  }
}

/** An error outside of every call that we wait for, a rejected promise too: nothing can be relied on any more. */
function endAtOnce(name: string, args: readonly string[], error: unknown): never {
  removeOpenTemporaries()
  const failure = failureOf(error)
  if (has(args, '--json')) printNow(failureJson(name, failure), 'stdout')
  else printNow(failureText(name, failure, has(args, '--verbose'), process.stderr.isTTY), 'stderr')
  process.exit(failure.exitCode)
}

async function attempt(
  name: string,
  args: readonly string[],
  watch: SignalWatch,
  early: EarlyEngine | undefined,
): Promise<number> {
  const command = await loadCommand(name)
  if (has(args, '--help', '-h')) {
    await print(`${commandHelp(command, has(args, '--all'))}\n`)
    return 0
  }
  const values = await parsed(command, args)
  const progress = values.quiet ? noProgress : progressOn(process.stderr, showsBar())
  const io = ioOf(watch, progress, values, args, early)
  try {
    const outcome = await command.run(values, io)
    progress.stop()
    await showDone(outcome, values)
    return outcome.exitCode ?? 0
  } catch (error) {
    throw withMissingAdvice(error, command, values)
  } finally {
    progress.stop()
  }
}

/** As `parseArguments`; a refusal knows the options of the other commands. */
async function parsed(command: Command, args: readonly string[]): Promise<ReturnType<typeof parseArguments>> {
  try {
    return parseArguments(command, args)
  } catch {
    return parseArguments(command, args, await optionTakers())
  }
}

function isOfHeads(error: unknown): boolean {
  return error instanceof LevError && error.place.remedy?.kind === 'heads'
}

async function loadCommand(name: string): Promise<Command> {
  const entry = commandEntries.find((one) => one.name === name)
  if (entry) return await entry.load()
  if (name.startsWith('-')) {
    const near = nearest(name.replace(/^-+/, ''), ['help', 'version'])
    const message =
      near === undefined
        ? `the command comes before ${name}; \`levattention --help\` lists them`
        : `there is no option ${name}; did you mean \`levattention --${near}\`?`
    throw new LevError('Option', message)
  }
  const later = laterCommand(name)
  if (later !== undefined) throw new LevError('Option', `${name} ${later}`)
  const near = nearest(
    name,
    commandEntries.map((one) => one.name),
  )
  const hint =
    near === undefined ? '; `levattention --help` lists them' : `; did you mean \`levattention ${near}\`?`
  throw new LevError('Option', `there is no command '${name}'${hint}`)
}

function ioOf(
  watch: SignalWatch,
  progress: ProgressView,
  { quiet }: CommonValues,
  args: readonly string[],
  early: EarlyEngine | undefined,
): CommandIo {
  return {
    args,
    stdout: process.stdout,
    stdin: () => process.stdin,
    print,
    progress: progress.show,
    outline: progress.outline,
    part: progress.part,
    warn: (message) => void (quiet || process.stderr.write(`${printable(warningLine(message))}\n`)),
    env: process.env,
    early,
    signal: watch.signal,
    startedMs: performance.now(),
  }
}

/** NO_COLOR is about colours, and there are none; a terminal that cannot move its cursor gets lines. */
function showsBar(): boolean {
  return process.stderr.isTTY && process.env.TERM !== 'dumb'
}

/** As `show`. The job is done by now: who cannot read its summary is told that its outputs stand. */
async function showDone(outcome: Outcome, values: CommonValues): Promise<void> {
  try {
    await show(outcome, values)
  } catch (error) {
    const { outputs = [] } = outcome.summary as Partial<Pick<JobSummary, 'outputs'>>
    if (!(error instanceof LevError) || isClosedPipe(error) || outputs.length === 0) throw error
    const done = `only the summary is lost: ${outputs.join(', ')} ${outputs.length === 1 ? 'is' : 'are'} complete and in place`
    throw new LevError(error.tag, `${error.message}; ${done}`, error.place, { cause: error })
  }
}

/** What there is to print; on standard error --quiet leaves nothing. */
function textOf({ text, quietText = text, textTo }: Outcome, quiet: boolean): string {
  if (!quiet) return text
  return textTo === 'stdout' ? quietText : ''
}

async function show(outcome: Outcome, { json, quiet }: CommonValues): Promise<void> {
  // The first two come first, whatever the order in which a job collected its facts.
  const summary = { schemaVersion: undefined, command: undefined, ...outcome.summary }
  const text = textOf(outcome, quiet)
  if (json) await print(`${JSON.stringify(summary)}\n`)
  else if (text === '') return
  else if (outcome.textTo === 'stdout') await print(`${printable(text)}\n`)
  else process.stderr.write(`${printable(text)}\n`)
}

async function report(name: string, args: readonly string[], failure: Failure): Promise<number> {
  if (failure.quiet) return failure.exitCode
  if (has(args, '--json')) {
    try {
      await print(failureJson(name, failure))
      return failure.exitCode
    } catch {
      // Nobody reads standard output: standard error has to do.
    }
  }
  process.stderr.write(failureText(name, failure, has(args, '--verbose'), process.stderr.isTTY))
  return failure.exitCode
}

/** Is one of `flags` among the options, before a '--'? */
function has(args: readonly string[], ...flags: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some((arg) => flags.includes(arg))
}
