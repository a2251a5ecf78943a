// Catches: a table whose lines are longer than the terminal's, a column that is lost or twice there, a block without its first columns.
// Cannot catch: cells that are wrong.
import { tableLines } from '#coordinator/cli/text/table-blocks'
import { afterEach, describe, expect, test } from 'vitest'

const own = { isTTY: process.stdout.isTTY, columns: process.stdout.columns }
afterEach(() => Object.assign(process.stdout, own))

function at(width: number, lead: number, titles: readonly string[]): string[] {
  Object.assign(process.stdout, { isTTY: true, columns: width })
  return tableLines([titles, titles.map((title) => String(title.length))], lead)
}

const TITLES = ['head', 'layer', ...Array.from({ length: 12 }, (_, i) => `column-${i}`)]

describe('a table', () => {
  test('that fits is one block', () => {
    expect(at(80, 1, ['head', 'a', 'bcd'])).toEqual(['  head  a  bcd', '     4  1    3'])
  })

  test.each([40, 57, 80, 100])('at %d columns is in blocks that fit', (width) => {
    const lines = at(width, 2, TITLES)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    const titles = lines.filter((line) => line.includes('column'))
    for (const line of titles) expect(line).toMatch(/^ {2}head {2}layer {2}column/)
    expect(titles.flatMap((line) => line.trim().split(/ +/).slice(2))).toEqual(TITLES.slice(2))
    expect(lines.filter((line) => line === '').length).toBe(titles.length - 1)
  })

  test('a column that fits no line stands by itself', () => {
    const lines = at(40, 1, ['head', 'a'.repeat(60), 'b'])
    expect(lines.map((line) => line.length)).toEqual([68, 68, 0, 9, 9])
  })
})
