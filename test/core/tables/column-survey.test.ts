// Catches: a column that is called readable and is not, or the other way round; a survey that depends on how bytes are cut, or on quotes.
// Cannot catch: advice that fails when it is typed (test/advice/tables.test.ts).
import { isRead, surveyTable, tableHead } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const CELLS = [
  '1',
  '-2.5e3',
  'True',
  '9007199254740993',
  '',
  'NA',
  'inf',
  '1e999',
  '"2,5"',
  'x',
  'y z',
  '18014398509481984',
]
const READ = new Set(['1', '-2.5e3', 'True', '18014398509481984'])

async function surveyed(text: string, length: number) {
  const bytes = Buffer.from(text)
  const head = { path: 'K.csv', ...tableHead('K.csv', bytes, true, { header: 'yes' }) }
  return await surveyTable(cut(bytes.subarray(head.dataStart), length), head)
}

test('a column can be read where each of its cells can, however the bytes are cut', async () => {
  const table = fc.integer({ min: 2, max: 4 }).chain((cols) =>
    fc.array(fc.array(fc.constantFrom(...CELLS), { minLength: cols, maxLength: cols }), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('\n', '\r\n'),
      async (cells, length, end) => {
        const names = cells[0].map((_, i) => `c${i}`).join(',')
        const { rows, columns } = await surveyed(
          [names, ...cells.map((row) => row.join(','))].join(end) + end,
          length,
        )
        expect(rows).toBe(cells.length)
        expect(columns.map(isRead)).toEqual(cells[0].map((_, i) => cells.every((row) => READ.has(row[i]))))
      },
    ),
    { numRuns: 200 },
  )
})

test('what is no number is told by its kind, with what is missing', async () => {
  const rows = ['id,a,b,c,d,e', 'x,1,True,"1,5",,9007199254740993', 'y,,false,"2,5",NA,1']
  const { columns } = await surveyed(rows.join('\n'), 8)
  expect(columns).toMatchObject([
    { name: 'id', kind: 'text', missing: 0, example: 'x', namesRows: true },
    { name: 'a', kind: 'number', missing: 1 },
    { name: 'b', kind: 'flag', missing: 0 },
    { name: 'c', kind: 'decimal comma', example: '1,5' },
    { name: 'd', kind: 'missing', missing: 2 },
    { name: 'e', kind: 'wide', example: '9007199254740993' },
  ])
})

test('lines of another number of fields are refused as they are when it is read', async () => {
  await expect(surveyed('a,b\n1,2\n3\n', 4)).rejects.toThrow('row 1 (line 3) has 1 field, and others have 2')
  await expect(surveyed('a,b\n1,2\n3,4,5\n', 4)).rejects.toThrow('row 1 (line 3) has 3 fields')
})
