// Catches: what a message about a table tells people to type, and that fails or reads other numbers: which columns, whether there is a
// header, which files of a folder; for the command and for programs. Cannot catch: advice in plain words.
import { mkdirSync, writeFileSync } from 'node:fs'
import { inflateInput, isLevError, openMatrix, type OpenOptions } from '@levattention/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs, words } from '../support/advice/typed.ts'
import { readNpy } from '../support/npy.mjs'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

/** A table, and the numbers that each of the lines which it is refused with gives. */
const tables: readonly [name: string, text: string, numbers: readonly (readonly (readonly number[])[])[]][] =
  [
    [
      'word.csv',
      'length,kind,width\n1.5,setosa,2\n3,virginica,4\n5,setosa,7\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
      ],
    ],
    [
      'missing.tsv',
      '1.5\t2\t\t8\n3\t4\t6\t9\n5\t1\t2\t3\n',
      [
        [
          [1.5, 2, 8],
          [3, 4, 9],
          [5, 1, 3],
        ],
      ],
    ],
    [
      'index.csv',
      ',x,y\n0,1.5,2\n1,3,4\n2,5,7\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
        [
          [0, 1.5, 2],
          [1, 3, 4],
          [2, 5, 7],
        ],
      ],
    ],
    [
      'rownames.txt',
      'x y\n1 1.5 2\n2 3 4\n',
      [
        [
          [1.5, 2],
          [3, 4],
        ],
        [
          [1, 1.5, 2],
          [2, 3, 4],
        ],
      ],
    ],
    [
      'counted.csv',
      '0,1\n2,3.5\n4,5\n',
      [
        [
          [2, 3.5],
          [4, 5],
        ],
        [
          [0, 1],
          [2, 3.5],
          [4, 5],
        ],
      ],
    ],
    [
      'null.parquet',
      '',
      [
        [
          [1, 5],
          [2, 6],
          [3, 7],
        ],
      ],
    ],
  ]

beforeAll(() => {
  for (const [name, text] of tables) writeFileSync(work.path(name), text)
  const columnData = [
    { name: 'a', data: [1, 2, 3], type: 'DOUBLE' as const },
    { name: 'b', data: [1, null, 3], type: 'DOUBLE' as const },
    { name: 'c', data: [5, 6, 7], type: 'DOUBLE' as const },
  ]
  writeFileSync(work.path('null.parquet'), Buffer.from(parquetWriteBuffer({ columnData })))
})

describe.each(tables)('%s', (name, _, numbers) => {
  test('every line that the command tells gives the numbers that it speaks of', async () => {
    const { exitCode, spans } = await told(work, 'scores', name, '--out', 't.npy', '--force')
    expect([exitCode, spans.length]).toEqual([65, numbers.length])
    for (const [i, span] of spans.entries()) {
      work.npy('same.npy', [numbers[i].length, numbers[i][0].length], Float64Array.from(numbers[i].flat()))
      await typedAs(work, span, ['scores', name, '--out', 't.npy', '--force'])
      await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
      expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
    }
  })

  test('and so does what a program is told', async () => {
    const read = async (options: OpenOptions) => {
      const inflated = await inflateInput(work.path(name), work.folder, options)
      const source = openMatrix(work.path(name), { ...options, inflated })
      const rows = new Float64Array(source.rows * source.cols)
      source.readRows(0, source.rows, rows)
      source.close()
      return [...rows]
    }
    const error: unknown = await read({}).catch((reason: unknown) => reason)
    const spans = isLevError(error) ? codeSpans(error.message) : []
    expect(spans).toHaveLength(numbers.length)
    for (const [i, span] of spans.entries()) {
      const [, option, value] = /^(\w+): '(.*)'$/.exec(span) ?? []
      expect(await read({ [option]: value })).toEqual(numbers[i].flat())
      ran(span)
    }
  })
})

test('a folder says the pattern of its files', async () => {
  mkdirSync(work.path('parts of K'))
  for (const part of [1, 2])
    work.npy(`parts of K/k${part}.npy`, [3, 2], Float64Array.from([1, 2, 3, 4, 5, part]))
  const { exitCode, spans } = await told(work, 'curve', 'parts of K')
  expect([exitCode, spans.map((span) => words(span))]).toEqual([66, [['parts of K/*.npy']]])
  const { stdout } = await runHere(work, 'curve', ...words(spans[0]), '--concat', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ n: 6, d: 2 })
  ran(spans[0])
})
