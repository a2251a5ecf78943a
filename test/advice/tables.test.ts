// Catches: what a message about a table tells people to type, and that fails or reads other numbers: which columns, whether there is a
// header, which files of a folder; for the command and for programs. Cannot catch: advice in plain words.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { inflateInput, isLevError, openMatrix, type OpenOptions } from '@levattention/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs, words } from '../support/advice/typed.ts'
import { npyBytes, readNpy } from '../support/npy.mjs'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

const DROP = '--drop-missing'

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
      'two-bad.csv',
      'a,word,b,gaps\n1.5,x,2,\n3,x,4,1\n5,y,7,2\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
      ],
    ],
    [
      'named.csv',
      'a,name,b\n1.5,x,2\n3,y,4\n5,z,7\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
      ],
    ],
    [
      'wide.csv',
      'id,a,b\n9007199254740993,1.5,2\n1,3,4\n2,5,7\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
      ],
    ],
    [
      'gaps.csv',
      '"","a","b"\n"1",1.5,2\n"2",3,4\n"3",5,7\n',
      [
        [
          [1.5, 2],
          [3, 4],
          [5, 7],
        ],
        [
          [1, 1.5, 2],
          [2, 3, 4],
          [3, 5, 7],
        ],
      ],
    ],
    [
      'frame.csv',
      ',x,word,y\n0,1.5,p,2\n1,3,q,4\n2,5,p,7\n',
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
      'nulls.parquet',
      '',
      [
        [
          [5, 1],
          [6, 2],
          [7, 4],
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
  const [a, b, c] = columnData
  const others = [b, { ...a, data: [null, 2, 3] }, c, { ...c, name: 'd', data: [1, 2, 4] }]
  writeFileSync(work.path('nulls.parquet'), Buffer.from(parquetWriteBuffer({ columnData: others })))
})

describe.each(tables)('%s', (name, _, numbers) => {
  test('every line that the command tells gives the numbers that it speaks of', async () => {
    const { exitCode, spans: all } = await told(work, 'scores', name, '--out', 't.npy', '--force')
    const spans = all.filter((span) => span !== DROP)
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

describe('rows with a missing value', () => {
  /** Of whole rows and one with a gap: the scores of the others, NaN in its place. */
  const gap = 1
  const rows = [
    [1.5, 2],
    [NaN, 3],
    [4, 1],
    [5, 7],
    [0, 3],
  ]
  const one = rows.map(([, value], i) => (i === gap ? NaN : value))
  const text = (word: string) => rows.map((row) => `${row.join(',').replace('NaN', word)}\n`).join('')
  const files: readonly [name: string, cols: number, write: (path: string) => void][] = [
    ...['NA', '#N/A', '<NA>', 'NaT', '-nan', '-NaN', '#NA', ''].map(
      (word, i): [string, number, (path: string) => void] => [
        `gap${i}.csv`,
        2,
        (path) => writeFileSync(path, `a,b\n${text(word)}`),
      ],
    ),
    ['pandas.csv', 1, (path) => writeFileSync(path, `x\n${one.join('\n').replace('NaN', '""')}\n`)],
    ['blank.csv', 1, (path) => writeFileSync(path, `x\n${one.join('\n').replace('NaN', '')}\n`)],
    ['gap.npy', 2, (path) => writeFileSync(path, npyBytes([rows.length, 2], Float64Array.from(rows.flat())))],
  ]

  test.each(files)('of %s are left out as is told', async (name, cols, write) => {
    write(work.path(name))
    const args = ['scores', name, '--out', 't.npy', '--force']
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, cols === 2 && name !== 'gap.npy' ? ['--columns 1', DROP] : [DROP]])
    await typedAs(work, DROP, args)
    const whole = (cols === 2 ? rows : one.map((value) => [value])).filter((_, i) => i !== gap)
    work.npy('whole.npy', [whole.length, cols], Float64Array.from(whole.flat()))
    await runHere(work, 'scores', 'whole.npy', '--out', 'w.npy', '--force')
    const wanted = [...readNpy(work.path('w.npy')).data].toSpliced(gap, 0, NaN)
    expect([...readNpy(work.path('t.npy')).data]).toEqual(wanted)
    if (cols === 1) {
      const { stdout } = await runHere(work, 'inspect', name)
      expect(stdout).toContain('5 rows of 1 column')
      expect(stdout).toContain('x: numbers, 1 of 5 missing')
    }
  })

  test.each([
    ['NaN', [1.5, NaN, 4, 5, 0]],
    ['null', [1.5, null, 4, 5, 0]],
    ['NaN before null', [1.5, NaN, 4, null, 0]],
  ])('%s in Parquet', async (...[, values]) => {
    const second = rows.map(([, value]) => value)
    const columnData = [
      { name: 'a', data: values, type: 'DOUBLE' as const },
      { name: 'b', data: second, type: 'DOUBLE' as const },
    ]
    writeFileSync(work.path('gap.parquet'), Buffer.from(parquetWriteBuffer({ columnData })))
    const args = ['scores', 'gap.parquet', '--out', 't.npy', '--force']
    expect(await told(work, ...args)).toEqual({ exitCode: 65, spans: ['--columns 1', DROP] })
    await typedAs(work, DROP, args)
    const isWhole = values.map((value) => value !== null && !Number.isNaN(value))
    const whole = rows.filter((_, i) => isWhole[i])
    work.npy('whole.npy', [whole.length, 2], Float64Array.from(whole.flat()))
    await runHere(work, 'scores', 'whole.npy', '--out', 'w.npy', '--force')
    const [tau, wanted] = [readNpy(work.path('t.npy')).data, [...readNpy(work.path('w.npy')).data]]
    expect([...tau]).toEqual(isWhole.map((is) => (is ? wanted.shift() : NaN)))
    const none = columnData.map(({ data, ...column }) => ({ ...column, data: data.map(() => null) }))
    writeFileSync(work.path('none.parquet'), Buffer.from(parquetWriteBuffer({ columnData: none })))
    const empty = await runHere(work, 'scores', 'none.parquet', '--out', 'no.npy')
    expect(empty.stderr).toContain('null: a missing value')
    expect(empty.stderr).not.toContain(DROP)
  })

  test('of lists in Parquet, the first one too', async () => {
    const lists = [null, [3, 4], [5, 6], [7, 9]]
    const element = { name: 'element', type: 'DOUBLE' as const, repetition_type: 'OPTIONAL' as const }
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'a', data: lists }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'a', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        element,
      ],
      rowGroupSize: 1,
    })
    writeFileSync(work.path('lists.parquet'), Buffer.from(bytes))
    const args = ['scores', 'lists.parquet', '--out', 't.npy', '--force']
    expect(await told(work, ...args)).toEqual({ exitCode: 65, spans: [DROP] })
    await typedAs(work, DROP, args)
    work.npy('whole.npy', [3, 2], Float64Array.of(3, 4, 5, 6, 7, 9))
    await runHere(work, 'scores', 'whole.npy', '--out', 'w.npy', '--force')
    expect([...readNpy(work.path('t.npy')).data]).toEqual([NaN, ...readNpy(work.path('w.npy')).data])
  })

  test.each([
    ['attend', ['--values', 'values.npy', '--full', '--out', 'o.npy']],
    ['coverage', ['--keep', '2', '--out', 'c.json']],
    ['report', ['--out', 'r.html']],
  ])('of keys and queries of %s are left out as is told', async (name, more) => {
    work.npy('values.npy', [rows.length, 1], new Float64Array(rows.length).fill(1))
    for (const file of ['gap0.csv', 'gap.npy']) {
      const args = [name, '--queries', file, '--keys', file, ...more, '--force']
      expect((await told(work, ...args)).spans).toContain(DROP)
      await typedAs(work, DROP, args)
    }
  })

  test('of values are told of no option that does not help', async () => {
    work.npy(
      'whole-keys.npy',
      [rows.length, 2],
      Float64Array.from(rows.flat(), (value) => value || 1),
    )
    const args = ['--queries', 'whole-keys.npy', '--keys', 'whole-keys.npy', '--values', 'gap0.csv']
    const { exitCode, stderr } = await runHere(work, 'attend', ...args, '--full', '--out', 'o.npy')
    expect([exitCode, codeSpans(stderr)]).toEqual([65, expect.not.arrayContaining([DROP])])
    expect(stderr).toContain('fill in what is missing of the values')
  })

  test('of a table of texts, or without a whole row, are told of none either', async () => {
    writeFileSync(work.path('texts.csv'), 'a,b,c\n1,,x\n2,3,y\n4,5,x\n')
    writeFileSync(work.path('no-whole.csv'), 'a,b\n1,\n2,NA\n4,\n')
    const texts = await runHere(work, 'scores', 'texts.csv', '--out', 'no.npy')
    expect(texts.stderr).toContain("There is more than numbers and gaps in column c, as 'x'")
    const empty = await runHere(work, 'scores', 'no-whole.csv', '--out', 'no.npy')
    expect(empty.stderr).toContain('In all, 3 of 3 rows have a missing value, in column b')
    for (const { stderr } of [texts, empty]) expect(stderr).not.toContain(DROP)
  })

  test('are left out as is told of a set that was built without them; not where values are infinite', async () => {
    work.npy('gaps.npy', [5, 2], Float64Array.of(1, 2, 3, NaN, 5, 1, 2, 2, 7, 1))
    work.npy('infinite.npy', [5, 2], Float64Array.of(1, 2, 3, NaN, Infinity, 1, 2, 2, 7, 1))
    await runHere(work, 'build', 'gaps.npy', DROP, '--epsilon', '0.5', '--out', 'g.lev', '--force')
    work.npy('q.npy', [1, 2], Float64Array.of(1, 1))
    const args = [
      'query',
      '--universal',
      'g.lev',
      '--keys',
      'gaps.npy',
      '--queries',
      'q.npy',
      '--out',
      'g.csv',
    ]
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([2, [DROP]])
    await typedAs(work, DROP, args)
    const infinite = await runHere(work, 'scores', 'infinite.npy', '--out', 'no.npy')
    expect(infinite.stderr.replaceAll(/\s+/g, ' ')).toContain(
      '1 of them is infinite, which is no missing value',
    )
    expect(codeSpans(infinite.stderr)).toEqual([])
  })

  test('of a table of texts: columns with gaps are named beside those that are told', async () => {
    writeFileSync(work.path('beside.csv'), 'a,word,b,gaps\n1.5,x,2,\n3,x,4,1\n5,y,7,2\n2,z,1,1\n')
    const args = ['scores', 'beside.csv', '--out', 't.npy', '--force']
    const { stderr } = await runHere(work, args[0], ...args.slice(1))
    expect(codeSpans(stderr)).toEqual(['--columns 0,2', DROP])
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      'That leaves out column gaps, numbers of which some are missing; with it the columns are 0,2:4',
    )
    await typedAs(work, DROP, [...args, '--columns', '0,2:4'])
  })

  test('among weights name no column of theirs that has gaps too', async () => {
    const args = ['scores', 'whole.npy', '--weights', 'blank.csv', '--out', 'no.npy']
    expect(await told(work, ...args)).toEqual({ exitCode: 65, spans: [] })
  })
})

