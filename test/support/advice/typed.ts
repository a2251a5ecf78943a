/** Types what messages tell people to type, as a shell would take it. */
import { type Workspace } from '../../coordinator/cli/bin.ts'
import { runHere } from '../../coordinator/cli/in-process.ts'
import { ran } from './ran.ts'
import { codeSpans } from './spans.ts'

/** The words of a shell's line, quotes taken off. */
export function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ''))
}

/** What the command `args` says of itself when it fails: its exit code, and what it tells people to type. */
export async function told(
  work: Workspace,
  ...args: string[]
): Promise<{ exitCode: number; spans: string[] }> {
  const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
  return { exitCode: exitCode ?? -1, spans: codeSpans(stderr) }
}

/**
 * The exit code of `args` once it is typed as `span` tells: the whole line, where it is one; an address in place of the one
 * that it completes; else an option, with its value, in place of the one at `wrong` (`count` words), or behind all.
 */
export async function typedAs(
  work: Workspace,
  span: string,
  args: readonly string[],
  wrong = args.length,
  count = 0,
): Promise<number> {
  const typed = words(span)
  const line = typed[0] === 'levattention' ? typed.slice(1) : args.toSpliced(wrong, count, ...typed)
  const { exitCode, stderr } = await runHere(work, line[0], ...line.slice(1))
  if (exitCode !== 0) throw new Error(`${line.join(' ')}: exit code ${exitCode}: ${stderr}`)
  ran(span)
  return exitCode
}
