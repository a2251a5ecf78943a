import { extname } from 'node:path'
import { createOutput, openNpySink, type OutputOptions } from '@levattention/core/internal'

/** Where scores go, in the order of their rows. */
export interface ScoreSink {
  /** The scores of the next rows, and their names where rows have any. Throws CannotWrite. */
  write(scores: Float64Array, names: readonly string[] | undefined): void
  /** Completes the file under its name. Throws CannotWrite. */
  finish(): Promise<void>
  /** Removes what is still hidden. Never throws. */
  abort(): void
}

/** Names of files that `openScoreSink` writes. */
export const SCORE_FILES = ['.npy', '.csv'] as const

/** A .npy of float64 [rows], or a .csv: row,score, or row,id,score where rows have names (RFC 4180, \n). Throws CannotWrite. */
export function openScoreSink(
  path: string,
  { rows, hasNames, ...output }: { readonly rows: number; readonly hasNames: boolean } & OutputOptions,
): ScoreSink {
  return extname(path) === '.csv'
    ? csvSink(path, hasNames, output)
    : openNpySink(path, { dtype: 'f64', shape: [rows], ...output })
}

function csvSink(path: string, hasNames: boolean, options: OutputOptions): ScoreSink {
  const output = createOutput(path, options)
  output.write(Buffer.from(hasNames ? 'row,id,score\n' : 'row,score\n'))
  let row = 0
  return {
    write(scores, names) {
      let text = ''
      scores.forEach((score, i) => {
        text += names ? `${row},${cell(names[i])},${score}\n` : `${row},${score}\n`
        row++
      })
      output.write(Buffer.from(text))
    },
    finish: () => output.commit(),
    abort: () => output.abort(),
  }
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