test('decimal commas are turned into points by what is told', async () => {
  for (const [name, text] of [
    ['comma.csv', 'a;b\n1,5;2\n3;4,25\n5;7\n'],
    ['comma tabs.tsv', '1,5\t2\n3\t4,25\n5\t7\n'],
  ]) {
    writeFileSync(work.path(name), text)
    const { exitCode, spans } = await told(work, 'scores', name, '--out', 't.npy', '--force')
    expect([exitCode, spans.length]).toEqual([65, 1])
    expect((await runHere(work, 'inspect', name)).stdout.replaceAll(/\s+/g, ' ')).toContain(spans[0])
    execFileSync('sh', ['-c', spans[0]], { cwd: work.folder })
    const made = words(spans[0]).at(-1) ?? ''
    expect(await runHere(work, 'scores', made, '--out', 't.npy', '--force')).toMatchObject({ exitCode: 0 })
    work.npy('same.npy', [3, 2], Float64Array.of(1.5, 2, 3, 4.25, 5, 7))
    await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
    expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
    ran(spans[0])
  }
})

describe('commas in numbers', () => {
  const rows = ['1,234\t5', '987\t2', '2,345\t7', '612\t1', '15,020\t3']
  /** As spreadsheets write them between commas. */
  const quoted = rows.map((row) => `"${row.replace('\t', '",')}`)
  const thousands = [1234, 5, 987, 2, 2345, 7, 612, 1, 15020, 3]
  const points = [1.234, 5, 987, 2, 2.345, 7, 612, 1, 15.02, 3]
  const cases: readonly [name: string, lines: readonly string[], readings: readonly (readonly number[])[]][] =
    [
      ['either.tsv', ['a\tb', ...rows], [thousands, points]],
      ['two-groups.tsv', [...rows, '1,000,000\t8'], [[...thousands, 1e6, 8]]],
      ['with-points.tsv', [...rows, '2.5\t8'], [[...thousands, 2.5, 8]]],
      ['with-both.tsv', [...rows, '1,000.5\t8'], [[...thousands, 1000.5, 8]]],
      ['zero.tsv', [...rows, '0,250\t8'], [[...points, 0.25, 8]]],
      ['quoted either.csv', ['a,b', ...quoted], [thousands, points]],
      ['quoted.csv', ['"a","b"', ...quoted, '"1,000,000","8"'], [[...thousands, 1e6, 8]]],
      ['signed.csv', ['a,b', ...quoted, '"-1,000.5","8"'], [[...thousands, -1000.5, 8]]],
      ['decimal.csv', [...quoted, '"0,5",8', '12,"3,25"'], [[...points, 0.5, 8, 12, 3.25]]],
      [
        'every.tsv',
        ['1,234\t5', '2,345\t7', '3,001\t1'],
        [
          [1234, 5, 2345, 7, 3001, 1],
          [1.234, 5, 2.345, 7, 3.001, 1],
        ],
      ],
    ]

  test.each(cases)('%s: every line that is told writes what it says', async (name, lines, readings) => {
    writeFileSync(work.path(name), lines.map((line) => `${line}\n`).join(''))
    const { exitCode, spans } = await told(work, 'scores', name, '--out', 't.npy', '--force')
    expect([exitCode, spans.length]).toEqual([65, readings.length])
    const { stdout } = await runHere(work, 'inspect', name)
    for (const [i, span] of spans.entries()) {
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(span)
      execFileSync('sh', ['-c', span], { cwd: work.folder })
      const made = words(span).at(-1) ?? ''
      await runHere(work, 'scores', made, '--out', 't.npy', '--force')
      work.npy('same.npy', [readings[i].length / 2, 2], Float64Array.from(readings[i]))
      await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
      expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
      ran(span)
    }
  })

  test.each([
    [
      'names',
      'Name;a;b;;\r\nanna, b;1,5;2;;\r\nbob;3,25;4;;\r\ncy;5;7,5;;\r\n',
      ['--columns 1:3', '--id Name'],
    ],
    ['empty columns', '\ufeffa;b;;\r\n1,5;2;;\r\n3,25;4;;\r\n5;7,5;;\r\n', ['--columns 0:2']],
    ['a line for Excel', 'sep=;\r\na;b\r\n1,5;2\r\n3,25;4\r\n5;7,5\r\n', undefined],
  ])('as a spreadsheet exports them, beside %s', async (_, text, columns) => {
    writeFileSync(work.path('excel.csv'), text)
    const { exitCode, spans } = await told(work, 'scores', 'excel.csv', '--out', 't.npy', '--force')
    expect([exitCode, spans.length]).toEqual([65, 1])
    execFileSync('sh', ['-c', spans[0]], { cwd: work.folder })
    ran(spans[0])
    const args = ['scores', words(spans[0]).at(-1) ?? '', '--out', 't.npy', '--force']
    if (columns === undefined)
      expect(await runHere(work, args[0], ...args.slice(1))).toMatchObject({ exitCode: 0 })
    else {
      expect(await told(work, ...args)).toEqual({ exitCode: 65, spans: columns })
      await typedAs(work, columns.join(' '), args)
      columns.forEach(ran)
    }
    work.npy('same.npy', [3, 2], Float64Array.of(1.5, 2, 3.25, 4, 5, 7.5))
    await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
    expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  })

  test.each(['1.234,5', '1 234,5', "1'234.5", '1\u00a0234', '1.234.567'])(
    '%s is told as what it is',
    async (cell) => {
      writeFileSync(work.path('grouped.csv'), `a;b\n${cell};2\n3;4\n5;7\n`)
      const { stderr } = await runHere(work, 'scores', 'grouped.csv', '--out', 'no.npy')
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain('a decimal point here and no signs between thousands')
      expect(codeSpans(stderr)).toEqual(['--columns 1'])
    },
  )

  test('of both kinds are told of no line', async () => {
    writeFileSync(work.path('both.tsv'), '1,5\t2\n1,234,567\t3\n4\t1\n')
    expect(await told(work, 'scores', 'both.tsv', '--out', 'no.npy')).toEqual({
      exitCode: 65,
      spans: ['--columns 1'],
    })
  })
})

