import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { LevError } from '@levattention/core'
import type { Score } from '../evaluation/evaluate-part.ts'
import type { Consistency } from '../evaluation/consistency.ts'

/** What a job found: one line of the record. */
export interface RecordLine {
  /** idOf of the job. */
  readonly id: string
  readonly score?: Score
  readonly learningRate?: number
  readonly steps?: number
  /** Of the weights, in float32. */
  readonly digest?: string
  readonly consistency?: readonly Consistency[]
  /** Of all threads, of the session that ended the job. */
  readonly cpuSeconds: number
}

/** The lines of a study that were written, each whole. Throws Content where one is no JSON. */
export function readRecord(path: string): RecordLine[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, i, all) => {
      // What a killed run left of its last line is done again.
      if (i === all.length - 1) return []
      try {
        return [JSON.parse(line) as RecordLine]
      } catch (error) {
        const message = `${path}: line ${i + 1} is no JSON; take it out, and its job is done again`
        throw new LevError('Content', message, { file: path, row: i }, { cause: error })
      }
    })
}

export function addToRecord(path: string, line: RecordLine): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  // Half a line of a killed run goes first.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) writeFileSync(path, whole)
  appendFileSync(path, `${JSON.stringify(line)}\n`)
}
