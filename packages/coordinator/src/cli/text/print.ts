import type { Writable } from 'node:stream'
import { causeText, LevError } from '@levattention/core/internal'

/**
 * Writes `text` and waits until the system has taken it: a slow reader slows us, and fills no memory.
 * Throws CannotWrite, whose cause has the code EPIPE where the reader has left.
 */
export async function printTo(stream: Writable, text: string, name: string): Promise<void> {
  if (text === '') return
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error) resolve()
      else {
        const message = `cannot write to ${name}: ${causeText(error)}`
        reject(new LevError('CannotWrite', message, { file: '-' }, { cause: error }))
      }
    })
  })
}
