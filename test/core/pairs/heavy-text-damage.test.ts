// Catches: damaged .ndjson and .csv that is read as if it were whole, or refused without its line. Cannot catch: text that was
// changed to other right text (verify does).
import fs from 'node:fs'
import { join } from 'node:path'
import { readHeavyPairs } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { readAll } from './heavy-support.ts'
import { errorOf, testFolder } from '../files/output-support.ts'

describe('damaged text is refused with its line', () => {
  const good = '{"query":1,"key":2,"score":0.5,"dot":-3.1}\n'
  const cases: [string, string, number, RegExp][] = [
    ['ndjson', `${good}{"query":1`, 2, /truncated/],
    ['ndjson', `${good}\n`, 2, /expected/],
    ['ndjson', `${good}{"query":1,"key":3,"score":0.5}\n`, 2, /expected/],
    ['ndjson', '{"query":"1","key":3,"score":0.5,"dot":1}\n', 1, /expected/],
    ['ndjson', '{"query":1,"key":3,"score":null,"dot":1}\n', 1, /expected/],
    ['ndjson', '{"query":-1,"key":3,"score":1,"dot":1}\n', 1, /expected/],
    ['ndjson', '{"query":1,"key":1.5,"score":1,"dot":1}\n', 1, /expected/],
    ['ndjson', '{"query":1,"key":9007199254740993,"score":1,"dot":1}\n', 1, /expected/],
    ['ndjson', '[1,2,3,4]\n', 1, /expected/],
    ['ndjson', 'null\n', 1, /expected/],
    ['ndjson', good + good, 2, /out of order/],
    ['csv', '', 1, /expected query,key,score,dot/],
    ['csv', '1,2,0.5,1\n', 1, /header/],
    ['csv', 'query,key,score,dot\n1,2,0.5\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,2,0.5,1,1\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,2,,1\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,0x2,0.5,1\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,2,inf,1\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,2,0.5,constructor\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1,3,0.5,1\n1,2,0.2,1\n1,3,0.5,1\n', 4, /out of order/],
    ['csv', 'query,key,score,dot\n1,3,0.5,1', 2, /truncated/],
    ['ndjson', '{"query":1,"key":3,"score":1.5,"dot":1}\n', 1, /score 1.5, outside/],
    ['ndjson', '{"query":1,"key":3,"score":-0.5,"dot":1}\n', 1, /score -0.5, outside/],
    ['ndjson', '{"query":1,"key":3,"score":1e999,"dot":1}\n', 1, /not finite/],
    ['ndjson', `${good}{"query":1,"key":4,"score":0.6,"dot":1}\n`, 2, /scores of query 1 sum to 1.1/],
    [
      'ndjson',
      `${good}{"query":1,"key":4,"score":0.1,"dot":1,"scoreLow":0.1,"scoreHigh":0.2}\n`,
      2,
      /some lines/,
    ],
    [
      'ndjson',
      '{"query":1,"key":4,"score":0.1,"dot":1,"scoreLow":0.2,"scoreHigh":0.3}\n',
      1,
      /outside its ends/,
    ],
    ['ndjson', '{"query":1e300,"key":4,"score":0.1,"dot":1}\n', 1, /expected/],
    ['csv', 'query,key,score,dot\n1,3,0.5,nan\n', 2, /dot NaN/],
    ['csv', 'query,key,score,dot\n1,3,1.5,1\n', 2, /score 1.5, outside/],
    ['csv', 'query,key,score,dot\n1,3,-0.5,1\n', 2, /score -0.5, outside/],
    ['csv', 'query,key,score,dot\n1,3,1e999,1\n', 2, /not finite/],
    ['csv', 'query,key,score,dot\n1,3,0.75,1\n1,4,0.75,1\n', 3, /scores of query 1 sum to 1.5/],
    ['csv', 'query,key,score,dot\n1,3,0.5,1,0.4,0.6\n', 2, /some lines/],
    ['csv', 'query,key,score,dot,scoreLow,scoreHigh\n1,3,0.5,1\n', 2, /some lines/],
    ['csv', 'query,key,score,dot,scoreLow,scoreHigh\n1,3,0.5,1,0.6,0.7\n', 2, /outside its ends/],
    ['csv', 'query,key,score,dot,scoreLow,scoreHigh\n1,3,0.5,1,0.4,1.5\n', 2, /outside its ends/],
    ['csv', 'query,key,score,dot\n99999999999999999999,3,0.5,1\n', 2, /four numbers/],
    ['csv', 'query,key,score,dot\n1.5,3,0.5,1\n', 2, /four numbers/],
  ]
  test.each(cases)('%s %j', (extension, text, line, said) => {
    const path = join(testFolder(), `h.${extension}`)
    fs.writeFileSync(path, text)
    // When it is opened, not when it is read.
    const error = errorOf('Content', () => readHeavyPairs(path))
    expect(error.message).toContain(`${path}, line ${line}: `)
    expect(error.message).toMatch(said)
    expect(error.place.file).toBe(path)
  })

  test('a line that does not end, or ends late, is not loaded to find out', () => {
    const path = join(testFolder(), 'h.ndjson')
    fs.writeFileSync(path, 'x'.repeat(3_000_000))
    expect(errorOf('Content', () => readAll(path)).message).toContain('line 1: longer than')
    fs.writeFileSync(path, `${good}${'x'.repeat(5000)}\n`)
    expect(errorOf('Content', () => readAll(path)).message).toContain('line 2: longer than')
  })

  test('pairs in another order are sorted', () => {
    const path = join(testFolder(), 'h.ndjson')
    fs.writeFileSync(path, `${good}{"query":0,"key":3,"score":0.25,"dot":1}\n`)
    expect(readAll(path)).toEqual([
      [0, 3, 0.25, 1],
      [1, 2, 0.5, -3.1],
    ])
  })

  test('lines that end as on Windows are read', () => {
    const path = join(testFolder(), 'h.csv')
    fs.writeFileSync(path, 'query,key,score,dot\r\n1,3,0.5,-inf\r\n')
    expect(readAll(path)).toEqual([[1, 3, 0.5, -Infinity]])
  })
})