test('beside columns of numbers a column of names is named, where others cannot be read', async () => {
  const rows = ['Ann,a,30,22', 'Bob,a,41,25.5', 'Cy,b,27,20', 'Dee,b,50,30', 'Eve,b,33,21']
  writeFileSync(work.path('grouped-names.csv'), `name,group,age,bmi\n${rows.join('\n')}\n`)
  const args = ['scores', 'grouped-names.csv', '--out', 't.csv', '--force']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([65, ['--columns 2:4', '--id name']])
  expect(await runHere(work, ...(args as [string]), '--columns', '2:4', '--id', 'name')).toMatchObject({
    exitCode: 0,
  })
  expect(readFileSync(work.path('t.csv'), 'utf8')).toMatch(/^row,id,score\n0,Ann,/)
  spans.forEach(ran)
  const { stdout } = await runHere(work, 'inspect', 'grouped-names.csv')
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    '--columns 2:4, and --id name where that column names the rows',
  )
})

test('one column of decimal commas, or of numbers behind names of rows: both lines that are told', async () => {
  writeFileSync(work.path('one-comma.csv'), 'conc\n0,5\n1,25\n2,75\n9,10\n')
  const args = ['scores', 'one-comma.csv', '--out', 't.npy', '--force']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([65, ["sed 's/,/./' < one-comma.csv > one-comma-point.csv", '--id 0']])
  execFileSync('sh', ['-c', spans[0]], { cwd: work.folder })
  for (const [line, numbers] of [
    [
      () => runHere(work, 'scores', 'one-comma-point.csv', '--out', 't.npy', '--force'),
      [0.5, 1.25, 2.75, 9.1],
    ],
    [() => typedAs(work, spans[1], args), [5, 25, 75, 10]],
  ] as const) {
    await line()
    work.npy('same.npy', [4, 1], Float64Array.from(numbers))
    await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
    expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  }
  spans.forEach(ran)
})

