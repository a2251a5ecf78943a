// Catches: rows that depend on how a table is cut, into pieces or into ranges of bytes; a reader that differs from csv-parse; a line that
// is skipped, read twice or named by a wrong number. Cannot catch: what both readers misread.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  countLines,
  cutLines,
  isLevError,
  type PlainTable,
  readLines,
  readTable,
  tableHead,
  withoutLastLines,
} from '@levattention/core/internal'
import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../inputs/fixtures.ts'
import { tiered } from '../../support/tier.ts'

/** Digits alone are an integer, which has to be exact: of these neither float64 nor its shortest digits are. */
const written = (value: number) =>
  Number.isInteger(value) && Math.abs(value) > 2 ** 53 ? value.toExponential() : `${value}`
/** Every form of a cell that stands for a number, and rows of them. */
const cell = fc
  .tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom('', ' ', '  '),
    fc.constantFrom('', ' '),
  )
  .map(([value, before, after]) => `${before}${written(value)}${after}`)
const table = fc.record({
  rows: fc
    .integer({ min: 1, max: 4 })
    .chain((cols) =>
      fc.array(fc.array(cell, { minLength: cols, maxLength: cols }), { minLength: 1, maxLength: 12 }),
    ),
  separator: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  lastEnds: fc.integer({ min: 0, max: 3 }),
})

/** As csv-parse sees it. */
function oracle(text: string, separator: string): number[] {
  const records: string[][] = parse(text, { delimiter: separator, skip_empty_lines: true })
  return records.flat().map(Number)
}

async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const layoutOf = (bytes: Uint8Array, cols: number, separator: string) => ({
  ...tableHead('K.csv', bytes, true, { header: 'no' }),
  separator: separator.charCodeAt(0),
  slots: Int32Array.from({ length: cols }, (_, i) => i),
  cols,
  path: 'K.csv',
})

test('the rows of a table are the same however its bytes are cut, and those of csv-parse', async () => {
  const path = join(temporaryFolder(), 'K.csv')
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 60 }),
      async ({ rows, separator, lineEnd, lastEnds }, length) => {
        const text = rows.map((row) => row.join(separator)).join(lineEnd) + lineEnd.repeat(lastEnds)
        const cols = rows[0].length
        const wanted = oracle(text, separator)
        const bytes = Buffer.from(text)
        const layout = layoutOf(bytes, cols, separator)

        const streamed: number[] = []
        expect(await readTable(cut(bytes, length), layout, (values) => streamed.push(...values))).toBe(
          rows.length,
        )
        expect(streamed).toEqual(wanted)

        writeFileSync(path, bytes)
        const plain: PlainTable = withoutLastLines({ ...layout, path, openPath: path, start: 0 })
        const ranged: number[] = []
        const before = { rows: 0, lines: 0 }
        for (const range of cutLines(plain, length)) {
          const counted = countLines(plain, range)
          const from = ranged.length / cols
          expect(from).toBe(before.rows)
          readLines(plain, range, before, (values) => ranged.push(...values))
          expect(ranged.length / cols - from).toBe(counted.rows)
          before.rows += counted.rows
          before.lines += counted.lines
        }
        expect(ranged).toEqual(wanted)
      },
    ),
    { numRuns: tiered(80, 200) },
  )
})

test('from the first quote on a table is read as csv-parse reads it: separators, quotes and line ends within fields', async () => {
  const plain = Array.from({ length: 50 }, (_, i) => `${i},${i / 7},word`).join('\n')
  const quoted = '\n50,"1.5","a, ""b""\nand c"\n"51" , 2.5 ,"d"\n52,3.5,e\n'
  const bytes = Buffer.from(plain + quoted)
  const layout = { ...layoutOf(bytes, 3, ','), slots: Int32Array.of(1, 0, -1), cols: 2 }
  for (const length of [1, 7, 64, 10_000]) {
    const rows: number[] = []
    expect(await readTable(cut(bytes, length), layout, (values) => rows.push(...values))).toBe(53)
    expect(rows.slice(-6)).toEqual([1.5, 50, 2.5, 51, 3.5, 52])
    expect(rows.slice(0, 100)).toEqual(Array.from({ length: 50 }, (_, i) => [i / 7, i]).flat())
  }
})

test('blanks around quoted fields and numbers between tabs', async () => {
  const bytes = Buffer.from('1.5 \t 2\n "3"\t4 \n 5\t"6"\n')
  const rows: number[] = []
  await readTable(cut(bytes, 4), layoutOf(bytes, 2, '\t'), (values) => rows.push(...values))
  expect(rows).toEqual([1.5, 2, 3, 4, 5, 6])
})

