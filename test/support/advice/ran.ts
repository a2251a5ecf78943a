/** What was done as messages told: held against all that they told when the tests end (judge.ts). */
import { appendFileSync } from 'node:fs'
import { templateOf } from './spans.ts'

/** Says that `span` was typed as it stands, and that what came of it was right. */
export function ran(span: string): void {
  note({ template: templateOf(span) })
}

/** Says that lines that begin with `prefix` cannot be typed here. */
export function cannotRun(prefix: string, why: string): void {
  note({ prefix, why })
}

function note(record: object): void {
  const { LEV_ADVICE_FOLDER: folder } = process.env
  if (folder !== undefined) appendFileSync(`${folder}/ran-${process.pid}`, `${JSON.stringify(record)}\n`)
}