test('bars between fields are turned into commas by what is told', async () => {
  writeFileSync(work.path('bars.csv'), 'a|b\n1.5|2\n-3|4\n5|7\n')
  const { exitCode, spans } = await told(work, 'scores', 'bars.csv', '--out', 't.npy', '--force')
  expect([exitCode, spans]).toEqual([65, ["tr '|' , < bars.csv > bars-comma.csv"]])
  expect((await runHere(work, 'inspect', 'bars.csv')).stdout).toContain(spans[0])
  execFileSync('sh', ['-c', spans[0]], { cwd: work.folder })
  await runHere(work, 'scores', 'bars-comma.csv', '--out', 't.npy', '--force')
  work.npy('same.npy', [3, 2], Float64Array.of(1.5, 2, -3, 4, 5, 7))
  await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
  expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  ran(spans[0])
})

test('a matrix the wrong way round for the other is told where its columns fit', async () => {
  work.npy('kT.npy', [2, 3], Float64Array.of(1.5, 3, 5, 2, 4, 7))
  work.npy('q.npy', [4, 2], Float64Array.of(1, 2, 3, 4, 5, 7, 1, 1))
  for (const [keys, queries, wrong] of [
    ['kT.npy', 'q.npy', 2],
    ['q.npy', 'kT.npy', 4],
  ] as const) {
    const args = [
      'run',
      '--keys',
      keys,
      '--queries',
      queries,
      '--epsilon',
      '0.1',
      '--out',
      'q.npz',
      '--force',
    ]
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, ["'kT.npy#.T'"]])
    await typedAs(work, spans[0], args, wrong, 1)
  }
  work.npy(
    'other.npy',
    [4, 5],
    Float64Array.from({ length: 20 }, (_, i) => i),
  )
  expect(
    await told(work, 'run', '--keys', 'other.npy', '--queries', 'q.npy', '--out', 'q.npz', '--force'),
  ).toEqual({
    exitCode: 65,
    spans: [],
  })
})