test('true and false are 1 and 0, and integers that float64 holds are themselves, beyond 2^53 too', async () => {
  const cells = [
    'True',
    'FALSE',
    'true',
    '9007199254740992',
    '-18014398509481984',
    '+9007199254740991',
    '1e300',
  ]
  const wanted = [1, 0, 1, 2 ** 53, -(2 ** 54), 2 ** 53 - 1, 1e300]
  for (const quote of ['', '"']) {
    const bytes = Buffer.from(`${cells.map((one) => ` ${quote}${one}${quote} ,1.5`).join('\n')}\n`)
    const rows: number[] = []
    await readTable(cut(bytes, 7), layoutOf(bytes, 2, ','), (values) => rows.push(...values))
    expect(rows).toEqual(wanted.flatMap((value) => [value, 1.5]))
  }
})

test('lines that end with a carriage return alone', async () => {
  const bytes = Buffer.from('a,b\r1.5,2\r3,4\r')
  const head = tableHead('K.csv', bytes, true, {})
  const rows: number[] = []
  await readTable(cut(bytes.subarray(head.dataStart), 5), { path: 'K.csv', ...head }, (values) =>
    rows.push(...values),
  )
  expect([head.isQuoted, rows]).toEqual([true, [1.5, 2, 3, 4]])
})

describe('a line that is no row of numbers', () => {
  const faults: readonly [what: string, line: string, found: string, column?: number][] = [
    ['a word', '1,x', "row 5 (line 7), column 1 (b) is 'x': no number", 1],
    ['an empty field', '1,', 'row 5 (line 7), column 1 (b) is empty: a missing value', 1],
    ['a missing value', 'NA,1', "row 5 (line 7), column 0 (a) is 'NA': a missing value", 0],
    ['not a number', '1,nan', "column 1 (b) is 'nan': a missing value", 1],
    ['infinity', '1,inf', "'inf': not finite. Every entry must be a finite number", 1],
    ['a number beyond the range', '1,-1e999', "'-1e999': beyond the range", 1],
    ['an integer that float64 rounds', '1,9007199254740993', "'9007199254740993': an integer beyond 2^53", 1],
    ['a negative one', '1,-36028797018963969', "'-36028797018963969': an integer beyond 2^53", 1],
    ['a decimal comma', '1,"2,5"', "'2,5': numbers have a decimal point here, not a comma", 1],
    ['a zero byte', '1,2\u0000', "'2\\x00': a zero byte", 1],
    ['a unit behind a number', '1,5%', "'5%': no number", 1],
    ['a field too few', '1', 'row 5 (line 7) has 1 field, and others have 2'],
    ['a field too many', '1,2,3', 'row 5 (line 7) has 3 fields, and others have 2'],
    ['a carriage return within', '1,2\r3', 'row 5 (line 7)'],
  ]

  test.each(faults)('%s is named by row, line and column', async (_, line, found, column) => {
    const lines = ['a,b', ...Array.from({ length: 5 }, (__, i) => `${i},1.5`), line, '8,9', '']
    for (const quote of [false, true]) {
      // Behind a quote csv-parse reads; a row and a field are the same.
      const text = lines.join('\n').replace('4,1.5', quote ? '4,"1.5"' : '4,1.5')
      const bytes = Buffer.from(text)
      const head = { path: 'K.csv', ...tableHead('K.csv', bytes, true, {}) }
      const error: unknown = await readTable(
        cut(bytes.subarray(head.dataStart), 9),
        head,
        () => undefined,
      ).catch((reason: unknown) => reason)
      if (!isLevError(error)) throw new Error('nothing was refused')
      if (!(quote && line.includes('\r'))) expect(error.message).toContain(found)
      expect(error.tag).toBe('Content')
      expect(error.place).toMatchObject({
        file: 'K.csv',
        row: 5,
        ...(column === undefined ? {} : { column }),
      })
    }
  })

  test('of one column an empty line before rows is a missing value, at the end it is none', async () => {
    const read = async (text: string) => {
      const bytes = Buffer.from(text)
      const rows: number[] = []
      await readTable(cut(bytes, 4), layoutOf(bytes, 1, ','), (values) => rows.push(...values))
      return rows
    }
    expect(await read('1.5\n2\n\n\n')).toEqual([1.5, 2])
    await expect(read('1.5\n\n2\n')).rejects.toThrow('row 1 (line 2), column 0 is empty: a missing value')
  })
})
