// Catches: cells that stand for a missing value and are not NaN where they are to be, or are elsewhere; blank lines that count as rows, or
// rows that do not; any of it by how a table is cut; rows with a missing value that are miscounted. Cannot catch: which words are missing.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { matrix, missingRows } from '@levattention/core'
import {
  countLines,
  cutLines,
  type PlainTable,
  readLines,
  readRowNames,
  readTable,
  surveyTable,
  tableHead,
  withoutLastLines,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../inputs/fixtures.ts'
import { tiered } from '../../support/tier.ts'

const MISSING = ['NA', 'nan', 'NaN', '-nan', 'null', '', ' ', '?', '#N/A', '<NA>', 'NaT']
const cell = fc.oneof(
  { arbitrary: fc.integer({ min: -999, max: 999 }).map((value) => `${value / 8}`), weight: 3 },
  { arbitrary: fc.constantFrom(...MISSING), weight: 1 },
)
const table = fc.record({
  rows: fc
    .integer({ min: 2, max: 4 })
    .chain((cols) =>
      fc.array(fc.array(cell, { minLength: cols, maxLength: cols }), { minLength: 1, maxLength: 9 }),
    ),
  // Behind each row.
  blanks: fc.array(fc.array(fc.constantFrom('', ' ', '   '), { maxLength: 2 }), {
    minLength: 9,
    maxLength: 9,
  }),
  separator: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  quotes: fc.boolean(),
})

async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

test('missing cells are NaN, and blank lines no rows, however a table is cut', async () => {
  const path = join(temporaryFolder(), 'K.csv')
  const pieces = fc.integer({ min: 1, max: 40 })
  await fc.assert(
    fc.asyncProperty(table, pieces, async ({ rows, blanks, separator, lineEnd, quotes }, length) => {
      const typed = rows.map((row) => row.map((text) => (quotes ? `"${text}"` : text)).join(separator))
      const text = typed.flatMap((line, i) => [line, ...blanks[i]]).join(lineEnd) + lineEnd
      const wanted = rows.flat().map((one) => (MISSING.includes(one) ? NaN : Number(one)))
      const cols = rows[0].length
      const bytes = Buffer.from(text)
      const layout = {
        separator: separator.charCodeAt(0),
        slots: Int32Array.from({ length: cols }, (_, i) => i),
        cols,
        names: [],
        keepsMissing: true,
        path: 'K.csv',
        linesBefore: 0,
        isQuoted: quotes,
      }
      const streamed: number[] = []
      await readTable(cut(bytes, length), layout, (values) => streamed.push(...values))
      expect(streamed).toEqual(wanted)
      const { rows: rowCount, missingRows: missing } = await surveyTable(cut(bytes, length), layout)
      const withGaps = rows.filter((row) => row.some((one) => MISSING.includes(one))).length
      expect([rowCount, missing]).toEqual([rows.length, withGaps])
      const found = await missingRows(matrix(Float64Array.from(wanted), { rows: rowCount, cols }))
      expect(found.rowCount).toBe(withGaps)
      expect([...found.whole]).toEqual(rows.map((row) => Number(!row.some((one) => MISSING.includes(one)))))
      if (quotes) return
      writeFileSync(path, bytes)
      const plain: PlainTable = withoutLastLines({ ...layout, openPath: path, start: 0 })
      const ranged: number[] = []
      const before = { rows: 0, lines: 0 }
      for (const range of cutLines(plain, length)) {
        const counted = countLines(plain, range)
        readLines(plain, range, before, (values) => ranged.push(...values))
        before.rows += counted.rows
        before.lines += counted.lines
        expect(ranged.length).toBe(before.rows * cols)
      }
      expect(ranged).toEqual(wanted)
    }),
    { numRuns: tiered(80, 200) },
  )
})

test.each([
  'x\n1\n\n3\n   \n5\n\n',
  'x\n1\n\n3\n   \n"5"\n\n\n',
  'x\n"1"\n""\n3\n\n5\n',
  'x\r\n1\r\n\r\n3\r\n \r\n"5"\r\n',
  'x\r1\r\r3\r\r5\r\r',
])('of one column an empty line before a row is a missing value, and at the end none: %j', async (text) => {
  const bytes = Buffer.from(text)
  const head = tableHead('K.csv', bytes, true, { missing: 'nan' })
  const lines = { ...head, path: 'K.csv' }
  for (const length of [1, 2, 3, 5, 99]) {
    const rows: number[] = []
    const data = bytes.subarray(head.dataStart)
    await readTable(cut(data, length), lines, (values) => rows.push(...values))
    expect(rows).toEqual([1, NaN, 3, NaN, 5])
    const survey = await surveyTable(cut(data, length), lines)
    expect([survey.rows, survey.missingRows, survey.columns[0].missing]).toEqual([5, 2, 2])
  }
})

test.each([
  'a,b\r\n1,2\r\n3,"4"\n5,6\r\n',
  'a,b\n1,2\r\n"3",4\n5,6\r\n',
  'a,b\r\r\n1,2\r\r\n3,4\r\r\n5,6\r\r\n',
  'a,b\r1,2\r3,4\r5,6\r',
])('lines may end in several ways: %j', async (text) => {
  const bytes = Buffer.from(text)
  const head = tableHead('K.csv', bytes, true, {})
  const lines = { ...head, path: 'K.csv' }
  for (const length of [1, 2, 3, 4, 99]) {
    const rows: number[] = []
    await readTable(cut(bytes.subarray(head.dataStart), length), lines, (values) => rows.push(...values))
    expect(rows).toEqual([1, 2, 3, 4, 5, 6])
    const names: string[] = []
    const first = { ...head, idField: 0 }
    for await (const batch of readRowNames(cut(bytes.subarray(head.dataStart), length), 'K.csv', first))
      names.push(...batch)
    expect(names).toEqual(['1', '3', '5'])
  }
})

test('a missing value is refused where nobody asked for NaN', async () => {
  const bytes = Buffer.from('1,2\nNA,3\n')
  const lines = { ...tableHead('K.csv', bytes, true, { header: 'no' }), path: 'K.csv' }
  await expect(readTable(cut(bytes, 99), lines, () => undefined)).rejects.toMatchObject({
    place: { row: 1, column: 0, remedy: { kind: 'missing' } },
  })
})