test('another minus sign is turned into a hyphen by what is told', async () => {
  writeFileSync(work.path('minus.csv'), 'a,b\n1.5,\u22122\n\u22123,4\n5,7\n')
  const { exitCode, spans } = await told(work, 'scores', 'minus.csv', '--out', 't.npy', '--force')
  expect([exitCode, spans]).toEqual([65, ["sed 's/\u2212/-/g' < minus.csv > minus-hyphen.csv"]])
  execFileSync('sh', ['-c', spans[0]], { cwd: work.folder })
  await runHere(work, 'scores', 'minus-hyphen.csv', '--out', 't.npy', '--force')
  work.npy('same.npy', [3, 2], Float64Array.of(1.5, -2, -3, 4, 5, 7))
  await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
  expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  ran(spans[0])
})

describe('tables whose columns are named otherwise', () => {
  const parquet = (names: readonly string[], columns: readonly (readonly number[])[]) =>
    Buffer.from(
      parquetWriteBuffer({
        columnData: names.map((name, i) => ({ name, data: [...columns[i]], type: 'DOUBLE' as const })),
      }),
    )
  const write = (name: string, bytes: string | Uint8Array) => writeFileSync(work.path(name), bytes)
  const column = '--columns x,y'

  test.each<[second: string, spans: readonly string[], rows: readonly number[]]>([
    ['other-order.csv', ['--columns x,y'], [1, 2, 3, 5, 4, 8, 7, 9]],
    ['other-order.parquet', ['--columns x,y'], [1, 2, 3, 5, 4, 8, 7, 9]],
    ['other-names.csv', ['--columns x', '--columns 0:2'], [1, 2, 3, 5, 8, 4, 9, 7]],
  ])('x,y and %s are refused, and joined as is told', async (second, spans, rows) => {
    write('xy.csv', 'x,y\n1,2\n3,5\n')
    write('other-order.csv', 'y,x\n8,4\n9,7\n')
    write(
      'other-order.parquet',
      parquet(
        ['y', 'x'],
        [
          [8, 9],
          [4, 7],
        ],
      ),
    )
    write('other-names.csv', 'x,z\n8,4\n9,7\n')
    const args = ['scores', '--keys', 'xy.csv', '--keys', second, '--concat', '--out', 't.npy', '--force']
    expect(await told(work, ...args)).toEqual({ exitCode: 65, spans })
    work.npy('same.npy', [4, 2], Float64Array.from(rows))
    await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
    for (const span of spans) {
      await typedAs(work, span, args)
      if (span === spans.at(-1)) expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
    }
  })

  test('keys and queries are, too; columns that are chosen by place are warned of', async () => {
    write('xy.csv', 'x,y\n1,2\n3,5\n')
    write('yx.csv', 'y,x\n8,4\n9,7\n')
    const args = ['run', '--keys', 'xy.csv', '--queries', 'yx.csv', '--out', 'q.npz', '--force']
    expect(await told(work, ...args)).toEqual({ exitCode: 65, spans: [column] })
    await typedAs(work, column, args)
    const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1), '--columns', '0:2')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('yx.csv: has the columns of xy.csv in another order')
  })

  test('the same names, and parts without names, are not', async () => {
    write('xy.csv', 'x,y\n1,2\n3,5\n')
    write('part.csv', '8,4\n9,7\n')
    for (const second of ['part.csv', 'xy.csv'])
      expect(await runHere(work, 'curve', '--keys', 'xy.csv', '--keys', second, '--concat')).toMatchObject({
        exitCode: 0,
      })
  })
})

