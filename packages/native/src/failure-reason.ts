import { ProgramError } from './run-program.ts'

/** What names the cause, the surest first: a compiler's line, a program that is missing, what node-gyp or Node throws. */
const CAUSES = [/\berror: /, /not found|No such file|Could not find/, /^\w*Error: /, /\bError\b/]

/** The line of what a compiler, node-gyp, Node or the system said that names the cause of a failure. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ProgramError)) return linesOf(messageOf(error))[0] ?? 'no reason given'
  const lines = linesOf(`${error.stderr}\n${error.stdout}`)
  for (const cause of CAUSES) {
    const line = lines.find((one) => cause.test(one))
    if (line !== undefined) return line.replace(/^Error: /, '')
  }
  return error.message
}

/** What is said of a failure, without node-gyp's marks, and nothing of what went well. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^gyp (?:info|verb|http)\b/.test(line))
  return lines.map((line) => line.replace(/^gyp ERR! (?:stack )?/, '').trim()).filter((line) => line !== '')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
