import { writeSync } from 'node:fs'
import { causeText, LevError } from '@levattention/core/internal'

/**
 * Writes `text` to standard output and waits until the system has taken it: a slow reader slows us, and fills no memory.
 * Throws CannotWrite, whose cause has the code EPIPE where the reader has left.
 */
export async function print(text: string): Promise<void> {
  if (text === '') return
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve()
      else {
        const message = `cannot write to standard output: ${causeText(error)}`
        reject(new LevError('CannotWrite', message, { file: '-' }, { cause: error }))
      }
    })
  })
}

/** Writes `text` before it returns, for a process that ends at once. Throws the system's error. */
export function printNow(text: string, to: 'stdout' | 'stderr'): void {
  writeSync(to === 'stdout' ? 1 : 2, text)
}