describe('tables of more columns than are served, of which the columns are rows', () => {
  const cols = 5000
  const rows = [0, 1, 2].map((row) =>
    Array.from({ length: cols }, (_, col) => ((col * 7 + row * 13) % 101) / 4),
  )
  const files: readonly [name: string, bytes: () => string | Uint8Array][] = [
    ['wide-numbers.csv', () => rows.map((row) => `${row.join(',')}\n`).join('')],
    [
      'wide-names.csv',
      () => [rows[0].map((_, i) => `c${i}`), ...rows].map((row) => `${row.join(',')}\n`).join(''),
    ],
    [
      'wide.parquet',
      () =>
        Buffer.from(
          parquetWriteBuffer({
            columnData: rows[0].map((_, i) => ({
              name: `c${i}`,
              data: rows.map((row) => row[i]),
              type: 'DOUBLE' as const,
            })),
          }),
        ),
    ],
  ]

  test.each(files)('%s is told how, and read so', async (name, bytes) => {
    writeFileSync(work.path(name), bytes())
    const args = ['scores', name, '--out', 't.npy', '--force']
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, [`'${name}#.T'`]])
    await typedAs(work, spans[0], args, 1, 1)
    work.npy('same.npy', [cols, 3], Float64Array.from(rows[0].flatMap((_, i) => rows.map((row) => row[i]))))
    await runHere(work, 'scores', 'same.npy', '--out', 'same-t.npy', '--force')
    expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  })
})

test('a column of weights that is given as a file', async () => {
  writeFileSync(work.path('weighed.csv'), 'a,b,w\n1.5,2,4\n3,4,1\n5,7,1\n')
  const args = ['scores', 'weighed.csv', '--out', 't.npy', '--force', '--weights', 'w']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([66, ['--weight-column w']])
  await typedAs(work, spans[0], args, args.length - 2, 2)
  work.npy('scaled.npy', [3, 2], Float64Array.of(3, 4, 3, 4, 5, 7))
  await runHere(work, 'scores', 'scaled.npy', '--out', 'same-t.npy', '--force')
  expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
})

