/**
 * Vitest's global set-up. When all tests have ended, what the messages of the whole run told people to type is held against
 * what test/advice has typed: a line that nobody tried fails the run.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ADVICE_TESTS = fileURLToPath(new URL('../../advice', import.meta.url))

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lev-advice-'))
  process.env.LEV_ADVICE_FOLDER = folder
  return () => {
    const given = records<{ template: string; message: string }>(folder, 'given')
    const ran = records<Ran>(folder, 'ran')
    const done = new Set(records<{ file: string }>(folder, 'done').map(({ file }) => file))
    rmSync(folder, { recursive: true })
    // A run of some files tries some lines alone.
    if (readdirSync(ADVICE_TESTS).some((name) => name.endsWith('.test.ts') && !done.has(name))) return
    judge(new Map(given.map(({ template, message }) => [template, message])), ran)
  }
}

/** A line that was typed, or the beginning of those that cannot be typed here, and why. */
type Ran = { readonly template: string } | { readonly prefix: string; readonly why: string }

function judge(given: ReadonlyMap<string, string>, ran: readonly Ran[]): void {
  const tried = new Set(ran.flatMap((one) => ('template' in one ? [one.template] : [])))
  const lacking = ran.flatMap((one) => ('prefix' in one ? [one] : []))
  for (const { prefix, why } of lacking) console.log(`advice that begins with ${prefix}is not typed: ${why}`)
  const untried = [...given].filter(
    ([template]) => !tried.has(template) && !lacking.some(({ prefix }) => template.startsWith(prefix)),
  )
  console.log(
    `advice: ${given.size} kinds of lines in messages, ${given.size - untried.length} of them typed`,
  )
  if (untried.length === 0) return
  const list = untried.map(([template, message]) => `  ${template}\n    in: ${message}`).join('\n')
  // What a tear-down throws is printed alone.
  process.exitCode = 1
  throw new Error(`messages tell people to type what no test of test/advice has typed:\n${list}`)
}

function records<T>(folder: string, kind: string): T[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(kind))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as T)
}
