import { appendFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll } from 'vitest'

/** For each file of test/advice: says in the end that it was run as a whole. `url`: its import.meta.url. */
export function countAdvice(url: string): void {
  afterAll(() => {
    const { LEV_ADVICE_FOLDER: folder } = process.env
    if (folder !== undefined)
      appendFileSync(`${folder}/done-${process.pid}`, `${JSON.stringify({ file: basename(url) })}\n`)
  })
}