test('a folder of several kinds says the pattern of each, and one file by its name', async () => {
  mkdirSync(work.path('mixed'))
  for (const part of [1, 2]) work.npy(`mixed/k${part}.npy`, [3, 2], Float64Array.from([1, 2, 3, 4, 5, part]))
  writeFileSync(work.path('mixed/one.csv'), 'a,b\n1,2\n3,5\n5,1\n')
  writeFileSync(work.path('mixed/notes.txt'), 'of the run')
  const { exitCode, spans } = await told(work, 'curve', 'mixed')
  expect([exitCode, spans.map((span) => words(span))]).toEqual([66, [['mixed/*.npy'], ['mixed/one.csv']]])
  for (const span of spans) {
    const { stdout } = await runHere(work, 'curve', ...words(span), '--concat', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ n: span.includes('*') ? 6 : 3, d: 2 })
    ran(span)
  }
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

describe('tables of texts', () => {
  test.each([
    ['city,kind\nparis,a\nlyon,b\nnice,a\n', "its columns are text: city, as 'paris'; kind, as 'a'"],
    ['city\nparis\nlyon\n', "its column is text: city, as 'paris'"],
    ['"day","price"\n"2020-01-01","$1.50"\n"2020-01-02","$2"\n', "day, as '2020-01-01'; price, as '$1.50'"],
  ])('%j: what its columns hold, and nothing to type', async (text, wanted) => {
    writeFileSync(work.path('words-alone.csv'), text)
    const { exitCode, stderr } = await runHere(work, 'scores', 'words-alone.csv', '--out', 'no.npy')
    expect(exitCode).toBe(65)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(wanted)
    expect(codeSpans(stderr)).toEqual([])
    const { stdout } = await runHere(work, 'inspect', 'words-alone.csv')
    expect(stdout).toContain(`${text.split('\n').length - 2} rows`)
  })

  test('with a text in the first row: the columns that are numbers throughout are of all rows', async () => {
    writeFileSync(work.path('first.csv'), 'name,a,b\nx,n/d,1.5\ny,2,3\nz,4,7\n')
    const args = ['scores', 'first.csv', '--out', 't.npy', '--force']
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, ['--columns 2', '--id name']])
    await typedAs(work, spans.join(' '), args)
    expect(readNpy(work.path('t.npy')).data).toHaveLength(3)
    writeFileSync(work.path('some.csv'), 'name,a\nx,high\ny,2\nz,4\n')
    const { stderr } = await runHere(work, 'scores', 'some.csv', '--out', 'no.npy')
    expect(stderr).toContain("row 0 (line 2), column 0 (name) is 'x'")
    expect(stderr).toContain("No column is of numbers throughout: a has numbers and text, as 'high'")
  })

  test('and one column of numbers, of which some are missing', async () => {
    writeFileSync(work.path('gap-beside.csv'), 'city,x\nparis,1.5\nlyon,NA\nnice,#DIV/0!\nlyon,4\n')
    const args = ['scores', 'gap-beside.csv', '--out', 't.npy', '--force']
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, ['--columns 1', DROP]])
    await typedAs(work, DROP, [...args, ...words(spans[0])])
    ran(spans[0])
    const [a, , , b] = readNpy(work.path('t.npy')).data
    expect([a, b]).toEqual([2.25 / 18.25, 16 / 18.25].map((score) => expect.closeTo(score, 12) as number))
  })
})

test.each(['Forbidden', 'Not Found', 'AccessDenied', 'error code: 1020', '404: Not Found', 'No such file\n'])(
  '%j alone is no table, but where that is said',
  async (text) => {
    for (const name of ['failed.csv', 'failed.tsv']) {
      writeFileSync(work.path(name), text)
      const args = ['scores', name, '--out', 't.npy', '--force']
      const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
      expect([exitCode, stderr]).toEqual([65, expect.stringContaining('a download that failed?')])
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`no table: one line, '${text.trim()}'`)
      const [span] = codeSpans(stderr)
      await typedAs(work, span, args)
      expect(readNpy(work.path('t.npy')).data).toHaveLength(0)
    }
  },
)

test('one line of names of columns is a table without rows', async () => {
  for (const line of ['error,rate\n', 'notfound_rate\n', 'x\n']) {
    writeFileSync(work.path('names.csv'), line)
    expect(await runHere(work, 'scores', 'names.csv', '--out', 't.npy', '--force')).toMatchObject({
      exitCode: 0,
    })
  }
})

