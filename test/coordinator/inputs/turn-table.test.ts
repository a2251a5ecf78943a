// Catches: rows of a table that depend on the engine or on the ranges its lines are cut into; another line named than the first bad one; a
// temporary file that stays. Cannot catch: what core's readers themselves misread (test/core/tables).
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateInput, LevError, resolveArray } from '@levattention/core/internal'
import { turnTable } from '#coordinator/inputs/turn-table'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eachEngine } from '../../support/each-engine.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lev-table-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** 2,000 lines, and empty ones among them and behind. */
const lines = Array.from(
  { length: 2000 },
  (_, i) => `${Math.sin(i)},${i},${i % 7 === 3 ? `1e-${i % 300}\r` : i / 3}`,
)
const text = `a,b,c\n${lines.map((line, i) => (i % 97 === 5 ? `${line}\n` : line)).join('\n')}\n\r\n\n`

function tableOf(content: string) {
  const path = join(folder, 'K.csv')
  writeFileSync(path, content)
  const { array } = resolveArray(path)
  const table = array.turning?.table
  if (table === undefined) throw new Error('no table for several threads')
  return { path, array, table }
}

const left = () => readdirSync(folder).filter((name) => name !== 'K.csv')

eachEngine('a table', (context) => {
  test.each([700, 10_000, 2 ** 23])(
    'in ranges of %i bytes has the bytes of one thread',
    async (rangeBytes) => {
      const { path, array, table } = tableOf(text)
      const whole = await inflateInput(path, folder)
      const cut = await turnTable(array, table, folder, context(), rangeBytes)
      if (whole === undefined || cut === undefined) throw new Error('nothing was turned')
      expect({ ...cut, path: '' }).toEqual({ ...whole, path: '', leftOut: undefined, reading: undefined })
      expect(Buffer.compare(readFileSync(cut.path), readFileSync(whole.path))).toBe(0)
      rmSync(cut.path)
      rmSync(whole.path)
    },
  )

  test('names the first bad line, and leaves nothing', async () => {
    const bad = text.split('\n').map((line, i) => (i === 1500 || i === 1700 ? 'x,1,2' : line))
    const { array, table } = tableOf(bad.join('\n'))
    const row = bad.slice(1, 1500).filter((line) => line !== '').length
    const failed = turnTable(array, table, folder, context(), 3000)
    await expect(failed).rejects.toThrow(`row ${row} (line 1501), column 0 (a) is 'x'`)
    expect(left()).toEqual([])
  })

  test('with a quoted field is left to one thread', async () => {
    // Beyond the first lines, by which the others are told.
    const { array, table } = tableOf(`${text}${`${lines.join('\n')}\n`.repeat(20)}1,"2",3\n`)
    expect(await turnTable(array, table, folder, context(), 100_000)).toBeUndefined()
    expect(left()).toEqual([])
  })

  test('that is stopped leaves nothing', async () => {
    const { array, table } = tableOf(text)
    const stop = new AbortController()
    const onProgress = ({ done }: { done: number }) => {
      if (done === 12) stop.abort()
    }
    const watched = { ...context(), signal: stop.signal, onProgress }
    const stopped: unknown = await turnTable(array, table, folder, watched, 9000).catch(
      (error: unknown) => error,
    )
    expect(stopped).toBeInstanceOf(LevError)
    expect(stopped).toMatchObject({ tag: 'Aborted' })
    expect(left()).toEqual([])
  })
})
