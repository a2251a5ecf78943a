// Catches: a call that a message of the library tells programs to make, and that fails. Cannot catch: advice in plain words.
import { inflateInput, isLevError, openHeads, openMatrix } from '@levattention/core'
import { npyHeader } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../core/storage/fixtures.ts'
import { writeArchive } from '../core/storage/zip-archive.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'

countAdvice(import.meta.url)

/** The one line that the error of `call` gives. */
function lineOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!isLevError(error)) throw error
    const [line, ...others] = codeSpans(error.message)
    expect(others).toEqual([])
    return line
  }
  throw new Error('nothing was thrown')
}

test('a compressed member is inflated, and opened from there', async () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6)
  const data = Buffer.concat([npyHeader('<f4', [3, 2]), Buffer.from(values.buffer)])
  const address = writeArchive([{ name: 'k.npy', method: 8, data }])
  const line = lineOf(() => openMatrix(address))
  expect(lineOf(() => openHeads(address))).toBe(line)
  const names = ['openMatrix', 'inflateInput', 'address', 'folder'] as const
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...given: unknown[]) => Promise<ReturnType<typeof openMatrix>>
  const typed = new AsyncFunction(...names, `return ${line}`)
  const source = await typed(openMatrix, inflateInput, address, temporaryFolder())
  const rows = new Float32Array(6)
  source.readRows(0, 3, rows)
  expect(rows).toEqual(values)
  source.close()
  ran(line)
})