describe('of a table whose own column weighs its rows', () => {
  const lines = Array.from(
    { length: 12 },
    (_, i) => `r${i},${i * i},${(i * 7) % 5},${'ABC'[i % 3]},${1 + (i % 4)}`,
  )
  beforeAll(() => {
    writeFileSync(work.path('weighed.csv'), `id,x,y,region,w\n${lines.join('\n')}\n`)
  })

  test.each([
    ['--weights', 'weighed.csv#w'],
    ['--weight-column', 'w'],
  ])('columns are proposed without it: %s', async (...weights) => {
    const args = ['scores', 'weighed.csv', ...weights, '--out', 't.npy', '--force']
    const { exitCode, spans } = await told(work, ...args)
    expect([exitCode, spans]).toEqual([65, ['--columns 1:3', '--id id']])
    await typedAs(work, spans.join(' '), args)
    spans.forEach(ran)
    const { stderr } = await runHere(work, args[0], ...args.slice(1), '--id', 'id')
    expect(codeSpans(stderr)).toEqual(['--columns 1:3'])
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      "column 3 (region) is 'A': no number. Every entry must be a number: remove or fill in such rows, or take the columns that are numbers throughout: `--columns 1:3`. Categories take a column of 0 and 1 for each level (docs/tutorials/tables.md)",
    )
  })

  test('nor in Parquet, nor beside an index', async () => {
    const columnData = [
      { name: 'x', data: [1, null, 3, 5], type: 'DOUBLE' as const, nullable: true },
      { name: 'y', data: [1, 2, 2, 4], type: 'DOUBLE' as const },
      { name: 'w', data: [1, 2, 3, 4], type: 'DOUBLE' as const },
    ]
    writeFileSync(work.path('weighed.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })))
    const parquet = await told(
      work,
      'scores',
      'weighed.parquet',
      '--weights',
      'weighed.parquet#w',
      '--out',
      'p.npy',
    )
    expect(parquet.spans).toEqual(['--columns 1', DROP])
    writeFileSync(work.path('weighed-index.csv'), ',x,y,w\n0,1,5,1\n1,3,4,2\n2,5,7,1\n')
    for (const weights of [
      ['--weights', 'weighed-index.csv#w'],
      ['--weight-column', 'w'],
    ]) {
      const args = ['scores', 'weighed-index.csv', ...weights, '--out', 'i.npy', '--force']
      const { spans } = await told(work, ...args)
      expect(spans).toEqual(['--columns 1:3', '--columns 0:3'])
      for (const span of spans) await typedAs(work, span, args)
    }
  })

  test('it is left out as the warning says', async () => {
    const args = ['scores', 'weighed.csv', '--id', 'id', '--columns', 'x,y']
    const plain = await runHere(work, args[0], ...args.slice(1), '--weight-column', 'w', '--out', 'out.npy')
    expect(plain.exitCode, plain.stderr).toBe(0)
    writeFileSync(work.path('xyw.csv'), lines.map((line) => line.replaceAll(/^\w+,|[ABC],/g, '')).join('\n'))
    writeFileSync(work.path('xyw.csv'), `x,y,w\n${readFileSync(work.path('xyw.csv'), 'utf8')}\n`)
    const warned = ['scores', 'xyw.csv', '--weights', 'xyw.csv#w', '--out', 'w.npy', '--force']
    const { exitCode, spans } = await told(work, ...warned)
    expect([exitCode, spans]).toEqual([0, ['--weight-column w']])
    await typedAs(work, spans[0], warned, 2, 2)
    expect(readNpy(work.path('w.npy')).data).toEqual(readNpy(work.path('out.npy')).data)
    const path = work.path('xyw.csv')
    const opened = { weightColumn: 'w' }
    const inflated = await inflateInput(path, work.folder, opened)
    expect(openMatrix(path, { ...opened, inflated }).cols).toBe(2)
    ran("weightColumn: 'w'")
  })

  test('a place of a table without names too', async () => {
    const plain = lines.map((line) => line.replaceAll(/^\w+,|[ABC],/g, '')).join('\n')
    writeFileSync(work.path('plain.csv'), `${plain}\n`)
    const warned = ['scores', 'plain.csv', '--weights', 'plain.csv#2', '--out', 'w.npy', '--force']
    const { exitCode, spans } = await told(work, ...warned)
    expect([exitCode, spans]).toEqual([0, ['--weight-column 2']])
    await typedAs(work, spans[0], warned, 2, 2)
    const alone = await runHere(
      work,
      'scores',
      'plain.csv',
      '--weight-column',
      '2',
      '--out',
      'out.npy',
      '--force',
    )
    expect(alone.exitCode, alone.stderr).toBe(0)
    expect(readNpy(work.path('w.npy')).data).toEqual(readNpy(work.path('out.npy')).data)
  })
})
